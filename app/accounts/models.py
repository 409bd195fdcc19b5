"""Units, people, the roles they hold, and the sessions and devices they use."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base


class Unit(Base):
    """An administrative body. Keyed by scheme and code, for a code alone is reused with another meaning.

    `path` holds the ids from the root down, such as `/1/7/`, so that one prefix finds a whole subtree.
    A unit never moves: it ends (`valid_to`) and others begin.
    """

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("scheme", "code"), Index("ix_units_path", "path"))

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))  # province | district | ward | commune | special_zone | department
    name: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(String(300), default="")
    search_key: Mapped[str] = mapped_column(String(200), default="")  # lower case, no diacritics
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    path: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class UnitSuccession(Base):
    """Which unit became which: many to many, whole or in part; shares are never inferred."""

    __tablename__ = "unit_successions"
    __table_args__ = (UniqueConstraint("predecessor_id", "successor_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    effective_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))  # whole | part


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    sort_key: Mapped[str] = mapped_column(String(300), default="")  # given name first, Vietnamese order
    search_key: Mapped[str] = mapped_column(String(200), default="")  # login and name, lower case, no diacritics
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTC)


class Appointment(Base):
    """A role at a unit for a term. The unit's head of a day is found here."""

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_user_id", "user_id"),
        Index("ix_appointments_unit_id_role", "unit_id", "role"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    role: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(150), default="")  # as printed: Phó Chủ tịch UBND thị xã
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class SigningAuthority(Base):
    """Leave for a deputy to sign in the place of the unit's head (KT.) over a period, and the document it rests on.

    Never edited and never deleted: ending it early sets the last day, with a reason.
    """

    __tablename__ = "signing_authorities"
    __table_args__ = (Index("ix_signing_authorities_unit_id_user_id", "unit_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    signed_for: Mapped[str] = mapped_column(String(100))  # the head's title as printed after KT.: CHỦ TỊCH
    title: Mapped[str] = mapped_column(String(100))  # the deputy's: PHÓ CHỦ TỊCH
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    basis: Mapped[str] = mapped_column(String(200))  # Quyết định số 12/QĐ-UBND ngày 06/01/2020
    recorded_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTC)
    ended_reason: Mapped[str] = mapped_column(String(300), default="")


class Device(Base):
    """One installed field client (or desk browser) of a person, with what it last said it still owes."""

    __tablename__ = "devices"
    __table_args__ = (Index("ix_devices_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(150))
    search_key: Mapped[str] = mapped_column(String(200), default="")  # the name, lower case, no diacritics
    app_version: Mapped[str] = mapped_column(String(40), default="")
    enrolled_at: Mapped[datetime] = mapped_column(UTC)
    last_contact_at: Mapped[datetime | None] = mapped_column(UTC)
    pending_ops: Mapped[int] = mapped_column(default=0)
    pending_blobs: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None] = mapped_column(UTC)
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))


class DeviceTicket(Base):
    """What lets a device hand in work when its person can no longer sign in. Only the SHA-256 is stored.

    A table of its own, not a column: a file that was exported with an earlier ticket must still find its owner.
    """

    __tablename__ = "device_tickets"
    __table_args__ = (Index("ix_device_tickets_device_id", "device_id"),)

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    issued_at: Mapped[datetime] = mapped_column(UTC)


class Enrolment(Base):
    """A link that enrols one phone of a person without a password: ten minutes, once. Only its SHA-256 is stored.

    Used and ended ones stay: they say who let which device in.
    """

    __tablename__ = "enrolments"
    __table_args__ = (Index("ix_enrolments_user_id_created_at", "user_id", "created_at"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(22), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)
    used_at: Mapped[datetime | None] = mapped_column(UTC)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UTC)


class Incident(Base):
    """Something that must not happen to a phone, as it told us or as the server noticed. Never changed.

    The id is the device's own, so that telling twice is telling once; `visit_id` and `said_at` are what it said.
    """

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_device_id", "device_id"), Index("ix_incidents_received_at", "received_at"))

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    visit_id: Mapped[str | None] = mapped_column(String(22))
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(Text, default="")
    said_at: Mapped[str] = mapped_column(String(40), default="")  # the device's clock: evidence only
    received_at: Mapped[datetime] = mapped_column(UTC)


class Session(Base):
    """A signed-in browser. Only the SHA-256 of its token is stored."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id", "user_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(22), unique=True)  # named in the log; reveals nothing of the token
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    last_seen_at: Mapped[datetime] = mapped_column(UTC)
    expires_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    user_agent: Mapped[str] = mapped_column(String(300), default="")


class AccountChange(Base):
    """What an administrator did to units, people, roles, sessions and devices: kept for ever."""

    __tablename__ = "account_changes"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTC, index=True)
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100), index=True)  # user/<id>, unit/<id>
    detail: Mapped[str] = mapped_column(Text, default="")  # a sentence for people, in Vietnamese


class UnitImport(Base):
    """A workbook that was read and shown, waiting for its owner's confirmation; `applied_at` is set once."""

    __tablename__ = "unit_imports"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    file_name: Mapped[str] = mapped_column(String(200))
    rows: Mapped[str] = mapped_column(Text)  # JSON, as read from the workbook; emptied when applied
    plan_digest: Mapped[str] = mapped_column(String(64))  # what was shown; another plan is not what was confirmed
    applied_at: Mapped[datetime | None] = mapped_column(UTC)
