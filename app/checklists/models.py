"""Published checklist versions, the canonical bytes for ever; and the drafts they come from."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base


class ChecklistVersion(Base):
    """One published, frozen version. `chk` is the SHA-256 (hex) of `body`, the canonical JSON.

    `cut_of` names the version a short visit's checklist was cut from; such a one is offered to nobody. `source` is
    the YAML it was published from, comments included, where there was one.
    """

    __tablename__ = "checklist_versions"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    chk: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(Text, default="", server_default="")
    published_at: Mapped[datetime] = mapped_column(UTC)
    published_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    change_note: Mapped[str] = mapped_column(String(2000), default="", server_default="")
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


class ChecklistDraft(Base):
    """A checklist being written: its YAML as it stands after `revision` saves.

    `slug` and `title` are what the text says, as far as it can be read. A draft ends published or discarded.
    """

    __tablename__ = "checklist_drafts"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    based_on: Mapped[str | None] = mapped_column(ForeignKey("checklist_versions.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime] = mapped_column(UTC)
    saved_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    published_as: Mapped[str | None] = mapped_column(ForeignKey("checklist_versions.id"))
    discarded_at: Mapped[datetime | None] = mapped_column(UTC)


class DraftSave(Base):
    """One save of a draft, for ever: the whole text, packed with zlib, by one author."""

    __tablename__ = "checklist_draft_saves"

    draft_id: Mapped[str] = mapped_column(ForeignKey("checklist_drafts.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    what: Mapped[str] = mapped_column(String(300))
    saved_at: Mapped[datetime] = mapped_column(UTC)
    saved_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
