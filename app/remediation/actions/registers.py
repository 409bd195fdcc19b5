"""Taking over an old register: read and shown, then taken over whole or not at all, and undone while nobody worked."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, select

from app.accounts.queries import directory
from app.accounts.queries.directory import Head, UnitEntry
from app.domain.calendar import VIET_NAM, local_day
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, Subject, may
from app.domain.remediation import TaskAct, TaskState, kind_of, take
from app.extensions import db, new_id, now
from app.remediation import imports
from app.remediation.actions import telling
from app.remediation.actions.trace import record
from app.remediation.models import RegisterImport, RemediationTask, TaskEvent
from app.remediation.queries import register_plans, registers, tasks
from app.remediation.queries.register_plans import Kept, Plan

UNCONFIRMED_FOR = timedelta(days=7)


def keep(actor: Actor, host_unit_id: int, file_name: str, content: bytes) -> str:
    """Read a workbook and keep its rows until its owner has seen what they would do; returns the import's id.

    Raises `workbooks.Refused`, `Invalid` as the headings do, `NotAllowed`, `Invalid("register_empty")`, and
    `OutOfDate("register_known")` for a file that was taken over already.
    """
    host = directory.units([host_unit_id]).get(host_unit_id)
    if host is None or not may(actor, "register.import", Subject(unit_path=host.path, host_path=host.path)):
        raise NotAllowed("not_allowed")
    digest = hashlib.sha256(content).hexdigest()
    if registers.same_file(host.id, digest):
        raise OutOfDate("register_known")
    sheet = imports.read_workbook(content)
    if not sheet.rows:
        raise Invalid("register_empty")
    db.session.execute(
        delete(RegisterImport).where(
            RegisterImport.applied_at.is_(None), RegisterImport.created_at < now() - UNCONFIRMED_FOR
        )
    )
    kept = RegisterImport(
        id=new_id(),
        user_id=actor.user_id,
        host_unit_id=host.id,
        created_at=now(),
        file_name=file_name[-200:],
        sha256=digest,
        rows=imports.to_text(sheet),
    )
    db.session.add(kept)
    db.session.flush()
    return kept.id


def take_over(actor: Actor, import_id: str, digest: str) -> int:
    """Make a task of every row, once; returns how many.

    Raises NotFound, `OutOfDate("already_done")`, `OutOfDate("register_known")` when the same file was taken over
    since, `Invalid("register_has_errors")` while any row is wrong, and `OutOfDate("register_changed")` when something
    else would be done than was shown.
    """
    kept, host = registers.register_of(actor, import_id, lock=True)
    if kept.applied_at is not None:
        raise OutOfDate("already_done")
    if registers.same_file(host.id, kept.sha256):
        raise OutOfDate("register_known")
    plan = register_plans.plan(imports.from_text(kept.rows), host.path, local_day(now()))
    if plan.refused:
        raise Invalid("register_has_errors")
    if plan.digest != digest:
        raise OutOfDate("register_changed")
    kept.applied_at, kept.rows = now(), "{}"
    _make(actor, kept, host, plan)
    return len(plan.kept)


def undo(actor: Actor, import_id: str, *, reason: str) -> int:
    """Withdraw every task of a register that was taken over by mistake; returns how many.

    Raises NotFound, `OutOfDate("already_done")`, `OutOfDate("register_worked_on")` once anybody has worked on one of
    them, and as `remediation.take` does.
    """
    kept, _ = registers.register_of(actor, import_id, lock=True)
    if kept.applied_at is None or kept.undone_at is not None:
        raise OutOfDate("already_done")
    found = db.session.scalars(
        select(RemediationTask).where(RemediationTask.import_id == kept.id).with_for_update()
    ).all()
    worked_on = registers.worked_on(kept.id)
    if worked_on:
        raise OutOfDate("register_worked_on", tasks=worked_on)
    for task in found:
        subject = Subject(unit_path=task.unit_path, host_path=task.host_path)
        facts = take(actor, subject, tasks.facts_of(task), TaskAct.WITHDRAW, today=local_day(now()), reason=reason)
        task.state, task.revision = facts.state.value, task.revision + 1
        record(task, actor, TaskAct.WITHDRAW.value, text=reason)
    telling.withdrawn([task.id for task in found])
    kept.undone_at, kept.undone_by, kept.undone_reason = now(), actor.user_id, reason
    return len(found)


def _make(actor: Actor, kept: RegisterImport, host: UnitEntry, plan: Plan) -> None:
    heads = directory.heads_on({each.unit.id for each in plan.kept}, local_day(now()))
    made = [(_task(each, kept, host, heads), each) for each in plan.kept]
    db.session.add_all(task for task, _ in made)
    db.session.flush()  # the events point at them
    db.session.add_all(_event(actor, task, each, kept.file_name) for task, each in made)
    db.session.flush()


def _task(row: Kept, kept: RegisterImport, host: UnitEntry, heads: Mapping[int, Head]) -> RemediationTask:
    entry = row.entry
    task = RemediationTask(
        id=new_id(),
        import_id=kept.id,
        kind=kind_of(entry.remedy).value,
        source=entry.source,
        unit_id=row.unit.id,
        unit_path=row.unit.path,
        unit_name=row.unit.name,
        host_path=host.path,
        position=row.line,
        severity=entry.severity,
        problem=entry.problem,
        remedy=entry.remedy,
        issued_on=entry.issued_on,
        due_working_days=entry.working_days,
        due_on=row.due_on,
        extended_to=entry.due_on,  # a date of its own: counted anew it only leaves days on which offices are closed
        calendar_version=row.calendar_version,
        owner_id=row.owner_id,
        owner_name=entry.owner,
        state=(TaskState.VERIFIED if entry.done_on else TaskState.ASSIGNED).value,
        verified_at=_noon(entry.done_on) if entry.done_on else None,
        revision=1,
    )
    head = heads.get(row.unit.id)
    if entry.done_on or head is None:  # who answered for what is over; nobody else does now
        task.head_name = entry.head
    else:
        task.head_id, task.head_name = head.id, head.name
        task.head_since = max(head.since, entry.issued_on) if head.since else None
    return task


def _event(actor: Actor, task: RemediationTask, row: Kept, file_name: str) -> TaskEvent:
    """What the register said, on the first line of the task's life."""
    entry = row.entry
    detail: dict[str, Any] = {
        "file": file_name,
        "line": row.line,
        "due_on": row.due_on.isoformat(),
        "head": entry.head,
        "proof": entry.proof,
        "done_on": entry.done_on.isoformat() if entry.done_on else "",
    }
    return TaskEvent(id=new_id(), task_id=task.id, at=now(), actor_id=actor.user_id, action="import", detail=detail)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), VIET_NAM)
