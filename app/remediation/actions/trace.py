"""The one way a task changes: locked, judged by the domain, written with who, when and why."""

from datetime import date
from typing import Any

from app.domain.errors import OutOfDate
from app.domain.permissions import Actor
from app.domain.remediation import TaskAct, take
from app.extensions import db, new_id, now
from app.remediation import queries
from app.remediation.actions import telling
from app.remediation.models import RemediationTask, TaskEvent
from app.remediation.queries import rechecks, tasks


def change(
    actor: Actor,
    task_id: str,
    act: TaskAct,
    *,
    revision: int,
    today: date,
    reason: str = "",
    until: date | None = None,
) -> RemediationTask:
    """Lock a task and do an act to it. Raises NotFound, as `remediation.take` does, and `OutOfDate("task_changed")`."""
    task, subject = tasks.seen_by(actor, task_id, lock=True)
    before = rechecks.facts_with(task, rechecks.site_visit(task))
    facts = take(actor, subject, before, act, today=today, reason=reason, until=until)
    if task.revision != revision:
        raise OutOfDate("task_changed")
    task.state = facts.state.value
    task.due_on = facts.due_on
    task.reported_on = facts.reported_on
    task.wished_for = facts.wished_for
    task.asked_by = facts.asked_by or None
    if not facts.visiting:
        task.recheck_visit_id = None
    task.revision += 1
    task.look_on = today  # whoever is to be reminded of it is thought of anew
    return task


def record(
    task: RemediationTask, actor: Actor | None, action: str, *, text: str = "", detail: dict[str, Any] | None = None
) -> TaskEvent:
    """Write what happened, and tell whom it concerns; nobody is the actor of what the clock does."""
    event = TaskEvent(
        id=new_id(),
        task_id=task.id,
        at=now(),
        actor_id=actor.user_id if actor else None,
        action=action,
        text=text.strip(),
        detail=detail or {},
    )
    db.session.add(event)
    telling.after(task, action, event.text)
    return event


def add(task: RemediationTask, actor: Actor | None, *, text: str = "") -> RemediationTask:
    """Put a new task in place, under its unit's head of that day, with the event that begins its life."""
    head = tasks.head_of(task.unit_id, task.issued_on)
    if head is not None:
        task.head_id, task.head_name, task.head_since = head.id, head.name, task.issued_on
    db.session.add(task)
    db.session.flush()  # the event points at it
    record(task, actor, "assign", text=text, detail={"due_on": task.due_on.isoformat(), "head": task.head_name})
    return task


def calendar_version(day: date) -> str:
    """The version to print beside a date counted from that day."""
    return queries.calendar_of(day.year).version
