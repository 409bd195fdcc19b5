"""Settings, read from the environment (`CONGVU_…`) once, when the app is made."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
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
    # Older phones are told to update before they read; what they send is taken.
    app_min_for_pull: Annotated[str, Field(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$")] = "0.1.0"
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
    signing_pkcs12: Path | None = None  # the signers' certificate; empty: a trial one made at first use
    signing_passphrase_file: Path | None = None
    agency_pkcs12: Path | None = None  # the agency's own, which signs after the signer; empty: it does not
    agency_passphrase_file: Path | None = None
    timestamp_url: str = ""  # an RFC 3161 service
    document_templates: Path | None = None  # Word templates of the office: notice.docx, minutes.docx …
    smtp_host: str = ""  # empty: e-mail is planned and waits
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    smtp_from: str = ""  # the sender, an address alone: cong-vu@tinh.gov.vn
    smtp_ca_file: Path | None = None  # the office's own certificate authority
    push_trusted: tuple[str, ...] = ()  # host:port of the office's own push services, which may be in its network
    push_ca_file: Path | None = None
    remind_before: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (3,)  # working days before the due date
    remind_after: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (1, 5)  # working days after it
    remind_again: Annotated[int, Field(ge=0, le=60)] = 5  # and then every so many, until it is reported; 0: no more
    escalate_after: Annotated[int, Field(ge=0, le=60)] = 3  # working days late; 0: never
    quiet_from: time = time(18)  # nothing is sent from here
    quiet_to: time = time(7)  # until here, nor on days off
    remind_every_seconds: Annotated[int, Field(ge=0)] = 60  # `congvu serve` reminds by itself; 0: a timer does

    @field_validator("data_dir", "field_client_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _mail(self) -> "Settings":
        """A password never crosses the network in the clear, and a letter has a sender."""
        if self.smtp_host and not self.smtp_from:
            raise ValueError("CONGVU_SMTP_FROM is needed beside CONGVU_SMTP_HOST")
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("CONGVU_SMTP_USER needs CONGVU_SMTP_SECURITY=starttls or tls")
        return self

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'congvu.sqlite3'}"
