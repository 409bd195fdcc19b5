"""What people do about remediation: issue the notice that orders it, report, verify, return. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.domain.conclusions import document_number
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.domain.remediation import TaskAct, TaskState, step
from app.extensions import db, new_id, now
from app.findings.actions import issuing
from app.findings.queries import records as conclusions
from app.remediation import blobs, queries
from app.remediation.holidays import calendar_around
from app.remediation.models import RemediationTask, TaskEvent, TaskEvidence

MOST_FILES = 5
MOST_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True)
class Handed:
    """A file handed in with a report, checked: `mime` is what the bytes are, not what the browser said."""

    filename: str
    mime: str
    content: bytes


def issue_conclusion(
    actor: Actor, conclusion_id: str, *, revision: int, number: int, on: date, today: date, public_url: str = ""
) -> str:
    """Issue a conclusion and give its unit the tasks it orders, each with its working-day limit and the head named.

    Returns the number as printed. Raises as `issuing.issue` does; either everything happens or nothing.
    """
    calendar = calendar_around(on.year)
    wanted = issuing.Issue(number=number, on=on, today=today, calendar=calendar, public_url=public_url)
    conclusion, work = issuing.issue(actor, conclusion_id, wanted, revision=revision)
    visit = conclusions.visits_of([conclusion.id])[conclusion.id]
    head_id, head_name = queries.head_of(visit.unit_path, on)
    for position, each in enumerate(work):
        task = RemediationTask(
            id=new_id(),
            conclusion_id=conclusion.id,
            finding_id=each.finding_id,
            instruction_id=each.instruction_id,
            campaign_id=conclusion.campaign_id,
            unit_id=conclusion.unit_id,
            position=position,
            severity=each.severity,
            problem=each.problem,
            remedy=each.remedy,
            issued_on=on,
            due_working_days=each.due_working_days,
            due_on=each.due_on,
            calendar_version=calendar.version,
            head_id=head_id,
            head_name=head_name,
            state=TaskState.ASSIGNED.value,
            revision=1,
        )
        db.session.add(task)
        db.session.flush()  # the event points at it
        _record(task, actor, "assign", detail={"due_on": each.due_on.isoformat(), "head": head_name})
    return document_number(number, conclusion.symbol)


def report(
    actor: Actor, task_id: str, *, revision: int, text: str, files: Sequence[Handed], data_dir: Path
) -> RemediationTask:
    """Report a repair with its evidence. Raises `Invalid("too_many_files")`, and as `remediation.step` does."""
    task = _take(actor, task_id, TaskAct.REPORT, revision=revision)
    if len(files) > MOST_FILES:
        raise Invalid("too_many_files", most=MOST_FILES)
    event = _record(task, actor, TaskAct.REPORT.value, text=text, detail={"files": len(files)})
    db.session.flush()
    for each in files:
        digest = blobs.put(data_dir, task.id, each.content, each.mime)
        db.session.add(
            TaskEvidence(
                id=new_id(),
                task_id=task.id,
                event_id=event.id,
                sha256=digest,
                size=len(each.content),
                mime=each.mime,
                filename=each.filename,
            )
        )
    return task


def verify(actor: Actor, task_id: str, *, revision: int, text: str = "") -> RemediationTask:
    """Accept a report: the breach is repaired. Raises as `remediation.step` does."""
    task = _take(actor, task_id, TaskAct.VERIFY, revision=revision)
    task.verified_at = now()
    _record(task, actor, TaskAct.VERIFY.value, text=text)
    return task


def return_report(actor: Actor, task_id: str, *, revision: int, reason: str) -> RemediationTask:
    """Send a report back. Raises `Invalid("reason_required")`, and as `remediation.step` does."""
    task = _take(actor, task_id, TaskAct.RETURN, revision=revision, reason=reason)
    _record(task, actor, TaskAct.RETURN.value, text=reason)
    return task


def _take(actor: Actor, task_id: str, act: TaskAct, *, revision: int, reason: str = "") -> RemediationTask:
    task, visit = queries.seen_by(actor, task_id, lock=True)
    taken = step(TaskState(task.state), act, reason=reason)
    if not may(actor, taken.right, visit.subject):
        raise NotAllowed("not_allowed")
    if task.revision != revision:
        raise OutOfDate("task_changed")
    task.state = taken.to.value
    task.revision += 1
    return task


def _record(
    task: RemediationTask, actor: Actor, action: str, *, text: str = "", detail: dict[str, Any] | None = None
) -> TaskEvent:
    event = TaskEvent(
        id=new_id(),
        task_id=task.id,
        at=now(),
        actor_id=actor.user_id,
        action=action,
        text=text.strip(),
        detail=detail or {},
    )
    db.session.add(event)
    return event
