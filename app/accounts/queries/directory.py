"""Units and people as other features ask for them: by id in bulk, by place in the tree, by search."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Appointment, Unit, User
from app.domain.permissions import Role
from app.domain.vietnamese import person_sort_key, search_key
from app.extensions import db, run


@dataclass(frozen=True)
class UnitEntry:
    """A unit with the name of the unit above it."""

    id: int
    kind: str
    name: str
    path: str
    parent_name: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class UnitFilter:
    """Units below `path` (itself included) that are valid `on` a day; search ignores diacritics.

    `among` and `except_for` are selections of unit ids that the unit must, or must not, be in.
    """

    path: str
    on: date
    search: str = ""
    kinds: tuple[str, ...] = ()
    among: Select[int] | None = None
    except_for: Select[int] | None = None


@dataclass(frozen=True)
class Person:
    """A person with one of the roles asked for."""

    id: str
    name: str
    login: str
    roles: frozenset[str]
    title: str
    unit_name: str


def units(unit_ids: Collection[int]) -> Mapping[int, UnitEntry]:
    """The units named, by id; one statement however many."""
    return {each.id: each for each in _entries(run(_UNITS_BY_ID, ids=list(set(unit_ids))))}


def units_below(wanted: UnitFilter, *, limit: int, offset: int = 0) -> tuple[UnitEntry, ...]:
    """One page of the units that fit, in Vietnamese order of their own names."""
    statement = _units().where(*_conditions(wanted)).order_by(Unit.sort_key, Unit.name, Unit.id)
    return _entries(db.session.execute(statement.limit(limit).offset(offset)))


def count_units_below(wanted: UnitFilter) -> int:
    """How many units fit."""
    return db.session.scalar(select(func.count()).select_from(Unit).where(*_conditions(wanted))) or 0


def unit_ids_below(wanted: UnitFilter) -> frozenset[int]:
    """The ids of all units that fit."""
    return frozenset(db.session.scalars(select(Unit.id).where(*_conditions(wanted))))


def names_of_people(user_ids: Collection[str]) -> Mapping[str, str]:
    """The names of the people named, by id; one statement however many."""
    return dict(run(_NAMES_BY_ID, ids=list(set(user_ids))).all())


def active_people(user_ids: Collection[str]) -> Mapping[str, str]:
    """The names of those of these people who may still sign in; one statement however many."""
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids)), User.active))
    return dict(rows.all())


def holders(role: Role, on: date, unit_ids: Collection[int] | None = None) -> Mapping[int, tuple[str, ...]]:
    """By unit: the active people who hold a role there on a day; at all units, or at these. One statement."""
    wanted = [User.active, Appointment.role == role.value, *holds(on)]
    wanted += [Appointment.unit_id.in_(set(unit_ids))] if unit_ids is not None else []
    rows = db.session.execute(
        select(Appointment.unit_id, User.id)
        .join(User, User.id == Appointment.user_id)
        .where(*wanted)
        .order_by(Appointment.unit_id, User.id)
    )
    found: dict[int, list[str]] = {}
    for unit_id, user_id in rows:
        found.setdefault(unit_id, []).append(user_id)
    return {unit_id: tuple(dict.fromkeys(users)) for unit_id, users in found.items()}


@dataclass(frozen=True)
class Head:
    """Who heads a unit, and since when the appointment says so."""

    id: str
    name: str
    since: date | None


def heads_on(unit_ids: Collection[int], on: date) -> Mapping[int, Head]:
    """The head of each unit on a day, the one appointed last if several are; one statement however many."""
    rows = db.session.execute(
        select(Appointment.unit_id, User.id, User.name, Appointment.starts_on)
        .join(User, User.id == Appointment.user_id)
        .where(
            Appointment.unit_id.in_(set(unit_ids)), Appointment.role == Role.WARD_HEAD.value, User.active, *holds(on)
        )
        .order_by(Appointment.starts_on.is_not(None), Appointment.starts_on, Appointment.id)
    )
    return {unit_id: Head(user_id, name, since) for unit_id, user_id, name, since in rows}


def holds(on: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The appointment's term includes the day."""
    return (
        or_(Appointment.starts_on.is_(None), Appointment.starts_on <= on),
        or_(Appointment.ends_on.is_(None), Appointment.ends_on >= on),
    )


def people_in_reach(
    host_path: str, roles: Collection[Role], on: date, search: str = "", *, above: bool = True, below: bool = True
) -> tuple[Person, ...]:
    """Active people who hold one of `roles` on that day at the unit of `host_path`, `below` it or `above` it."""
    over = [int(part) for part in host_path.split("/") if part] if above else []
    place = Unit.path.startswith(host_path) if below else Unit.path == host_path
    rows = db.session.execute(
        select(User.id, User.name, User.login, Appointment.role, Appointment.title, Unit.name)
        .join(Appointment, Appointment.user_id == User.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(
            User.active,
            Appointment.role.in_([str(role) for role in roles]),
            *holds(on),
            or_(place, Unit.id.in_(over)),
        )
        .order_by(User.id, Appointment.role, Appointment.id)
    )
    found: dict[str, Person] = {}
    for user_id, name, login, role, title, unit_name in rows:
        known = found.get(user_id)
        held = (known.roles if known else frozenset()) | {role}
        found[user_id] = Person(user_id, name, login, held, known.title if known else title, unit_name)
    key = search_key(search)
    kept = [each for each in found.values() if key in search_key(f"{each.name} {each.login}")]
    return tuple(sorted(kept, key=lambda each: (person_sort_key(each.name), each.login)))


def _units() -> Select[int, str, str, str, str, date | None, date | None]:
    parent = aliased(Unit)
    return select(Unit.id, Unit.kind, Unit.name, Unit.path, parent.name, Unit.valid_from, Unit.valid_to).outerjoin(
        parent, parent.id == Unit.parent_id
    )


_BY_IDS: Any = bindparam("ids", expanding=True)
_UNITS_BY_ID = _units().where(Unit.id.in_(_BY_IDS))
_NAMES_BY_ID = select(User.id, User.name).where(User.id.in_(_BY_IDS))


def _entries(rows: Iterable[Any]) -> tuple[UnitEntry, ...]:
    return tuple(
        UnitEntry(unit_id, kind, name, path, parent_name or "", valid_from, valid_to)
        for unit_id, kind, name, path, parent_name, valid_from, valid_to in rows
    )


def _conditions(wanted: UnitFilter) -> tuple[ColumnElement[bool], ...]:
    conditions = [
        Unit.path.startswith(wanted.path),
        or_(Unit.valid_from.is_(None), Unit.valid_from <= wanted.on),
        or_(Unit.valid_to.is_(None), Unit.valid_to >= wanted.on),
    ]
    words = search_key(wanted.search).split()
    if words:
        conditions.append(and_(*(Unit.search_key.contains(word, autoescape=True) for word in words)))
    if wanted.kinds:
        conditions.append(Unit.kind.in_(wanted.kinds))
    if wanted.among is not None:
        conditions.append(Unit.id.in_(wanted.among))
    if wanted.except_for is not None:
        conditions.append(Unit.id.not_in(wanted.except_for))
    return tuple(conditions)
