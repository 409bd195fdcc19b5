"""The visit log: entries that are only ever added, and what is kept beside it for speed.

`entries` is the truth. `visit_heads`, `heads` and `writers` can be rebuilt from it. Every table carries the
visit, the unit of consistency, so that a large installation can be spread by it.
"""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base

# As text, so that a database sees that a question fits one of the two small indexes.
IS_HELD, DECIDES = "status = 'held'", "kind IN ('resolve', 'adopt', 'dismiss')"


class VisitHead(Base):
    """The newest number and hash of a visit's log: the row every push locks."""

    __tablename__ = "visit_heads"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    n: Mapped[int] = mapped_column(default=0)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), default=bytes(32))
    safe_n: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)  # held and neither adopted nor dismissed
    contested: Mapped[int] = mapped_column(default=0)  # cells whose heads differ
    repins: Mapped[int] = mapped_column(default=0, server_default="0")  # how often it was moved to another checklist


class Entry(Base):
    """The server's numbered, chained, signed record of one operation. Never changed, never deleted."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("visit_id", "op"),
        Index("ix_entries_visit_id_path", "visit_id", "path"),
        Index("ix_entries_held", "visit_id", "n", sqlite_where=text(IS_HELD), postgresql_where=text(IS_HELD)),
        Index("ix_entries_decisions", "visit_id", "n", sqlite_where=text(DECIDES), postgresql_where=text(DECIDES)),
    )

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    op: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(String(20), default="")  # read out of the body, for finding
    path: Mapped[str] = mapped_column(String(200), default="")
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    session_id: Mapped[str] = mapped_column(String(22), default="")
    device_id: Mapped[str] = mapped_column(String(22), default="")
    writer: Mapped[str] = mapped_column(String(22))
    ws: Mapped[int]
    received_ms: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(4))  # acc | held
    why: Mapped[str] = mapped_column(String(30), default="")
    parents: Mapped[list[str]] = mapped_column(JSON)  # the effective ones
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    prev: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))  # of the last entry of a push; empty on the others


class Head(Base):
    """An accepted operation of a cell that nobody replaced: a cache of the fold."""

    __tablename__ = "heads"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    op: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int]
    value_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # of the canonical value: equal means agreed


class Writer(Base):
    """One database instance on a device, and how far its operations of this visit have come."""

    __tablename__ = "writers"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    writer: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[str] = mapped_column(String(22), default="")
    ws: Mapped[int] = mapped_column(default=0)
    last_push_at: Mapped[datetime] = mapped_column(UTC)


class ReusedOperation(Base):
    """Other bytes that came under the id of an entry already stored: kept aside, an alarm."""

    __tablename__ = "reused_operations"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    op: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    received_at: Mapped[datetime] = mapped_column(UTC)


class Blob(Base):
    """Evidence bytes the server holds and has verified, named by their SHA-256 inside one visit."""

    __tablename__ = "blobs"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    uploaded_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    received_at: Mapped[datetime] = mapped_column(UTC)
    safe: Mapped[bool] = mapped_column(default=False, server_default=false())  # in a verified archive


class Upload(Base):
    """A tus upload under way. Its bytes stand in a partial file named by `id`."""

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_visit_id", "visit_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)


class VisitContact(Base):
    """A device that has opened a visit: how far it had read, and what it still owed, when it was last heard of.

    Written coarsely: at most once in five minutes while nothing changes.
    """

    __tablename__ = "visit_contacts"
    __table_args__ = (Index("ix_visit_contacts_device_id", "device_id"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime] = mapped_column(UTC)
    last_at: Mapped[datetime] = mapped_column(UTC)
    checked_at: Mapped[datetime | None] = mapped_column(UTC)  # it said that nothing is left to give back
    n: Mapped[int] = mapped_column(default=0)
    pending_ops: Mapped[int] = mapped_column(default=0)
    pending_blobs: Mapped[int] = mapped_column(default=0)


class OutboxImport(Base):
    """A phone's exported file that an administrator has uploaded; `applied_at` is set once it was imported."""

    __tablename__ = "outbox_imports"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    applied_at: Mapped[datetime | None] = mapped_column(UTC)
    result: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)


class DailyUse(Base):
    """How much one device (or, without one, one person) has sent on its latest day: one row, begun anew each day."""

    __tablename__ = "daily_use"

    sender_id: Mapped[str] = mapped_column(String(22), primary_key=True)
    day: Mapped[date]
    ops: Mapped[int] = mapped_column(default=0)
    photos: Mapped[int] = mapped_column(default=0)


class Restore(Base):
    """A backup that was put back: why, and how and by whom its recovery was ended."""

    __tablename__ = "restores"

    epoch: Mapped[str] = mapped_column(String(22), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTC)
    reason: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))  # None: everybody has reported
    end_reason: Mapped[str] = mapped_column(Text, default="")


class Installation(Base):
    """One row: the epoch of this database's lineage, changed at every restore."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(22))
    recovering: Mapped[bool] = mapped_column(default=False)
