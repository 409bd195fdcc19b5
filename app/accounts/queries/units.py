"""Units as their administrators see them: lists, one unit's page, its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import Appointment, Unit, UnitImport, UnitSuccession, User
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, Subject, may
from app.domain.vietnamese import search_key
from app.extensions import db


@dataclass(frozen=True)
class UnitSearch:
    """What is looked for; empty means everything. `validity` is in_force, ended or empty."""

    text: str = ""
    kind: str = ""
    validity: str = ""
    parent_id: int | None = None


@dataclass(frozen=True)
class Kin:
    """A predecessor or successor."""

    unit: Unit
    effective_on: date
    kind: str  # whole | part


@dataclass(frozen=True)
class Head:
    """Who headed a unit, and when."""

    user_id: str
    name: str
    title: str
    starts_on: date | None
    ends_on: date | None


def in_reach(actor: Actor, *roles: Role) -> ColumnElement[bool]:
    """A condition on `Unit`: at or below a unit where the actor holds one of the roles."""
    paths = {grant.unit_path for grant in actor.grants if grant.role in roles}
    return or_(*(Unit.path.startswith(path, autoescape=True) for path in sorted(paths))) if paths else false()


def _conditions(actor: Actor, search: UnitSearch, today: date) -> list[ColumnElement[bool]]:
    conditions = [in_reach(actor, Role.ADMINISTRATOR)]
    if search.text:
        wanted = search_key(search.text)
        conditions.append(or_(Unit.search_key.contains(wanted, autoescape=True), Unit.code == search.text.strip()))
    if search.kind:
        conditions.append(Unit.kind == search.kind)
    if search.parent_id is not None:
        conditions.append(Unit.parent_id == search.parent_id)
    if search.validity == "in_force":
        conditions.append(or_(Unit.valid_to.is_(None), Unit.valid_to >= today))
        conditions.append(or_(Unit.valid_from.is_(None), Unit.valid_from <= today))
    elif search.validity == "ended":
        conditions.append(Unit.valid_to < today)
    return conditions


def number_of_units(actor: Actor, search: UnitSearch, today: date) -> int:
    """How many units an administrator reaches and looks for."""
    counted = select(func.count()).select_from(Unit).where(*_conditions(actor, search, today))
    return db.session.scalar(counted) or 0


def units_found(actor: Actor, search: UnitSearch, today: date, *, limit: int, offset: int = 0) -> Sequence[Unit]:
    """The units an administrator reaches and looks for, in the order of the Vietnamese alphabet."""
    found = select(Unit).where(*_conditions(actor, search, today)).order_by(Unit.sort_key, Unit.kind, Unit.id)
    return db.session.scalars(found.limit(limit).offset(offset)).all()


def managed_unit(actor: Actor, unit_id: int) -> Unit:
    """A unit the actor administers. Raises NotFound alike for a missing and for a foreign one."""
    unit = db.session.get(Unit, unit_id)
    if unit is None or not may(actor, "unit.manage", Subject(unit_path=unit.path, host_path=unit.path)):
        raise NotFound("not_found")
    return unit


def ancestors_of(units: Sequence[Unit]) -> dict[int, list[Unit]]:
    """For each unit the units above it, from the root down, in one statement."""
    ids = {unit.id: [int(part) for part in unit.path.strip("/").split("/")[:-1]] for unit in units}
    wanted = {each for path in ids.values() for each in path}
    known = {unit.id: unit for unit in db.session.scalars(select(Unit).where(Unit.id.in_(wanted)))} if wanted else {}
    return {unit_id: [known[each] for each in path if each in known] for unit_id, path in ids.items()}


def number_below(unit: Unit) -> int:
    """How many units stand directly below."""
    return db.session.scalar(select(func.count()).select_from(Unit).where(Unit.parent_id == unit.id)) or 0


def predecessors_of(unit: Unit) -> Sequence[Kin]:
    """What the unit was made from."""
    return _kin(UnitSuccession.predecessor_id, UnitSuccession.successor_id == unit.id)


def successors_of(unit: Unit) -> Sequence[Kin]:
    """What became of the unit."""
    return _kin(UnitSuccession.successor_id, UnitSuccession.predecessor_id == unit.id)


def _kin(other: InstrumentedAttribute[int], condition: ColumnElement[bool]) -> Sequence[Kin]:
    rows = db.session.execute(
        select(Unit, UnitSuccession.effective_on, UnitSuccession.kind)
        .join(UnitSuccession, other == Unit.id)
        .where(condition)
        .order_by(UnitSuccession.effective_on, Unit.sort_key, Unit.id)
    )
    return [Kin(unit, effective_on, kind) for unit, effective_on, kind in rows]


def heads_of(unit: Unit) -> Sequence[Head]:
    """The heads of a unit by term, the latest first."""
    rows = db.session.execute(
        select(User.id, User.name, Appointment.title, Appointment.starts_on, Appointment.ends_on)
        .join(Appointment, Appointment.user_id == User.id)
        .where(Appointment.unit_id == unit.id, Appointment.role == Role.WARD_HEAD)
        .order_by(Appointment.ends_on.is_not(None), Appointment.starts_on.desc(), Appointment.id)
    )
    return [Head(*row) for row in rows]


def unit_by_key(scheme: str, code: str) -> Unit | None:
    """The unit of a scheme and code."""
    return db.session.scalar(select(Unit).where(Unit.scheme == scheme, Unit.code == code))


def own_import(actor: Actor, import_id: str) -> UnitImport:
    """A read workbook that waits for this person's confirmation. Raises NotFound."""
    found = db.session.get(UnitImport, import_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound("not_found")
    return found
