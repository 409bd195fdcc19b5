"""Boards of tasks, judged, ordered and paged by the database: the number of statements never grows with the tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.campaigns import queries as campaigns
from app.domain.permissions import Actor, Role
from app.domain.remediation import Standing, TaskState
from app.extensions import db
from app.findings.queries import records as conclusions
from app.remediation.models import RemediationTask
from app.remediation.queries.tasks import BoardRow, rows_of

WAITING = (TaskState.ASSIGNED.value, TaskState.RETURNED.value)
COLUMNS = (TaskState.ASSIGNED, TaskState.RETURNED, TaskState.REPORTED, TaskState.VERIFIED)
PER_COLUMN, PER_DAY = 20, 4
MOST_YEARS = 20  # how far a calendar may be leafed
# What comes first: what burns, then what is due, then what waits for others, then what is done.
_ORDER = (Standing.OVERDUE, Standing.DUE_TODAY, Standing.OPEN, Standing.WAITING, Standing.DONE)


@dataclass(frozen=True)
class Asked:
    """Which tasks a board shows: a state or standing ("" for all), words of the task or of its unit's name."""

    state: str = ""
    words: str = ""


@dataclass(frozen=True)
class Counts:
    """How many tasks are late, wait for an answer about more time, and are in each state."""

    overdue: int
    asked: int
    states: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def tabs(self) -> tuple[tuple[str, int], ...]:
        """The filters of the board, in their order."""
        states = tuple((state.value, self.states.get(state.value, 0)) for state in COLUMNS)
        return (("overdue", self.overdue), ("asked", self.asked), *states)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The tasks in force of which `may(actor, "task.see", …)` is true; a test holds the two together."""
    unit, host = {Role.WARD_HEAD, Role.WARD_OFFICER}, {Role.ADMINISTRATOR, Role.VICE_CHAIR}
    reached: list[ColumnElement[bool]] = [
        RemediationTask.unit_path.startswith(each.unit_path) for each in actor.grants if each.role in unit
    ]
    reached += [RemediationTask.host_path.startswith(each.unit_path) for each in actor.grants if each.role in host]
    inspected = RemediationTask.delegation_id.in_(campaigns.delegations_of(actor.user_id))
    ordered = or_(RemediationTask.conclusion_id.is_(None), RemediationTask.conclusion_id.in_(conclusions.in_force()))
    return and_(or_(false(), *reached, inspected), ordered, RemediationTask.state != TaskState.WITHDRAWN.value)


def is_overdue(today: date) -> ColumnElement[bool]:
    """`remediation.overdue` in SQL: nobody reported and the date has passed, or the report came after it."""
    late = and_(RemediationTask.state == TaskState.REPORTED.value, RemediationTask.reported_on > RemediationTask.due_on)
    return and_(RemediationTask.due_on < today, or_(RemediationTask.state.in_(WAITING), late))


def stands(today: date) -> ColumnElement[str]:
    """`remediation.standing` in SQL."""
    waits = RemediationTask.state == TaskState.REPORTED.value
    return case(
        (is_overdue(today), Standing.OVERDUE.value),
        (waits, Standing.WAITING.value),
        (RemediationTask.state.not_in(WAITING), Standing.DONE.value),
        (RemediationTask.due_on == today, Standing.DUE_TODAY.value),
        else_=Standing.OPEN.value,
    )


def counts(actor: Actor, today: date) -> Counts:
    """What the actor sees, counted in one statement."""
    late = func.coalesce(func.sum(case((is_overdue(today), 1), else_=0)), 0)
    asked = func.coalesce(func.sum(case((RemediationTask.wished_for.is_not(None), 1), else_=0)), 0)
    rows = db.session.execute(
        select(RemediationTask.state, func.count(), late, asked)
        .where(visible_to(actor))
        .group_by(RemediationTask.state)
    ).all()
    return Counts(
        overdue=sum(int(row[2]) for row in rows),
        asked=sum(int(row[3]) for row in rows),
        states={state: int(number) for state, number, _, _ in rows},
    )


def number_of(actor: Actor, asked: Asked, today: date) -> int:
    """How many tasks fit."""
    return db.session.scalar(select(func.count()).select_from(RemediationTask).where(*_fits(actor, asked, today))) or 0


def page_of(actor: Actor, asked: Asked, today: date, *, limit: int, offset: int) -> tuple[BoardRow, ...]:
    """One page of the list: overdue first, then by due date."""
    standing = stands(today)
    rank = case({each.value: number for number, each in enumerate(_ORDER)}, value=standing)
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(*_fits(actor, asked, today))
        .order_by(rank, RemediationTask.due_on, RemediationTask.position, RemediationTask.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return rows_of(tasks, today)


def columns(actor: Actor, asked: Asked, today: date) -> Mapping[str, tuple[BoardRow, ...]]:
    """The first tasks of each state, the earliest due first; of what is done, the latest first."""
    far = case((RemediationTask.state == TaskState.VERIFIED.value, RemediationTask.verified_at), else_=None).desc()
    found = _firsts(RemediationTask.state, far, PER_COLUMN, _fits(actor, asked, today))
    rows = rows_of(found, today)
    return {state.value: tuple(row for row in rows if row.task.state == state.value) for state in COLUMNS}


def month(actor: Actor, asked: Asked, first: date, today: date) -> Mapping[date, tuple[int, tuple[BoardRow, ...]]]:
    """The tasks due on each day of a month: how many, and the first few. Three statements."""
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    fits = [*_fits(actor, asked, today), RemediationTask.due_on.between(first, last)]
    numbers = dict(
        db.session.execute(
            select(RemediationTask.due_on, func.count()).where(*fits).group_by(RemediationTask.due_on)
        ).all()
    )
    rows = rows_of(_firsts(RemediationTask.due_on, RemediationTask.state.desc(), PER_DAY, fits), today)
    return {
        day: (number, tuple(row for row in rows if row.task.due_on == day)) for day, number in sorted(numbers.items())
    }


def _firsts(
    group: InstrumentedAttribute[Any], before: UnaryExpression[Any], most: int, fits: Sequence[ColumnElement[bool]]
) -> Sequence[RemediationTask]:
    """The first `most` tasks of each group in one statement."""
    order = (before, RemediationTask.due_on, RemediationTask.position, RemediationTask.id)
    place = func.row_number().over(partition_by=group, order_by=order).label("place")
    ranked = select(RemediationTask.id, place).where(*fits).subquery()
    return db.session.scalars(
        select(RemediationTask)
        .join(ranked, ranked.c.id == RemediationTask.id)
        .where(ranked.c.place <= most)
        .order_by(ranked.c.place, RemediationTask.id)
    ).all()


def _fits(actor: Actor, asked: Asked, today: date) -> list[ColumnElement[bool]]:
    fits = [visible_to(actor)]
    if asked.state == "overdue":
        fits.append(is_overdue(today))
    elif asked.state == "asked":
        fits.append(RemediationTask.wished_for.is_not(None))
    elif asked.state:
        fits.append(RemediationTask.state == asked.state)
    for word in asked.words.split():
        named = [
            column.icontains(word, autoescape=True)
            for column in (RemediationTask.unit_name, RemediationTask.remedy, RemediationTask.source)
        ]
        fits.append(or_(*named))
    return fits


# --- counting, for boards above ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many tasks there are, are repaired, are late (`remediation.overdue`), and were reported in time and wait."""

    total: int = 0
    verified: int = 0
    overdue: int = 0
    waiting: int = 0


def tallies(campaign_id: str, today: date) -> Mapping[str, Tally]:
    """The tasks of a campaign counted by conclusion, in one statement however many there are."""
    rows = db.session.execute(
        select(
            RemediationTask.conclusion_id,
            func.count(),
            func.sum(case((RemediationTask.state == TaskState.VERIFIED.value, 1), else_=0)),
            func.sum(case((is_overdue(today), 1), else_=0)),
            func.sum(case((stands(today) == Standing.WAITING.value, 1), else_=0)),
        )
        .where(RemediationTask.campaign_id == campaign_id, RemediationTask.conclusion_id.is_not(None))
        .group_by(RemediationTask.conclusion_id)
    )
    return {str(key): Tally(total, int(done), int(late), int(waits)) for key, total, done, late, waits in rows}
