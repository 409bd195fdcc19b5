"""Reads of remediation tasks: boards by due date, a task with its whole history, the heads who answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from app.accounts.queries import directory
from app.campaigns.queries import PlannedVisit
from app.domain.calendar import add_working_days, local_day
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, may
from app.domain.remediation import Standing, TaskState, acts_from, overdue, standing, step
from app.extensions import db
from app.findings.queries import records as conclusions
from app.remediation.holidays import calendar_around
from app.remediation.models import RemediationTask, TaskEvent, TaskEvidence

# What comes first on a board: what burns, then what is due, then what waits for others, then what is done.
_ORDER = (Standing.OVERDUE, Standing.DUE_TODAY, Standing.OPEN, Standing.WAITING, Standing.DONE)


@dataclass(frozen=True)
class BoardRow:
    """A task on a board, and how it stands today."""

    task: RemediationTask
    visit: PlannedVisit
    number: str
    standing: Standing
    days_late: int


@dataclass(frozen=True)
class EventView:
    at: datetime
    who: str
    action: str
    text: str
    detail: Mapping[str, Any]
    evidence: Sequence[TaskEvidence]


@dataclass(frozen=True)
class TaskView:
    """A task with everything that happened to it, and what the actor may do now."""

    row: BoardRow
    history: tuple[EventView, ...]
    acts: frozenset[str]
    evidence_paths: tuple[str, ...]


def seen_by(actor: Actor, task_id: str, *, lock: bool = False) -> tuple[RemediationTask, PlannedVisit]:
    """A task the actor may see, with the visit it comes from; raises NotFound for missing and hidden alike."""
    statement = select(RemediationTask).where(RemediationTask.id == task_id)
    task = db.session.scalar(statement.with_for_update() if lock else statement)
    if task is None:
        raise NotFound("not_found")
    visit = conclusions.visits_of([task.conclusion_id])[task.conclusion_id]
    if not may(actor, "task.see", visit.subject):
        raise NotFound("not_found")
    return task, visit


def board(actor: Actor, today: date) -> tuple[BoardRow, ...]:
    """The tasks the actor may see: overdue first, then by due date. Five statements, however many tasks."""
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.conclusion_id.in_(conclusions.in_force()))
        .order_by(RemediationTask.due_on, RemediationTask.position, RemediationTask.id)
    ).all()
    visits = conclusions.visits_of({task.conclusion_id for task in tasks})
    seen = [task for task in tasks if may(actor, "task.see", visits[task.conclusion_id].subject)]
    rows = _rows(seen, visits, today)
    return tuple(sorted(rows, key=lambda row: (_ORDER.index(row.standing), row.task.due_on, row.task.position)))


def tasks_of(conclusion_id: str, today: date) -> tuple[BoardRow, ...]:
    """The tasks of one conclusion, in its order."""
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.conclusion_id == conclusion_id)
        .order_by(RemediationTask.position, RemediationTask.id)
    ).all()
    return _rows(tasks, conclusions.visits_of([conclusion_id]), today)


def task_view(actor: Actor, task_id: str, today: date) -> TaskView:
    """The page of a task; raises NotFound."""
    task, visit = seen_by(actor, task_id)
    events = db.session.scalars(
        select(TaskEvent).where(TaskEvent.task_id == task_id).order_by(TaskEvent.at, TaskEvent.id)
    ).all()
    names = directory.names_of_people({event.actor_id for event in events})
    evidence: dict[str, list[TaskEvidence]] = {}
    for each in db.session.scalars(
        select(TaskEvidence).where(TaskEvidence.task_id == task_id).order_by(TaskEvidence.filename, TaskEvidence.id)
    ):
        evidence.setdefault(each.event_id, []).append(each)
    state = TaskState(task.state)
    acts = {act for act in acts_from(state) if may(actor, step(state, act, reason="x").right, visit.subject)}
    finding = conclusions.finding(task.finding_id) if task.finding_id else None
    return TaskView(
        row=_rows([task], {task.conclusion_id: visit}, today)[0],
        history=tuple(
            EventView(e.at, names[e.actor_id], e.action, e.text, e.detail, evidence.get(e.id, [])) for e in events
        ),
        acts=frozenset(act.value for act in acts),
        evidence_paths=tuple(finding.sources.get("paths", ())) if finding else (),
    )


@dataclass(frozen=True)
class Planned:
    """Work that issuing would order, with the date it would carry."""

    text: str
    due_working_days: int
    due_on: date


def planned_work(conclusion_id: str, on: date) -> tuple[tuple[Planned, ...], str]:
    """What would be ordered if the conclusion were issued on a day, and the calendar the dates are counted with."""
    calendar = calendar_around(on.year)
    work = [
        (each.remedy, each.due_working_days)
        for each in conclusions.findings_of(conclusion_id)
        if each.excluded_reason is None and each.remedy
    ]
    work += [(each.text, each.due_working_days) for each in conclusions.instructions_of(conclusion_id)]
    planned = tuple(Planned(text, days, add_working_days(calendar, on, days)) for text, days in work)
    return planned, calendar.version


def counts_of(rows: Sequence[BoardRow]) -> tuple[tuple[str, int], ...]:
    """How many tasks are overdue, and how many in each state."""
    overdue = sum(row.standing is Standing.OVERDUE for row in rows)
    by_state = tuple((state.value, sum(row.task.state == state for row in rows)) for state in TaskState)
    return (("overdue", overdue), *by_state)


def evidence_of(task_id: str, evidence_id: str) -> TaskEvidence:
    """A file of a task; raises NotFound. Whoever asks has checked that the actor sees the task."""
    found = db.session.get(TaskEvidence, evidence_id)
    if found is None or found.task_id != task_id:
        raise NotFound("not_found")
    return found


def head_of(unit_path: str, on: date) -> tuple[str | None, str]:
    """The head of a unit on a day, by appointment; nobody known gives no id and no name."""
    heads = directory.people_in_reach(unit_path, {Role.WARD_HEAD}, on)
    return (heads[0].id, heads[0].name) if heads else (None, "")


def _rows(tasks: Sequence[RemediationTask], visits: Mapping[str, PlannedVisit], today: date) -> tuple[BoardRow, ...]:
    reported = _reported([task.id for task in tasks])
    numbers = conclusions.numbers_of({task.conclusion_id for task in tasks})
    rows = []
    for task in tasks:
        number, symbol, _ = numbers[task.conclusion_id]
        stands = standing(TaskState(task.state), task.due_on, today, reported_on=reported.get(task.id))
        late = max((today - task.due_on).days, 0) if stands is Standing.OVERDUE else 0
        rows.append(BoardRow(task, visits[task.conclusion_id], f"{number or 0:02d}/{symbol}", stands, late))
    return tuple(rows)


def _reported(task_ids: Sequence[str]) -> dict[str, date]:
    """The day in Viet Nam of each task's latest report."""
    rows = db.session.execute(
        select(TaskEvent.task_id, func.max(TaskEvent.at))
        .where(TaskEvent.action == "report", TaskEvent.task_id.in_(task_ids))
        .group_by(TaskEvent.task_id)
    )
    return {task_id: local_day(at) for task_id, at in rows}


