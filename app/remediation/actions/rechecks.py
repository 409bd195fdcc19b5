"""Looking on site: a short visit with only the open items, and what the lead makes of what it saw."""

from collections.abc import Collection
from datetime import date

from app.campaigns.actions import rechecks as visits
from app.checklists import actions as cutting
from app.checklists import queries as checklists
from app.domain.calendar import local_day
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.domain.rechecking import Sight
from app.domain.remediation import TaskAct, TaskState, VerifiedHow
from app.extensions import now
from app.findings.queries import records as conclusions
from app.remediation.actions.ordering import order_recheck
from app.remediation.actions.trace import change, record
from app.remediation.models import RemediationTask
from app.remediation.queries import rechecks, tasks


def plan_visit(actor: Actor, task_id: str, *, task_ids: Collection[str], day: date) -> str:
    """Plan a short visit to look at tasks of one notice; returns the visit's id.

    A repair that was verified on paper gets a task of its own for it. Raises as `plan_recheck` and `trace.change` do,
    `Invalid("recheck_items")` when no task is named and `OutOfDate("task_changed")` when one may not be looked at now.
    """
    asked = _verified_by(actor, task_id)
    offered = {each.task.id: each for each in rechecks.candidates(actor, task_id)}
    if not task_ids:
        raise Invalid("recheck_items")
    conclusion = conclusions.get(asked.conclusion_id)
    if conclusion is None or not set(task_ids) <= set(offered):
        raise OutOfDate("task_changed")
    chosen = [offered[each].task for each in offered if each in set(task_ids)]
    keys = {offered[task.id].item_key for task in chosen}
    version = cutting.keep_cut(checklists.version_by_chk(conclusion.chk), keys)
    today = local_day(now())
    visit_id = visits.plan_recheck(actor, conclusion.visit_id, version.id, day, today=today)
    for task in chosen:
        looked_at = change(actor, task.id, TaskAct.VISIT, revision=task.revision, today=today)
        if task.state == TaskState.VERIFIED:
            looked_at = order_recheck(actor, task, day=day)
        looked_at.recheck_visit_id = visit_id
        record(looked_at, actor, TaskAct.VISIT.value, detail={"visit": visit_id, "day": day.isoformat()})
    return visit_id


def cancel_visit(actor: Actor, task_id: str, *, reason: str) -> None:
    """Cancel the short visit a task waits for; every task it was planned for is told.

    Raises NotFound, NotAllowed, `OutOfDate("not_seen")` when none waits, and as `cancel_recheck` does.
    """
    task = _verified_by(actor, task_id)
    if task.recheck_visit_id is None:
        raise OutOfDate("not_seen")
    visit_id = task.recheck_visit_id
    visits.cancel_recheck(actor, visit_id, reason)
    for each in rechecks.waits_for(visit_id):
        each.recheck_visit_id = None
        record(each, actor, "visit_off", text=reason, detail={"visit": visit_id})


def confirm(actor: Actor, task_id: str, *, revision: int, recheck_months: int = 0) -> RemediationTask:
    """Verify a task by what a signed short visit saw. Raises as `trace.change` does."""
    task = _verified_by(actor, task_id)
    visit_id, day, sight = _seen(task)
    task = change(actor, task_id, TaskAct.CONFIRM, revision=revision, today=local_day(now()))
    task.verified_at, task.verified_how, task.recheck_months = now(), VerifiedHow.SITE.value, recheck_months
    detail = {"visit": visit_id, "day": day, "paths": list(sight.paths), "recheck_months": recheck_months}
    record(task, actor, TaskAct.CONFIRM.value, detail=detail)
    if recheck_months:
        order_recheck(actor, task)
    return task


def reject(actor: Actor, task_id: str, *, revision: int, reason: str) -> RemediationTask:
    """Send a task back by what a signed short visit saw. Raises as `trace.change` does."""
    task = _verified_by(actor, task_id)
    visit_id, day, sight = _seen(task)
    task = change(actor, task_id, TaskAct.REJECT, revision=revision, today=local_day(now()), reason=reason)
    detail = {"visit": visit_id, "day": day, "paths": list(sight.paths)}
    record(task, actor, TaskAct.REJECT.value, text=reason, detail=detail)
    return task


def _verified_by(actor: Actor, task_id: str) -> RemediationTask:
    """Lock a task that the actor may verify, in whatever state. Raises NotFound and NotAllowed."""
    task, subject = tasks.seen_by(actor, task_id, lock=True)
    if not may(actor, "task.verify", subject):
        raise NotAllowed("not_allowed")
    return task


def _seen(task: RemediationTask) -> tuple[str, str, Sight]:
    site = rechecks.site_visit(task)
    if site is None or site.sight is None:
        raise OutOfDate("not_seen")
    return site.visit.id, site.visit.planned_on.isoformat(), site.sight
