"""Who is signed in, and the sessions and devices of a person."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import load_only

from app.accounts.models import Appointment, Device, DeviceTicket, Session, Unit, User
from app.domain.permissions import Actor, Grant, Role
from app.extensions import db, run


@dataclass(frozen=True)
class SignedIn:
    """A live session. `device_revoked` sessions are known, but let nobody in."""

    session_id: str
    user_id: str
    name: str
    device_id: str | None
    device_revoked: bool
    must_change_password: bool
    last_seen_at: datetime


@dataclass(frozen=True)
class Account:
    """What signing in needs to know of a person."""

    id: str
    login: str
    name: str
    password_hash: str
    active: bool
    must_change_password: bool


@dataclass(frozen=True)
class TicketHolder:
    """The device of a ticket and its owner."""

    device_id: str
    user_id: str
    name: str
    device_revoked: bool


_BY_TOKEN = (
    select(
        Session.id,
        Session.user_id,
        Session.device_id,
        Session.last_seen_at,
        Session.expires_at,
        Session.ended_at,
        User.name,
        User.must_change_password,
        Device.revoked_at,
    )
    .join(User, User.id == Session.user_id)
    .outerjoin(Device, Device.id == Session.device_id)
    .where(Session.token_hash == bindparam("token_hash"), User.active)
)
_GRANTS = (
    select(Appointment.role, Unit.id, Unit.path)
    .join(Unit, Unit.id == Appointment.unit_id)
    .where(
        Appointment.user_id == bindparam("user_id"),
        (Appointment.starts_on.is_(None)) | (Appointment.starts_on <= bindparam("today")),
        (Appointment.ends_on.is_(None)) | (Appointment.ends_on >= bindparam("today")),
    )
    .order_by(Appointment.role, Unit.path)
)


def token_hash(token: str) -> bytes:
    """What is stored of a session's token."""
    return hashlib.sha256(token.encode()).digest()


def signed_in(token: str, at: datetime, idle: timedelta) -> SignedIn | None:
    """The session of a token, unless it has ended, expired, lain idle, or its person was disabled.

    A session that ended because its device was revoked is still found: the device is to be told.
    """
    row = run(_BY_TOKEN, token_hash=token_hash(token)).one_or_none()
    if row is None:
        return None
    alive = row.ended_at is None and at < row.expires_at and at < row.last_seen_at + idle
    if not alive and row.revoked_at is None:
        return None
    return SignedIn(
        session_id=row.id,
        user_id=row.user_id,
        name=row.name,
        device_id=row.device_id,
        device_revoked=row.revoked_at is not None,
        must_change_password=row.must_change_password,
        last_seen_at=row.last_seen_at,
    )


def ticket_holder(ticket: str) -> TicketHolder | None:
    """Whose device a ticket was issued to, whether or not the account is still open."""
    row = db.session.execute(
        select(Device.id, Device.user_id, User.name, Device.revoked_at)
        .join(DeviceTicket, DeviceTicket.device_id == Device.id)
        .join(User, User.id == Device.user_id)
        .where(DeviceTicket.ticket_hash == token_hash(ticket))
    ).one_or_none()
    return TicketHolder(row.id, row.user_id, row.name, row.revoked_at is not None) if row else None


def actor_of(user_id: str, name: str, today: date) -> Actor:
    """The person with the roles that their appointments give them today."""
    rows = run(_GRANTS, user_id=user_id, today=today)
    return Actor(user_id, name, tuple(Grant(Role(role), unit_id, path) for role, unit_id, path in rows))


def account_by_login(login: str) -> Account | None:
    """The account of a login, active or not."""
    return _account(db.session.scalar(select(User).where(User.login == login)))


def account_by_id(user_id: str) -> Account | None:
    """The account of a person's id."""
    return _account(db.session.get(User, user_id))


def _account(user: User | None) -> Account | None:
    if user is None:
        return None
    return Account(user.id, user.login, user.name, user.password_hash, user.active, user.must_change_password)


def sessions_of(user_id: str, at: datetime, idle: timedelta) -> Sequence[Session]:
    """The live sessions of a person, the latest used first."""
    return db.session.scalars(
        select(Session)
        .options(load_only(Session.id, Session.device_id, Session.created_at, Session.last_seen_at, Session.user_agent))
        .where(
            Session.user_id == user_id,
            Session.ended_at.is_(None),
            Session.expires_at > at,
            Session.last_seen_at > at - idle,
        )
        .order_by(Session.last_seen_at.desc(), Session.id)
    ).all()


def devices_of(user_id: str) -> Sequence[Device]:
    """Every device of a person, those in use first."""
    return db.session.scalars(
        select(Device)
        .where(Device.user_id == user_id)
        .order_by(Device.revoked_at.is_not(None), Device.enrolled_at.desc(), Device.id)
    ).all()
