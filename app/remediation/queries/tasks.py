"""Reads of one remediation task with its whole history, of a conclusion's tasks, and of the heads who answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts.queries import directory
from app.campaigns import queries as campaigns
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, Subject, may
from app.domain.remediation import Standing, TaskFacts, TaskState, VerifiedHow, standing
from app.extensions import db
from app.remediation.models import RemediationTask, TaskEvidence


@dataclass(frozen=True)
class BoardRow:
    """A task on a board, and how it stands today."""

    task: RemediationTask
    standing: Standing
    days_late: int


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
        checkable=task.finding_id is not None and task.verified_how != VerifiedHow.SITE.value,
    )


def tasks_of(conclusion_id: str, today: date) -> tuple[BoardRow, ...]:
    """The tasks of one conclusion, in its order."""
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.conclusion_id == conclusion_id)
        .order_by(RemediationTask.position, RemediationTask.id)
    ).all()
    return rows_of(tasks, today)


def repairs_of(finding_ids: Collection[str], today: date) -> Mapping[str, BoardRow]:
    """What became of findings, by finding: its latest task that was not withdrawn. One statement."""
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.finding_id.in_(finding_ids), RemediationTask.state != TaskState.WITHDRAWN.value)
        .order_by(RemediationTask.issued_on, RemediationTask.due_on, RemediationTask.id)
    ).all()
    return {row.task.finding_id or "": row for row in rows_of(tasks, today)}


def rows_of(tasks: Sequence[RemediationTask], today: date) -> tuple[BoardRow, ...]:
    """How each task stands today."""
    rows = []
    for task in tasks:
        stands = standing(TaskState(task.state), task.due_on, today, reported_on=task.reported_on)
        rows.append(BoardRow(task, stands, (today - task.due_on).days if stands is Standing.OVERDUE else 0))
    return tuple(rows)


def owners_of(unit_path: str, on: date) -> tuple[directory.Person, ...]:
    """The people of the unit itself who may do a task."""
    return directory.people_in_reach(unit_path, {Role.WARD_HEAD, Role.WARD_OFFICER}, on, above=False)


def evidence_of(task_id: str, evidence_id: str) -> TaskEvidence:
    """A file of a task; raises NotFound. Whoever asks has checked that the actor sees the task."""
    found = db.session.get(TaskEvidence, evidence_id)
    if found is None or found.task_id != task_id:
        raise NotFound("not_found")
    return found


def head_of(unit_id: int, on: date) -> directory.Head | None:
    """The head of a unit on a day, by appointment."""
    return directory.heads_on([unit_id], on).get(unit_id)
