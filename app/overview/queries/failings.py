"""What fails in several units of a campaign, and what came back although an earlier conclusion ordered its repair.

Only issued conclusions in force are looked at, on both sides. The database counts and compares: the number of
statements is the same for five units and for three thousand, and so is what is held in memory.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.campaigns.models import Campaign, Visit
from app.checklists import queries as checklists
from app.checklists.models import ChecklistVersion, ItemCode
from app.domain.calendar import local_day
from app.domain.remediation import Standing, TaskState, standing
from app.extensions import db
from app.findings.models import Conclusion, Finding, Instruction
from app.findings.queries import records as conclusions
from app.remediation.models import RemediationTask

COMMON_FROM = 2  # units that fail in an item before it is called common
MOST_NAMES = 12  # units named beside a common failing


@dataclass(frozen=True)
class Scope:
    """A campaign, or those of its visits whose delegations are named (None: all)."""

    campaign_id: str
    delegations: frozenset[str] | None = None

    def holds(self) -> ColumnElement[bool]:
        """The conclusions of the scope that are issued and in force."""
        fits = and_(Conclusion.campaign_id == self.campaign_id, Conclusion.id.in_(conclusions.in_force()))
        if self.delegations is None:
            return fits
        seen = select(Visit.id).where(
            Visit.campaign_id == self.campaign_id, Visit.delegation_id.in_(sorted(self.delegations))
        )
        return and_(fits, Conclusion.visit_id.in_(seen))


@dataclass(frozen=True)
class CommonFailing:
    """An item that failed in `units` of the `asked` units whose checklist has it; the first of them by name."""

    item_key: str
    item: str
    units: int
    asked: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Promise:
    """What an earlier conclusion had found and ordered, and what became of the task that it gave."""

    conclusion_id: str
    number: int
    symbol: str
    issued_on: date
    campaign: str
    found: str
    remedy: str
    orders: tuple[str, ...]  # its instructions, where the finding had no remedy of its own
    due_on: date | None
    standing: Standing | None  # None: no task was given
    days_late: int
    verified_on: date | None


@dataclass(frozen=True)
class RepeatedFinding:
    """A finding of the campaign that stood in an earlier conclusion of the same unit; `times` counts the earlier."""

    conclusion_id: str
    unit: str
    item: str
    severity: str
    times: int
    promise: Promise


def common(scope: Scope, *, limit: int) -> tuple[tuple[CommonFailing, ...], int]:
    """The items that fail in most units, and how many items fail in two or more: four statements."""
    units = func.count(func.distinct(Conclusion.unit_id))
    failed = (
        select(Finding.item_key, units.label("units"), func.max(Conclusion.chk).label("chk"))
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .where(scope.holds(), Finding.excluded_reason.is_(None))
        .group_by(Finding.item_key)
        .having(units >= COMMON_FROM)
    )
    total = db.session.scalar(select(func.count()).select_from(failed.subquery())) or 0
    rows = db.session.execute(failed.order_by(units.desc(), Finding.item_key).limit(limit)).all()
    if not rows:
        return (), 0
    by_version = db.session.execute(select(Conclusion.chk, units).where(scope.holds()).group_by(Conclusion.chk)).all()
    read = {chk: checklists.checklist_by_chk(chk) for chk, _ in by_version}
    names = _names(scope, {row.item_key for row in rows})
    found = []
    for row in rows:
        asked = sum(number for chk, number in by_version if row.item_key in read[chk].by_key)
        item = read[row.chk].by_key.get(row.item_key)
        text = item.text.vi if item else row.item_key
        found.append(CommonFailing(row.item_key, text, row.units, max(asked, row.units), names[row.item_key]))
    return tuple(found), total


def _names(scope: Scope, items: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    place = func.row_number().over(partition_by=Finding.item_key, order_by=(Visit.unit_name, Visit.id)).label("place")
    ranked = (
        select(Finding.item_key, Visit.unit_name, place)
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .join(Visit, Conclusion.visit_id == Visit.id)
        .where(scope.holds(), Finding.excluded_reason.is_(None), Finding.item_key.in_(sorted(items)))
        .subquery()
    )
    rows = db.session.execute(
        select(ranked.c.item_key, ranked.c.unit_name).where(ranked.c.place <= MOST_NAMES).order_by(ranked.c.place)
    )
    found: dict[str, list[str]] = {}
    for item_key, name in rows:
        if name not in found.setdefault(item_key, []):
            found[item_key].append(name)
    return {key: tuple(each) for key, each in found.items()}


def number_repeated(scope: Scope) -> int:
    """How many findings of the scope had been found before."""
    return db.session.scalar(select(func.count()).select_from(_repeats(scope).subquery())) or 0


def repeated(scope: Scope, today: date, *, limit: int, offset: int = 0) -> tuple[RepeatedFinding, ...]:
    """Findings that stood in an earlier conclusion of the same unit, the gravest first, the latest earlier one quoted.

    The same item is the same key of the same checklist, whatever its version (a key is never given another meaning),
    or, under another checklist, the same code of the item library. Two statements, and one for each checklist not read
    before.
    """
    rows = db.session.execute(_repeats(scope).limit(limit).offset(offset)).all()
    orders = _orders({row.earlier_id for row in rows if not row.remedy})
    return tuple(_repeated(row, orders.get(row.earlier_id, ()), today) for row in rows)


def _repeats(scope: Scope) -> Select[*tuple[Any, ...]]:
    earlier, before = aliased(Conclusion), aliased(Finding)
    own, other = aliased(ChecklistVersion), aliased(ChecklistVersion)
    code, code_before = aliased(ItemCode), aliased(ItemCode)
    latest = (earlier.issued_at.desc(), earlier.id, before.position)
    pairs = (
        select(
            Finding.id.label("finding_id"),
            before.id.label("before_id"),
            func.row_number().over(partition_by=Finding.id, order_by=latest).label("place"),
            func.count().over(partition_by=Finding.id).label("times"),
        )
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .join(own, own.chk == Conclusion.chk)
        .join(
            earlier,
            and_(
                earlier.unit_id == Conclusion.unit_id,
                earlier.visit_id != Conclusion.visit_id,
                earlier.issued_at < Conclusion.issued_at,
            ),
        )
        .join(other, other.chk == earlier.chk)
        .join(before, before.conclusion_id == earlier.id)
        .outerjoin(code, and_(code.version_id == own.id, code.item_key == Finding.item_key))
        .outerjoin(code_before, and_(code_before.version_id == other.id, code_before.item_key == before.item_key))
        .where(
            or_(and_(other.slug == own.slug, before.item_key == Finding.item_key), code_before.code == code.code),
            scope.holds(),
            earlier.id.in_(conclusions.in_force()),
            Finding.excluded_reason.is_(None),
            before.excluded_reason.is_(None),
        )
        .subquery()
    )
    gravity = case({"critical": 0, "major": 1, "minor": 2}, value=Finding.severity, else_=3)
    return (
        select(
            Conclusion.id, Conclusion.chk, Visit.unit_name, Finding.item_key, Finding.severity, pairs.c.times,
            earlier.id.label("earlier_id"), earlier.number, earlier.symbol, earlier.issued_on, Campaign.title,
            before.text, before.remedy, RemediationTask.due_on, RemediationTask.state, RemediationTask.reported_on,
            RemediationTask.verified_at,
        )
        .select_from(pairs)
        .join(Finding, Finding.id == pairs.c.finding_id)
        .join(Conclusion, Conclusion.id == Finding.conclusion_id)
        .join(Visit, Visit.id == Conclusion.visit_id)
        .join(before, before.id == pairs.c.before_id)
        .join(earlier, earlier.id == before.conclusion_id)
        .join(Campaign, Campaign.id == earlier.campaign_id)
        .outerjoin(
            RemediationTask,
            and_(
                RemediationTask.conclusion_id == earlier.id,
                RemediationTask.finding_id == before.id,
                RemediationTask.parent_id.is_(None),
            ),
        )
        .where(pairs.c.place == 1)
        .order_by(gravity, pairs.c.times.desc(), Visit.unit_name, Finding.item_key, Finding.id)
    )  # fmt: skip


def _repeated(row: Any, orders: tuple[str, ...], today: date) -> RepeatedFinding:
    item = checklists.checklist_by_chk(row.chk).by_key.get(row.item_key)
    stands = None
    if row.state is not None:
        stands = standing(TaskState(row.state), row.due_on, today, reported_on=row.reported_on)
    promise = Promise(
        conclusion_id=row.earlier_id,
        number=row.number,
        symbol=row.symbol,
        issued_on=row.issued_on,
        campaign=row.title,
        found=row.text,
        remedy=row.remedy,
        orders=() if row.remedy else orders,
        due_on=row.due_on,
        standing=stands,
        days_late=(today - row.due_on).days if stands is Standing.OVERDUE else 0,
        verified_on=local_day(row.verified_at) if row.verified_at else None,
    )
    return RepeatedFinding(
        row.id, row.unit_name, item.text.vi if item else row.item_key, row.severity, row.times, promise
    )


def _orders(conclusion_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in db.session.scalars(
        select(Instruction)
        .where(Instruction.conclusion_id.in_(sorted(conclusion_ids)))
        .order_by(Instruction.position, Instruction.id)
    ):
        found[each.conclusion_id] = (*found.get(each.conclusion_id, ()), each.text)
    return found
