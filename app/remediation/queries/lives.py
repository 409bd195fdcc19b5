"""The whole life of a task: what happened to it, what may be done now, and the files handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from app.accounts.queries import directory
from app.domain.permissions import Actor, may
from app.domain.remediation import OPEN, TaskAct, offered
from app.extensions import db
from app.findings.queries import records as conclusions
from app.remediation.models import RemediationTask, TaskEvent, TaskEvidence
from app.remediation.queries import rechecks, tasks
from app.remediation.queries.rechecks import SiteVisit
from app.remediation.queries.tasks import BoardRow

# A unit is not told that somebody will come: only what became of its task when they had come.
UNTOLD = (TaskAct.VISIT.value, "visit_off")


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
    item_key: str  # what the inspectors saw stands there; empty for an instruction
    asked_by: str
    rechecks: Sequence[RemediationTask]
    replaced_by: RemediationTask | None
    site: SiteVisit | None


def task_view(actor: Actor, task_id: str, today: date) -> TaskView:
    """The page of a task; raises NotFound."""
    task, subject = tasks.seen_by(actor, task_id)
    events = db.session.scalars(
        select(TaskEvent).where(TaskEvent.task_id == task_id).order_by(TaskEvent.at, TaskEvent.id)
    ).all()
    people = {event.actor_id for event in events if event.actor_id} | ({task.asked_by} if task.asked_by else set())
    names = directory.names_of_people(people)
    evidence = _files(task_id, [event.id for event in events])
    site = rechecks.site_visit(task)
    after = or_(RemediationTask.parent_id == task_id, RemediationTask.replaces_id == task_id)
    later = db.session.scalars(select(RemediationTask).where(after).order_by(RemediationTask.due_on)).all()
    again = [each for each in later if each.parent_id == task_id]
    acts = frozenset(act.value for act in offered(actor, subject, rechecks.facts_with(task, site)))
    if any(each.state in OPEN for each in again):
        acts -= {TaskAct.VISIT.value}  # it is looked at again already
    finding = conclusions.finding(task.finding_id) if task.finding_id else None
    visit = conclusions.visits_of([task.conclusion_id])[task.conclusion_id] if task.conclusion_id else None
    sees_visit = may(actor, "visit.see", subject)
    return TaskView(
        row=tasks.rows_of([task], today)[0],
        history=tuple(
            EventView(e.at, names.get(e.actor_id or "", ""), e.action, e.text, e.detail, evidence.get(e.id, []))
            for e in events
            if sees_visit or e.action not in UNTOLD
        ),
        acts=acts,
        owners=tasks.owners_of(task.unit_path, today) if "delegate" in acts else (),
        visit_id=visit.id if visit and sees_visit else "",
        item_key=finding.item_key if finding else "",
        asked_by=names.get(task.asked_by or "", ""),
        rechecks=again,
        replaced_by=next((each for each in later if each.replaces_id == task_id), None),
        site=site if sees_visit else None,
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
