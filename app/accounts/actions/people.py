"""People and the roles they hold.

Every function for an administrator takes the actor first and decides within the transaction that writes.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update

from app.accounts import passwords
from app.accounts.actions import devices, sessions
from app.accounts.actions.trace import record
from app.accounts.models import Appointment, Unit, User
from app.accounts.queries import people as queries
from app.accounts.queries import units
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.permissions import Actor, Role
from app.domain.vietnamese import person_sort_key, search_key
from app.extensions import db, new_id, now

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,79}")  # plain letters: two logins must never look alike
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper


@dataclass(frozen=True)
class NewAppointment:
    """A role at a unit for a term."""

    unit_id: int
    role: Role
    title: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


def _temporary_password() -> str:
    """Sixteen characters in four groups: about 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def create_person(actor: Actor | None, login: str, name: str, password: str, *, temporary: bool) -> str:
    """Create a person who can sign in; returns the id. `temporary` passwords must be changed at once.

    Without an actor it is the operator at the command line. Raises Invalid("login_taken"), Invalid("login_form"),
    or what is wrong with the password.
    """
    login = login.strip().casefold()
    if not LOGIN.fullmatch(login):
        raise Invalid("login_form")
    code = passwords.problem(password, login)
    if code is not None:
        raise Invalid(code)
    hashed = passwords.hasher().hash(password)
    if db.session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Invalid("login_taken")
    user = User(
        id=new_id(),
        login=login,
        name=name,
        sort_key=person_sort_key(name),
        search_key=search_key(f"{name} {login}")[:200],
        password_hash=hashed,
        active=True,
        must_change_password=temporary,
        created_at=now(),
    )
    db.session.add(user)
    db.session.flush()
    record(actor, "person_created", f"user/{user.id}", f"Tạo tài khoản “{login}” cho {name}")
    return user.id


def employ_person(actor: Actor, login: str, name: str, first: NewAppointment) -> tuple[str, str]:
    """Create a person with a first role at a unit within reach; returns the id and the password to hand over."""
    password = _temporary_password()
    user_id = create_person(actor, login, name, password, temporary=True)
    _appoint_within_reach(actor, user_id, first)
    return user_id, password


