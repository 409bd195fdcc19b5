"""People, their appointments, and what was done to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from app.accounts.models import AccountChange, Appointment, Unit, User
from app.accounts.queries.units import in_reach
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, Subject, may
from app.domain.vietnamese import search_key
from app.extensions import db


@dataclass(frozen=True)
class Held:
    """An appointment with the unit's name. `phase` is past, present or future."""

    id: str
    user_id: str
    unit_id: int
    unit_name: str
    unit_path: str
    role: str
    title: str
    starts_on: date | None
    ends_on: date | None
    phase: str


@dataclass(frozen=True)
class PersonSearch:
    """What is looked for; empty means everything. `state` is active, disabled or empty."""

    text: str = ""
    role: str = ""
    state: str = ""


@dataclass(frozen=True)
class Person:
    """A person as an administrator sees them. `managed`: whether all their standing is within reach."""

    id: str
    login: str
    name: str
    active: bool
    must_change_password: bool
    created_at: datetime
    appointments: Sequence[Held]
    managed: bool


@dataclass(frozen=True)
class Trace:
    """One administrative act. Without an actor it was done at the command line."""

    at: datetime
    actor_name: str | None
    action: str
    detail: str


def _phase(starts_on: date | None, ends_on: date | None, today: date) -> str:
    if ends_on is not None and ends_on < today:
        return "past"
    return "future" if starts_on is not None and starts_on > today else "present"


def appointments_of(user_ids: Sequence[str], today: date) -> dict[str, list[Held]]:
    """The appointments of several people at once, each person's latest first."""
    held: dict[str, list[Held]] = {user_id: [] for user_id in user_ids}
    rows = db.session.execute(
        select(Appointment, Unit.name, Unit.path)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.user_id.in_(user_ids))
        .order_by(Appointment.ends_on.is_not(None), Appointment.starts_on.desc(), Appointment.id)
    )
    for appointment, unit_name, unit_path in rows:
        held[appointment.user_id].append(
            Held(
                id=appointment.id,
                user_id=appointment.user_id,
                unit_id=appointment.unit_id,
                unit_name=unit_name,
                unit_path=unit_path,
                role=appointment.role,
                title=appointment.title,
                starts_on=appointment.starts_on,
                ends_on=appointment.ends_on,
                phase=_phase(appointment.starts_on, appointment.ends_on, today),
            )
        )
    return held


def _manages(actor: Actor, unit_path: str) -> bool:
    return may(actor, "account.manage", Subject(unit_path=unit_path, host_path=unit_path))


def _conditions(actor: Actor, search: PersonSearch) -> list[ColumnElement[bool]]:
    held = (
        select(Appointment.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.user_id == User.id, in_reach(actor, Role.ADMINISTRATOR))
    )
    if search.role:
        held = held.where(Appointment.role == search.role)
    conditions: list[ColumnElement[bool]] = [held.exists()]
    if search.text:
        conditions.append(User.search_key.contains(search_key(search.text), autoescape=True))
    if search.state:
        conditions.append(User.active.is_(search.state == "active"))
    return conditions


def number_of_people(actor: Actor, search: PersonSearch) -> int:
    """How many people an administrator reaches and looks for."""
    counted = select(func.count()).select_from(User).where(*_conditions(actor, search))
    return db.session.scalar(counted) or 0


def people_found(actor: Actor, search: PersonSearch, today: date, *, limit: int, offset: int = 0) -> Sequence[Person]:
    """The people an administrator reaches and looks for, by given name; two statements however many."""
    found = select(User).where(*_conditions(actor, search)).order_by(User.sort_key, User.login)
    users = db.session.scalars(found.limit(limit).offset(offset)).all()
    held = appointments_of([user.id for user in users], today)
    return [_person(actor, user, held[user.id]) for user in users]


def person(actor: Actor, user_id: str, today: date) -> Person:
    """One person. Raises NotFound alike for a missing one and for one who never held a role within reach."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("not_found")
    held = appointments_of([user_id], today)[user_id]
    if not any(_manages(actor, each.unit_path) for each in held):
        raise NotFound("not_found")
    return _person(actor, user, held)


def _person(actor: Actor, user: User, held: Sequence[Held]) -> Person:
    """Managed are those who hold, today or later, no role outside the administrator's reach: otherwise the
    administrator of a ward could take over the account of somebody who also holds office above it."""
    standing = [each for each in held if each.phase != "past"]
    return Person(
        id=user.id,
        login=user.login,
        name=user.name,
        active=user.active,
        must_change_password=user.must_change_password,
        created_at=user.created_at,
        appointments=held,
        managed=all(_manages(actor, each.unit_path) for each in standing),
    )


def user_by_login(login: str) -> User | None:
    """The person of a login."""
    return db.session.scalar(select(User).where(User.login == login))


def changes_of(subject: str, limit: int = 50) -> Sequence[Trace]:
    """What was done to a subject (`user/<id>`, `unit/<id>`), the latest first."""
    rows = db.session.execute(
        select(AccountChange.at, User.name, AccountChange.action, AccountChange.detail)
        .outerjoin(User, User.id == AccountChange.actor_id)
        .where(AccountChange.subject == subject)
        .order_by(AccountChange.at.desc(), AccountChange.id)
        .limit(limit)
    )
    return [Trace(*row) for row in rows]
