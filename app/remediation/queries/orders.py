"""What issuing a conclusion would order: anew, in place of an earlier task, or not at all because a task goes on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.domain.calendar import WorkingCalendar, add_working_days
from app.domain.carrying import Kept
from app.domain.errors import NotFound
from app.domain.remediation import OPEN, TaskState
from app.extensions import db
from app.findings.queries import orders
from app.findings.queries import records as conclusions
from app.remediation.models import RemediationTask
from app.remediation.queries.calendars import calendar_of


@dataclass(frozen=True)
class Planned:
    """Work that the notice asks for: its date, the task that goes on with it, or the one whose place it takes."""

    key: str
    text: str
    due_working_days: int
    due_on: date
    kept: Kept | None = None
    before: RemediationTask | None = None


@dataclass(frozen=True)
class Plan:
    """`tasks` are those of the replaced notice by what ordered them, re-checks included; `ended` are withdrawn."""

    work: tuple[Planned, ...]
    calendar: WorkingCalendar
    tasks: Mapping[str, Sequence[RemediationTask]]
    ended: tuple[RemediationTask, ...]

    @property
    def kept(self) -> dict[str, Kept]:
        return {each.key: each.kept for each in self.work if each.kept}


def plan_of(conclusion_id: str, on: date, *, lock: bool = False) -> Plan:
    """What issuing on a day would do; with `lock` the tasks of the replaced notice are held until it is done.

    Raises NotFound; whoever asks has checked that the actor sees the conclusion.
    """
    conclusion = conclusions.get(conclusion_id)
    if conclusion is None:
        raise NotFound("not_found")
    calendar = calendar_of(on.year)
    comparison, source = orders.compared(conclusion), orders.replaced_number(conclusion)
    tasks = _tasks_of(conclusion.replaces_id, lock=lock)
    work = []
    for each in orders.ordered_by(conclusion.id):
        kept, before = None, None
        goes_on = tasks.get(comparison.kept.get(each.key, ""))
        if goes_on:
            done = goes_on[0].state == TaskState.VERIFIED
            kept, before = Kept(source, goes_on[0].due_on, done), goes_on[0]
        elif each.key in comparison.changed:
            before = next(iter(tasks.get(comparison.changed[each.key], ())), None)
        due_on = kept.due_on if kept and kept.due_on else add_working_days(calendar, on, each.due_working_days)
        work.append(Planned(each.key, each.remedy, each.due_working_days, due_on, kept, before))
    gone = (*comparison.changed.values(), *comparison.vanished)
    ended = tuple(task for key in gone for task in tasks.get(key, ()) if task.state in {state.value for state in OPEN})
    return Plan(tuple(work), calendar, tasks, ended)


def _tasks_of(conclusion_id: str | None, *, lock: bool) -> Mapping[str, Sequence[RemediationTask]]:
    """By finding or instruction; the task that was ordered stands before its re-checks."""
    if conclusion_id is None:
        return {}
    statement = (
        select(RemediationTask)
        .where(RemediationTask.conclusion_id == conclusion_id, RemediationTask.state != TaskState.WITHDRAWN.value)
        .order_by(RemediationTask.parent_id.is_not(None), RemediationTask.position, RemediationTask.id)
    )
    found: dict[str, list[RemediationTask]] = defaultdict(list)
    for task in db.session.scalars(statement.with_for_update() if lock else statement):
        found[task.finding_id or task.instruction_id or ""].append(task)
    return dict(found)
