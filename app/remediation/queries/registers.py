"""The registers that were read or taken over, and the tasks they became."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.accounts.queries import directory
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, Subject, may
from app.extensions import db
from app.remediation.models import RegisterImport, RemediationTask, TaskEvent


@dataclass(frozen=True)
class ImportRow:
    """A register that was taken over: by whom, and what became of it."""

    register: RegisterImport
    who: str
    host_name: str
    tasks: int


def hosts_of(actor: Actor) -> tuple[directory.UnitEntry, ...]:
    """The units for which the actor may take over a register."""
    reached = {grant.unit_id for grant in actor.grants if grant.role is Role.ADMINISTRATOR}
    return tuple(sorted(directory.units(reached).values(), key=lambda each: (len(each.path), each.name)))


def register_of(actor: Actor, import_id: str, *, lock: bool = False) -> tuple[RegisterImport, directory.UnitEntry]:
    """A register read or taken over for a unit the actor administers; one not yet taken over is its reader's alone.

    Raises NotFound for a missing and a hidden one alike.
    """
    statement = select(RegisterImport).where(RegisterImport.id == import_id)
    found = db.session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("not_found")
    host = directory.units([found.host_unit_id])[found.host_unit_id]
    mine = found.applied_at is not None or found.user_id == actor.user_id
    if not mine or not may(actor, "register.import", Subject(unit_path=host.path, host_path=host.path)):
        raise NotFound("not_found")
    return found, host


def taken_over(actor: Actor, *, limit: int = 50) -> tuple[ImportRow, ...]:
    """The latest registers taken over for units the actor administers; four statements however many."""
    hosts = {each.id: each for each in hosts_of(actor)}
    reached = [each.path for each in hosts.values()]
    rows = db.session.scalars(
        select(RegisterImport)
        .where(RegisterImport.applied_at.is_not(None), RegisterImport.host_unit_id.in_(hosts))
        .order_by(RegisterImport.applied_at.desc(), RegisterImport.id)
        .limit(limit)
    ).all() if reached else []  # fmt: skip
    people = directory.names_of_people({row.user_id for row in rows})
    numbers = dict(
        db.session.execute(
            select(RemediationTask.import_id, func.count())
            .where(RemediationTask.import_id.in_([row.id for row in rows]))
            .group_by(RemediationTask.import_id)
        ).all()
    )
    return tuple(
        ImportRow(row, people.get(row.user_id, ""), hosts[row.host_unit_id].name, numbers.get(row.id, 0))
        for row in rows
    )


def same_file(host_unit_id: int, sha256: str) -> RegisterImport | None:
    """The register that was taken over from the same bytes and stands."""
    return db.session.scalar(
        select(RegisterImport).where(
            RegisterImport.host_unit_id == host_unit_id,
            RegisterImport.sha256 == sha256,
            RegisterImport.applied_at.is_not(None),
            RegisterImport.undone_at.is_(None),
        )
    )


def tasks_from(import_id: str, *, limit: int, offset: int) -> Sequence[RemediationTask]:
    """One page of the tasks a register became, in its order."""
    return db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.import_id == import_id)
        .order_by(RemediationTask.position, RemediationTask.id)
        .limit(limit)
        .offset(offset)
    ).all()


def number_from(import_id: str) -> int:
    """How many tasks a register became."""
    return db.session.scalar(select(func.count()).where(RemediationTask.import_id == import_id)) or 0


def worked_on(import_id: str) -> int:
    """On how many tasks of a register somebody has acted since."""
    return (
        db.session.scalar(
            select(func.count(TaskEvent.task_id.distinct()))
            .join(RemediationTask, RemediationTask.id == TaskEvent.task_id)
            .where(
                RemediationTask.import_id == import_id,
                TaskEvent.actor_id.is_not(None),
                TaskEvent.action.not_in(("import", "withdraw", "recount")),
            )
        )
        or 0
    )
