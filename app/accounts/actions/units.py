"""Units, their succession, and the import of many at once."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, update

from app.accounts import imports
from app.accounts.actions.trace import record
from app.accounts.imports import RawRow, UnitRow
from app.accounts.models import Unit, UnitImport, UnitSuccession
from app.accounts.queries import unit_plans
from app.accounts.queries import units as queries
from app.accounts.queries.unit_plans import Change, Plan
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Actor
from app.domain.vietnamese import search_key, unit_sort_key
from app.extensions import db, new_id, now

UNCONFIRMED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class UnitFacts:
    """What is known of a unit, but for its place in the tree."""

    scheme: str
    code: str
    kind: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


def _unit(facts: UnitFacts | UnitRow, parent: Unit | None) -> Unit:
    return Unit(
        scheme=facts.scheme,
        code=facts.code,
        kind=facts.kind,
        name=facts.name,
        sort_key=unit_sort_key(facts.name),
        search_key=search_key(facts.name)[:200],
        parent_id=parent.id if parent else None,
        path="",
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
    )


def _settle(unit: Unit, parent: Unit | None) -> None:
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"


def add_unit(facts: UnitFacts, parent: Unit | None) -> Unit:
    """Put a unit into the tree below `parent`."""
    unit = _unit(facts, parent)
    db.session.add(unit)
    db.session.flush()  # the id is part of the path
    _settle(unit, parent)
    db.session.flush()
    return unit


def keep_import(actor: Actor, file_name: str, rows: list[RawRow]) -> str:
    """Keep the rows of a workbook until its owner has seen what they would do; returns the import's id."""
    db.session.execute(
        delete(UnitImport).where(UnitImport.applied_at.is_(None), UnitImport.created_at < now() - UNCONFIRMED_FOR)
    )
    kept = UnitImport(
        id=new_id(),
        user_id=actor.user_id,
        created_at=now(),
        file_name=file_name[:200],
        rows=imports.lines(rows),
        plan_digest=unit_plans.plan(rows, actor).digest,
    )
    db.session.add(kept)
    db.session.flush()
    return kept.id


def confirm_import(actor: Actor, import_id: str, digest: str) -> Plan:
    """Do what was shown, once. Raises NotFound, OutOfDate("import_changed") if it would now do something else,
    and OutOfDate("already_done") for a second confirmation."""
    kept = queries.own_import(actor, import_id)
    taken = db.session.scalar(
        update(UnitImport)
        .where(UnitImport.id == import_id, UnitImport.applied_at.is_(None))
        .values(applied_at=now())
        .returning(UnitImport.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise OutOfDate("already_done")
    plan = unit_plans.plan(imports.from_lines(kept.rows), actor)
    if plan.digest != digest:
        raise OutOfDate("import_changed")
    apply_plan(actor, plan, source=f"tệp “{kept.file_name}”")
    db.session.execute(
        update(UnitImport)
        .where(UnitImport.id == import_id)
        .values(rows="[]")
        .execution_options(synchronize_session=False)
    )
    return plan


def apply_plan(actor: Actor | None, plan: Plan, *, source: str) -> None:
    """Write new and changed units with their traces: a few statements per level of the tree, not per row."""
    made = _add_new(plan.new)
    for unit in made:
        record(actor, "unit_added", f"unit/{unit.id}", f"Thêm đơn vị {unit.name} từ {source}")
    units = {unit.id: unit for unit in _units([change.unit_id for change in plan.changed])}
    for change in plan.changed:
        _correct(units[change.unit_id], change.row)
        record(actor, "unit_changed", f"unit/{change.unit_id}", f"{_told(change)} (từ {source})")
    db.session.flush()


def _units(ids: list[int]) -> list[Unit]:
    found: list[Unit] = []
    for start in range(0, len(ids), unit_plans.AT_ONCE):
        chunk = ids[start : start + unit_plans.AT_ONCE]
        found.extend(db.session.scalars(select(Unit).where(Unit.id.in_(chunk))))
    return found


def _add_new(rows: list[UnitRow]) -> list[Unit]:
    """Level by level: the ids of one level are part of the paths of the next."""
    placed = unit_plans.units_by_key([row.parent for row in rows if row.parent])
    made: list[Unit] = []
    remaining = rows
    while remaining:
        level = [row for row in remaining if row.parent is None or row.parent in placed]
        later = [row for row in remaining if row.parent is not None and row.parent not in placed]
        pairs = [(_unit(row, placed[row.parent] if row.parent else None), row) for row in level]
        db.session.add_all(unit for unit, _ in pairs)
        db.session.flush()
        for unit, row in pairs:
            _settle(unit, placed[row.parent] if row.parent else None)
            placed[row.key] = unit
        db.session.flush()
        made.extend(unit for unit, _ in pairs)
        remaining = later
    return made


def _correct(unit: Unit, row: UnitRow) -> None:
    unit.name, unit.kind, unit.valid_from, unit.valid_to = row.name, row.kind, row.valid_from, row.valid_to
    unit.sort_key, unit.search_key = unit_sort_key(row.name), search_key(row.name)[:200]


def _told(change: Change) -> str:
    return "; ".join(
        f"{column}: “{before or 'trống'}” → “{after or 'trống'}”" for column, before, after in change.differences
    )


def add_successions(rows: list[dict[str, str]]) -> int:
    """Add the successions that are not known yet; returns how many. Raises Invalid("unit_unknown")."""
    ends = [
        ((row["predecessor_scheme"], row["predecessor_code"]), (row["successor_scheme"], row["successor_code"]))
        for row in rows
    ]
    units = unit_plans.units_by_key([key for pair in ends for key in pair])
    missing = [key for pair in ends for key in pair if key not in units]
    if missing:
        raise Invalid("unit_unknown", unit="/".join(missing[0]))
    rows_known = db.session.execute(select(UnitSuccession.predecessor_id, UnitSuccession.successor_id))
    known = {(predecessor, successor) for predecessor, successor in rows_known}
    added = 0
    for row, (before, after) in zip(rows, ends, strict=True):
        pair = (units[before].id, units[after].id)
        if pair not in known:
            known.add(pair)
            added += 1
            day = date.fromisoformat(row["effective_on"])
            db.session.add(
                UnitSuccession(predecessor_id=pair[0], successor_id=pair[1], effective_on=day, kind=row["kind"])
            )
    db.session.flush()
    return added