# --- counting, for boards above ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many tasks there are, are repaired, and are late (`remediation.overdue`)."""

    total: int = 0
    verified: int = 0
    overdue: int = 0


def tallies(campaign_id: str, today: date) -> Mapping[str, Tally]:
    """The tasks of a campaign counted by conclusion, in two statements however many there are."""
    concerned = RemediationTask.campaign_id == campaign_id
    late = late_reports(concerned, today)
    rows = db.session.execute(
        select(
            RemediationTask.conclusion_id,
            func.count(),
            func.sum(case((RemediationTask.state == TaskState.VERIFIED.value, 1), else_=0)),
            func.sum(case((past_due(today), 1), else_=0)),
        )
        .where(concerned)
        .group_by(RemediationTask.conclusion_id)
    )
    return {key: Tally(total, int(done), int(past) + late[key]) for key, total, done, past in rows}


def past_due(today: date) -> ColumnElement[bool]:
    """Tasks that nobody has reported and whose date has passed; see `late_reports` for the others that are late."""
    waiting = (TaskState.ASSIGNED.value, TaskState.RETURNED.value)
    return and_(RemediationTask.state.in_(waiting), RemediationTask.due_on < today)


def late_reports(concerned: ColumnElement[bool], today: date) -> Counter[str]:
    """Tasks reported after their date and not verified yet, by conclusion; `concerned` is about the task's columns.

    Whether a report came in time is a matter of the day in Viet Nam, so it is judged by the domain, not in SQL.
    """
    rows = db.session.execute(
        select(RemediationTask.conclusion_id, RemediationTask.due_on, func.max(TaskEvent.at))
        .join(TaskEvent, and_(TaskEvent.task_id == RemediationTask.id, TaskEvent.action == "report"))
        .where(RemediationTask.state == TaskState.REPORTED.value, RemediationTask.due_on < today, concerned)
        .group_by(RemediationTask.id, RemediationTask.conclusion_id, RemediationTask.due_on)
    )
    return Counter(
        conclusion_id
        for conclusion_id, due_on, at in rows
        if overdue(TaskState.REPORTED, due_on, today, reported_on=local_day(at))
    )