def appoint(
    actor: Actor | None,
    user_id: str,
    unit_id: int,
    role: Role,
    *,
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> str:
    """Give a person a role at a unit for a term; returns the appointment's id.

    Rights are not asked here: this is for the operator and for `appoint_person`. Raises Invalid("term_order").
    """
    return _appoint(actor, user_id, NewAppointment(unit_id, role, title, starts_on, ends_on))


def _appoint(actor: Actor | None, user_id: str, new: NewAppointment) -> str:
    if new.starts_on is not None and new.ends_on is not None and new.ends_on < new.starts_on:
        raise Invalid("term_order")
    unit = db.session.get_one(Unit, new.unit_id)
    appointment = Appointment(
        id=new_id(),
        user_id=user_id,
        unit_id=new.unit_id,
        role=new.role,
        title=new.title,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
    )
    db.session.add(appointment)
    db.session.flush()
    term = f", {_day(new.starts_on)} – {_day(new.ends_on)}" if new.starts_on or new.ends_on else ""
    title = f" ({new.title})" if new.title else ""
    record(actor, f"appointed:{new.role}", f"user/{user_id}", f"Giao vai trò tại {unit.name}{title}{term}")
    return appointment.id


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else "…"


def _appoint_within_reach(actor: Actor, user_id: str, new: NewAppointment) -> str:
    units.managed_unit(actor, new.unit_id)
    return _appoint(actor, user_id, new)


def _lock(user_id: str) -> None:
    """Acts on one person happen one after the other."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())


def managed_person(actor: Actor, user_id: str, today: date) -> queries.Person:
    """The person, if the actor administers all their standing. Raises NotFound or NotAllowed."""
    _lock(user_id)
    found = queries.person(actor, user_id, today)
    if not found.managed:
        raise NotAllowed("person_elsewhere")
    return found


def appoint_person(actor: Actor, user_id: str, new: NewAppointment, today: date) -> str:
    """Give a person one knows a further role at a unit within reach.

    Raises NotFound for a person or unit out of reach, Invalid("appointment_exists") for the same role again.
    """
    _lock(user_id)
    known = queries.person(actor, user_id, today)
    for held in known.appointments:
        same = held.unit_id == new.unit_id and held.role == new.role
        if same and _overlap(held.starts_on, held.ends_on, new.starts_on, new.ends_on):
            raise Invalid("appointment_exists")
    return _appoint_within_reach(actor, user_id, new)


def _overlap(start: date | None, end: date | None, other_start: date | None, other_end: date | None) -> bool:
    before = end is not None and other_start is not None and end < other_start
    after = start is not None and other_end is not None and start > other_end
    return not before and not after


def end_appointment(actor: Actor, user_id: str, appointment_id: str, last_day: date, today: date) -> None:
    """Set the last day of an appointment within reach; it may lie ahead, and not before the first day.

    Raises NotFound, Invalid("term_order"), Invalid("term_past") for a day before yesterday, and
    NotAllowed("not_oneself") for one's own administration.
    """
    _lock(user_id)
    appointment = db.session.get(Appointment, appointment_id)
    if appointment is None or appointment.user_id != user_id:
        raise NotFound("not_found")
    unit = units.managed_unit(actor, appointment.unit_id)
    if user_id == actor.user_id and appointment.role == Role.ADMINISTRATOR:
        raise NotAllowed("not_oneself")
    if last_day < today - timedelta(days=1):
        raise Invalid("term_past")
    if appointment.starts_on is not None and last_day < appointment.starts_on:
        raise Invalid("term_order")
    if appointment.ends_on is not None and appointment.ends_on < today:
        raise Invalid("appointment_over")
    if appointment.ends_on == last_day:
        return
    appointment.ends_on = last_day
    detail = f"Kết thúc vai trò tại {unit.name}, ngày cuối {_day(last_day)}"
    record(actor, f"appointment_ended:{appointment.role}", f"user/{user_id}", detail)


def set_active(actor: Actor, user_id: str, today: date, *, active: bool, reason: str) -> None:
    """Disable a person, which ends every session at once, or enable them again. Raises NotAllowed("not_oneself")."""
    found = managed_person(actor, user_id, today)
    if user_id == actor.user_id:
        raise NotAllowed("not_oneself")
    if found.active == active:
        return
    db.session.execute(update(User).where(User.id == user_id).values(active=active))
    if not active:
        sessions.end_all(user_id)
    said = "Mở lại tài khoản" if active else "Khóa tài khoản; mọi phiên đăng nhập đã kết thúc"
    record(actor, "enabled" if active else "disabled", f"user/{user_id}", f"{said}. Lý do: {reason}")


def reset_password(actor: Actor, user_id: str, today: date) -> str:
    """Give a person a new temporary password, to be told once and changed at once; every session ends."""
    password = _temporary_password()
    hashed = passwords.hasher().hash(password)
    managed_person(actor, user_id, today)
    if user_id == actor.user_id:
        raise NotAllowed("not_oneself")
    db.session.execute(update(User).where(User.id == user_id).values(password_hash=hashed, must_change_password=True))
    sessions.end_all(user_id)
    record(actor, "password_reset", f"user/{user_id}", "Cấp mật khẩu tạm; mọi phiên đăng nhập đã kết thúc")
    return password


def end_session_of(actor: Actor, user_id: str, session_id: str, today: date) -> None:
    """End a session of a person one administers."""
    managed_person(actor, user_id, today)
    sessions.end_session(actor, user_id, session_id)


def revoke_device_of(actor: Actor, user_id: str, device_id: str, today: date) -> None:
    """Revoke a device of a person one administers."""
    managed_person(actor, user_id, today)
    devices.revoke_device(actor, user_id, device_id)
