"""Heads have terms: whoever heads the unit now answers for its open tasks, from the day of the appointment."""

from datetime import date

from sqlalchemy import select

from app.accounts.queries import directory
from app.domain.remediation import OPEN
from app.extensions import db
from app.remediation.actions import telling
from app.remediation.actions.trace import record
from app.remediation.models import RemediationTask


def inherit(today: date) -> int:
    """Hand open tasks to today's heads, each change recorded and told; returns how many. A unit without a head keeps
    the last.

    Only tasks of units whose head changed are locked, so that it may run as often as one likes. The successor
    answers from the day the term began, but never from before the task was ordered; where the appointment names no
    day, from today. Doing it twice changes nothing.
    """
    is_open = RemediationTask.state.in_([state.value for state in OPEN])
    told = db.session.execute(select(RemediationTask.unit_id, RemediationTask.head_id).where(is_open).distinct()).all()
    heads = directory.heads_on({unit_id for unit_id, _ in told}, today)
    changed = {unit_id for unit_id, head_id in told if unit_id in heads and heads[unit_id].id != head_id}
    if not changed:
        return 0
    tasks = db.session.scalars(
        select(RemediationTask)
        .where(is_open, RemediationTask.unit_id.in_(changed))
        .order_by(RemediationTask.id)
        .with_for_update()
    ).all()
    moved: list[RemediationTask] = []
    for task in tasks:
        head = heads.get(task.unit_id)
        if head is None or head.id == task.head_id:
            continue
        since = max(head.since or today, task.issued_on)
        detail = {"before": task.head_name, "after": head.name, "since": since.isoformat()}
        record(task, None, "inherit", detail=detail)
        task.head_id, task.head_name, task.head_since = head.id, head.name, since
        task.revision += 1
        moved.append(task)
    telling.inherited(moved)
    return len(moved)
