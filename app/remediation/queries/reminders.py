"""Reads for reminders: tasks that need a look, the people who must know, and what waits for whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select

from app.accounts.queries import directory
from app.domain.permissions import Role
from app.domain.remediation import OPEN, TaskState
from app.extensions import db
from app.findings.queries import records as conclusions
from app.findings.queries import waiting
from app.remediation.models import RemediationTask, TaskEvent
from app.remediation.queries.boards import WAITING, is_overdue

OWNER, HEAD, UNIT = "Ông/bà thực hiện nhiệm vụ", "Ông/bà là người đứng đầu chịu trách nhiệm", "Nhiệm vụ của đơn vị"
ABOVE, SIGNER = "Ông/bà đứng đầu đơn vị cấp trên", "Ông/bà đã ký thông báo kết luận"
CHAIR = "Ông/bà phụ trách đơn vị giao nhiệm vụ"


def to_look_at(today: date, limit: int) -> Sequence[RemediationTask]:
    """Tasks whose day has come, locked: whoever else plans at the same time takes others."""
    return db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.look_on <= today)
        .order_by(RemediationTask.look_on, RemediationTask.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def in_force(tasks: Collection[RemediationTask]) -> frozenset[str]:
    """Of these tasks' conclusions, those that still order anything. One statement."""
    ids = {task.conclusion_id for task in tasks if task.conclusion_id}
    issued = conclusions.in_force().subquery()
    return frozenset(db.session.scalars(select(issued.c.id).where(issued.c.id.in_(ids)))) if ids else frozenset()


def responsible(tasks: Collection[RemediationTask], today: date) -> Mapping[str, Mapping[str, str]]:
    """By task: who does it and who answers for it, with why; where none of these can read it, all who may.

    Somebody whose account is closed reads nothing. Three statements.
    """
    active = directory.active_people({each for task in tasks for each in (task.owner_id, task.head_id) if each})
    alone = {task.unit_id for task in tasks if task.owner_id not in active and task.head_id not in active}
    staff: dict[int, dict[str, str]] = {}
    for role in (Role.WARD_HEAD, Role.WARD_OFFICER) if alone else ():
        for unit_id, users in directory.holders(role, today, alone).items():
            staff.setdefault(unit_id, {}).update(dict.fromkeys(users, UNIT))
    found: dict[str, Mapping[str, str]] = {}
    for task in tasks:
        named = {task.head_id: HEAD, task.owner_id: OWNER} if task.head_id != task.owner_id else {task.head_id: HEAD}
        people = {user_id: why for user_id, why in named.items() if user_id and user_id in active}
        found[task.id] = people or staff.get(task.unit_id, {})
    return found


def superiors(tasks: Collection[RemediationTask], today: date) -> Mapping[str, Mapping[str, str]]:
    """By task: the head of the nearest unit above that has one, else the vice-chair who signed, else those of the
    unit that ordered it. Four statements."""
    above = {task.id: _ids(task.unit_path)[-2::-1] for task in tasks}
    heads = directory.heads_on({unit for units in above.values() for unit in units}, today)
    signers = waiting.signers_of({task.conclusion_id for task in tasks if task.conclusion_id})
    active = directory.active_people(set(signers.values()))
    chairs = directory.holders(Role.VICE_CHAIR, today, {_ids(task.host_path)[-1] for task in tasks if task.host_path})
    found: dict[str, Mapping[str, str]] = {}
    for task in tasks:
        head = next((heads[unit] for unit in above[task.id] if unit in heads), None)
        signer = signers.get(task.conclusion_id or "", "")
        if head is not None and head.id != task.head_id:
            found[task.id] = {head.id: ABOVE}
        elif signer in active:
            found[task.id] = {signer: SIGNER}
        else:
            host = _ids(task.host_path)[-1] if task.host_path else 0
            found[task.id] = dict.fromkeys(chairs.get(host, ()), CHAIR)
    return found


def deciders(task: RemediationTask, today: date) -> Mapping[str, str]:
    """Who decides about a task: the vice-chair who signed it, else those of the unit that ordered it."""
    signers = waiting.signers_of([task.conclusion_id]) if task.conclusion_id else {}
    active = directory.active_people(set(signers.values())) if signers else {}
    if active:
        return dict.fromkeys(active, SIGNER)
    found = directory.holders(Role.VICE_CHAIR, today, _ids(task.host_path)[-1:])
    return {user_id: CHAIR for users in found.values() for user_id in users}


def _ids(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part]


def latest_actor(task_id: str, action: str) -> str | None:
    """Who did something to a task last."""
    return db.session.scalar(
        select(TaskEvent.actor_id)
        .where(TaskEvent.task_id == task_id, TaskEvent.action == action)
        .order_by(TaskEvent.at.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class TaskNow:
    """What decides whether a notice of a task is still true."""

    state: TaskState
    extension_waits: bool


def tasks_now(task_ids: Collection[str]) -> Mapping[str, TaskNow]:
    """How tasks stand, one statement."""
    if not task_ids:
        return {}
    rows = db.session.execute(
        select(RemediationTask.id, RemediationTask.state, RemediationTask.wished_for).where(
            RemediationTask.id.in_(set(task_ids))
        )
    )
    return {task_id: TaskNow(TaskState(state), wished_for is not None) for task_id, state, wished_for in rows}


@dataclass(frozen=True)
class Waits:
    """What waits at a unit that orders repairs and at those below it."""

    overdue: int = 0
    reported: int = 0
    asked: int = 0
    conclusions: int = 0

    def plus(self, other: "Waits") -> "Waits":
        return Waits(
            self.overdue + other.overdue,
            self.reported + other.reported,
            self.asked + other.asked,
            self.conclusions + other.conclusions,
        )


def waits_by_host(today: date) -> Mapping[str, Waits]:
    """By the path of the unit that ordered: what is late, reported, asked for, and conclusions. Three statements."""
    late = func.sum(case((is_overdue(today) & RemediationTask.state.in_(WAITING), 1), else_=0))
    reported = func.sum(case((RemediationTask.state == TaskState.REPORTED.value, 1), else_=0))
    asked = func.sum(case((RemediationTask.wished_for.is_not(None), 1), else_=0))
    ordered = or_(RemediationTask.conclusion_id.is_(None), RemediationTask.conclusion_id.in_(conclusions.in_force()))
    rows = db.session.execute(
        select(RemediationTask.host_path, late, reported, asked)
        .where(RemediationTask.state.in_([state.value for state in OPEN]), ordered)
        .group_by(RemediationTask.host_path)
    )
    found = {path: Waits(int(a), int(b), int(c)) for path, a, b, c in rows}
    drafts = waiting.waiting_by_issuer()
    for unit_id, unit in directory.units(drafts).items():
        found[unit.path] = found.get(unit.path, Waits()).plus(Waits(conclusions=drafts[unit_id]))
    return found


def chairs(today: date) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """By the path of their unit: its name and its vice-chairs of that day. Two statements."""
    held = directory.holders(Role.VICE_CHAIR, today)
    return {unit.path: (unit.name, held[unit_id]) for unit_id, unit in directory.units(held).items()}
