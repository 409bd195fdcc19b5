"""Published checklist versions: the canonical bytes, for ever."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base


class ChecklistVersion(Base):
    """One published, frozen version. `chk` is the SHA-256 (hex) of `body`, the canonical JSON.

    `cut_of` names the version a short visit's checklist was cut from; such a one is offered to nobody.
    """

    __tablename__ = "checklist_versions"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    chk: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime] = mapped_column(UTC)
    published_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    cut_of: Mapped[str | None] = mapped_column(ForeignKey("checklist_versions.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTC)
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_reason: Mapped[str] = mapped_column(String(1000), default="")


class ItemCode(Base):
    """The library code of an item of a published version, kept beside its bytes so that the database can join by it."""

    __tablename__ = "checklist_item_codes"
    __table_args__ = (Index("ix_checklist_item_codes_code", "code"),)

    version_id: Mapped[str] = mapped_column(ForeignKey("checklist_versions.id"), primary_key=True)
    item_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    code: Mapped[str] = mapped_column(String(80))
