"""Settings, read from the environment (`CONGVU_…`) once, when the app is made."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent


class Settings(BaseSettings):
    """Everything an operator may set. The defaults run on one machine with nothing to install."""

    model_config = SettingsConfigDict(env_prefix="CONGVU_", frozen=True, extra="forbid")

    data_dir: Path = PROJECT / "var"
    database_url: str = ""  # empty: SQLite in data_dir
    secure_cookies: bool = False  # True behind TLS: the cookie becomes __Host-sid; Secure
    ops_per_day: Annotated[int, Field(ge=1)] = 2000  # of one device
    photos_per_day: Annotated[int, Field(ge=1)] = 300
    app_min_for_pull: str = "0.1.0"  # older phones are told to update before they read; what they send is taken
    trusted_proxies: Annotated[int, Field(ge=0, le=3)] = 0
    testing: bool = False
    session_days_personal: int = 30
    session_hours_shared: int = 12
    argon2_time_cost: int = 2
    argon2_memory_kib: int = 19 * 1024
    rate_limits: bool = True
    waiting_phones: Annotated[int, Field(ge=0, le=1000)] = 24  # threads that may wait for news; the rest do the work
    field_client_dir: Path = PROJECT / "offline_client" / "dist"
    time_zone: str = "Asia/Ho_Chi_Minh"
    public_url: str = ""  # printed in issued documents and their QR code; empty: the address the desk was opened at
    signing_pkcs12: Path | None = None  # the office's certificate; empty: a trial one made at first use
    signing_passphrase_file: Path | None = None
    timestamp_url: str = ""  # an RFC 3161 service
    document_templates: Path | None = None  # Word templates of the office: notice.docx, minutes.docx …

    @field_validator("data_dir", "field_client_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'congvu.sqlite3'}"
