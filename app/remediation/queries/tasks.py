"""Reads of one remediation task with its whole history, of a conclusion's tasks, and of the heads who answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.accounts.queries import directory
from app.campaigns import queries as campaigns
from app.domain.calendar import add_working_days
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, Subject, may
from app.domain.remediation import Standing, TaskFacts, TaskState, offered, standing
from app.extensions import db
from app.findings.queries import records as conclusions
from app.remediation.models import RemediationTask, TaskEvent, TaskEvidence
from app.remediation.queries.calendars import calendar_of


@dataclass(frozen=True)
class BoardRow:
    """A task on a board, and how it stands today."""

    task: RemediationTask
    standing: Standing
    days_late: int


@dataclass(frozen=True)
class FileView:
    """A file of a report. `edition` counts the different files handed in under its name; `again`: the very same bytes
    were handed in with an earlier report."""

    file: TaskEvidence
    edition: int
    again: bool


@dataclass(frozen=True)
class EventView:
    at: datetime
    who: str  # nobody: what the clock did
    action: str
    text: str
    detail: Mapping[str, Any]
    evidence: Sequence[FileView]


@dataclass(frozen=True)
class TaskView:
    """A task with everything that happened to it, what the actor may do now, and who could do it."""

    row: BoardRow
    history: tuple[EventView, ...]
    acts: frozenset[str]
    owners: tuple[directory.Person, ...]
    visit_id: str
    cells: tuple[str, ...]
    asked_by: str
    rechecks: Sequence[RemediationTask]


def seen_by(actor: Actor, task_id: str, *, lock: bool = False) -> tuple[RemediationTask, Subject]:
    """A task the actor may see, with what its rights depend on; raises NotFound for missing and hidden alike."""
    statement = select(RemediationTask).where(RemediationTask.id == task_id)
    task = db.session.scalar(statement.with_for_update() if lock else statement)
    if task is None:
        raise NotFound("not_found")
    subject = subject_of(task)
    if not may(actor, "task.see", subject):
        raise NotFound("not_found")
    return task, subject


def subject_of(task: RemediationTask) -> Subject:
    """What the permission rules need to know of a task; one statement."""
    places = campaigns.places_of([task.delegation_id])[task.delegation_id] if task.delegation_id else ()
    return campaigns.subject_at(task.unit_path, task.host_path, places)


def facts_of(task: RemediationTask) -> TaskFacts:
    """What the domain needs to know of a task."""
    return TaskFacts(
        TaskState(task.state),
        task.due_on,
        task.reported_on,
        task.wished_for,
        task.asked_by or "",
        imported=task.import_id is not None,
    )


def tasks_of(conclusion_id: str, today: date) -> tuple[BoardRow, ...]:
    """The tasks of one conclusion, in its order."""
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.conclusion_id == conclusion_id)
        .order_by(RemediationTask.position, RemediationTask.id)
    ).all()
    return rows_of(tasks, today)


def rows_of(tasks: Sequence[RemediationTask], today: date) -> tuple[BoardRow, ...]:
    """How each task stands today."""
    rows = []
    for task in tasks:
        stands = standing(TaskState(task.state), task.due_on, today, reported_on=task.reported_on)
        rows.append(BoardRow(task, stands, (today - task.due_on).days if stands is Standing.OVERDUE else 0))
    return tuple(rows)


def task_view(actor: Actor, task_id: str, today: date) -> TaskView:
    """The page of a task; raises NotFound."""
    task, subject = seen_by(actor, task_id)
    events = db.session.scalars(
        select(TaskEvent).where(TaskEvent.task_id == task_id).order_by(TaskEvent.at, TaskEvent.id)
    ).all()
    people = {event.actor_id for event in events if event.actor_id} | ({task.asked_by} if task.asked_by else set())
    names = directory.names_of_people(people)
    evidence = _files(task_id, [event.id for event in events])
    acts = frozenset(act.value for act in offered(actor, subject, facts_of(task)))
    finding = conclusions.finding(task.finding_id) if task.finding_id else None
    visit = conclusions.visits_of([task.conclusion_id])[task.conclusion_id] if task.conclusion_id else None
    return TaskView(
        row=rows_of([task], today)[0],
        history=tuple(
            EventView(e.at, names.get(e.actor_id or "", ""), e.action, e.text, e.detail, evidence.get(e.id, []))
            for e in events
        ),
        acts=acts,
        owners=owners_of(task.unit_path, today) if "delegate" in acts else (),
        visit_id=visit.id if visit and may(actor, "visit.see", visit.subject) else "",
        cells=tuple(finding.sources.get("paths", ())) if finding else (),
        asked_by=names.get(task.asked_by or "", ""),
        rechecks=db.session.scalars(select(RemediationTask).where(RemediationTask.parent_id == task_id)).all(),
    )


def _files(task_id: str, events: Sequence[str]) -> Mapping[str, Sequence[FileView]]:
    """The files of each report, told apart by their hashes from those of earlier ones."""
    found: dict[str, list[TaskEvidence]] = {}
    for each in db.session.scalars(
        select(TaskEvidence).where(TaskEvidence.task_id == task_id).order_by(TaskEvidence.filename, TaskEvidence.id)
    ):
        found.setdefault(each.event_id, []).append(each)
    editions: dict[str, list[str]] = {}
    before: set[str] = set()
    shown = {}
    for event in events:
        views = []
        for file in found.get(event, []):
            hashes = editions.setdefault(file.filename.casefold(), [])
            if file.sha256 not in hashes:
                hashes.append(file.sha256)
            views.append(FileView(file, hashes.index(file.sha256) + 1, file.sha256 in before))
        before |= {view.file.sha256 for view in views}
        shown[event] = views
    return shown


def owners_of(unit_path: str, on: date) -> tuple[directory.Person, ...]:
    """The people of the unit itself who may do a task."""
    return directory.people_in_reach(unit_path, {Role.WARD_HEAD, Role.WARD_OFFICER}, on, above=False)


@dataclass(frozen=True)
class Planned:
    """Work that issuing would order, with the date it would carry."""

    text: str
    due_working_days: int
    due_on: date


def planned_work(conclusion_id: str, on: date) -> tuple[tuple[Planned, ...], str]:
    """What would be ordered if the conclusion were issued on a day, and the calendar the dates are counted with."""
    calendar = calendar_of(on.year)
    work = [
        (each.remedy, each.due_working_days)
        for each in conclusions.findings_of(conclusion_id)
        if each.excluded_reason is None and each.remedy
    ]
    work += [(each.text, each.due_working_days) for each in conclusions.instructions_of(conclusion_id)]
    planned = tuple(Planned(text, days, add_working_days(calendar, on, days)) for text, days in work)
    return planned, calendar.version


def evidence_of(task_id: str, evidence_id: str) -> TaskEvidence:
    """A file of a task; raises NotFound. Whoever asks has checked that the actor sees the task."""
    found = db.session.get(TaskEvidence, evidence_id)
    if found is None or found.task_id != task_id:
        raise NotFound("not_found")
    return found


def head_of(unit_id: int, on: date) -> directory.Head | None:
    """The head of a unit on a day, by appointment."""
    return directory.heads_on([unit_id], on).get(unit_id)
