"""What units and delegations do to a task: plan it, give it to somebody, report it, verify or return it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.domain.calendar import local_day
from app.domain.errors import Invalid
from app.domain.permissions import Actor
from app.domain.remediation import TaskAct, TaskKind, VerifiedHow, check_apology
from app.extensions import db, new_id, now
from app.remediation import blobs
from app.remediation.actions.ordering import order_recheck
from app.remediation.actions.trace import change, record
from app.remediation.models import RemediationTask, TaskEvidence
from app.remediation.queries import tasks

MOST_FILES = 5
MOST_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True)
class Handed:
    """A file handed in with a report, checked: `mime` is what the bytes are, not what the browser said."""

    filename: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Repair:
    """A unit's report; the day and number are those of letters of apology."""

    text: str
    files: Sequence[Handed] = ()
    root_cause: str = ""
    sent_on: date | None = None
    dossiers: int | None = None


def plan(actor: Actor, task_id: str, *, revision: int, plan: str, root_cause: str) -> RemediationTask:
    """Say how and why: the unit's plan, and what the breach came from. Raises as `trace.change` does."""
    task = change(actor, task_id, TaskAct.PLAN, revision=revision, today=local_day(now()))
    task.plan, task.root_cause = plan, root_cause or task.root_cause
    record(task, actor, TaskAct.PLAN.value, text=plan, detail=_cause(root_cause))
    return task


def delegate(actor: Actor, task_id: str, *, revision: int, owner_id: str) -> RemediationTask:
    """The head gives the work to somebody of the unit and goes on answering for it. Raises `Invalid("not_of_unit")`."""
    today = local_day(now())
    task = change(actor, task_id, TaskAct.DELEGATE, revision=revision, today=today)
    owner = next((each for each in tasks.owners_of(task.unit_path, today) if each.id == owner_id), None)
    if owner is None:
        raise Invalid("not_of_unit")
    detail = {"before": task.owner_name, "after": owner.name}
    task.owner_id, task.owner_name = owner.id, owner.name
    record(task, actor, TaskAct.DELEGATE.value, detail=detail)
    return task


def arrange(actor: Actor, task_id: str, *, revision: int, kind: str, evidence_asked: str) -> RemediationTask:
    """Say what kind of task it is and what proof is asked for."""
    task = change(actor, task_id, TaskAct.ARRANGE, revision=revision, today=local_day(now()))
    kinds = [task.kind, TaskKind(kind).value]
    task.kind, task.evidence_asked = kinds[1], evidence_asked
    record(task, actor, TaskAct.ARRANGE.value, text=evidence_asked, detail={"kinds": kinds})
    return task


def report(actor: Actor, task_id: str, done: Repair, *, revision: int, data_dir: Path) -> RemediationTask:
    """Report a repair with its evidence.

    Raises `Invalid("too_many_files")`, as `remediation.check_apology` does for a task of that kind, and as
    `trace.change` does.
    """
    today = local_day(now())
    task = change(actor, task_id, TaskAct.REPORT, revision=revision, today=today)
    if len(done.files) > MOST_FILES:
        raise Invalid("too_many_files", most=MOST_FILES)
    detail: dict[str, Any] = {"files": len(done.files), **_cause(done.root_cause)}
    if task.kind == TaskKind.APOLOGY:
        check_apology(done.sent_on, done.dossiers, len(done.files), today)
        task.dossiers = done.dossiers
        detail |= {"sent_on": str(done.sent_on), "dossiers": done.dossiers}
    task.root_cause = done.root_cause or task.root_cause
    event = record(task, actor, TaskAct.REPORT.value, text=done.text, detail=detail)
    db.session.flush()
    for each in done.files:
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


def verify(
    actor: Actor, task_id: str, *, revision: int, text: str = "", how: str = "paper", recheck_months: int = 0
) -> RemediationTask:
    """Accept a report, seen on paper or on site; in some months, if wished, the unit shows that the repair holds."""
    task = change(actor, task_id, TaskAct.VERIFY, revision=revision, today=local_day(now()))
    task.verified_at, task.verified_how, task.recheck_months = now(), VerifiedHow(how).value, recheck_months
    record(task, actor, TaskAct.VERIFY.value, text=text, detail={"how": how, "recheck_months": recheck_months})
    if recheck_months:
        order_recheck(actor, task)
    return task


def return_report(actor: Actor, task_id: str, *, revision: int, reason: str) -> RemediationTask:
    """Send a report back with the reason. Raises as `trace.change` does."""
    task = change(actor, task_id, TaskAct.RETURN, revision=revision, today=local_day(now()), reason=reason)
    record(task, actor, TaskAct.RETURN.value, text=reason)
    return task


def _cause(root_cause: str) -> dict[str, str]:
    return {"root_cause": root_cause} if root_cause else {}
