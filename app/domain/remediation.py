"""What a unit must repair, and the only ways such a task may move.

    assigned --report--> reported --verify--> verified
                         reported --return (reason)--> returned --report--> reported
    assigned | returned | reported --confirm--> verified, --reject (reason)--> returned    (a short visit saw it)
    assigned | returned | reported | verified --withdraw (reason)--> withdrawn      (an import that was a mistake)
    assigned | returned | reported --(a replacing notice)--> withdrawn      (it no longer asks for this)

The unit reports; the lead of the delegation or the vice-chair verifies or returns. Nothing leaves `verified`, but for
an import that is undone: a breach that comes back is a finding of the next visit. While a task is open its unit plans,
names who does it and may ask for more time with a reason; a vice-chair who did not ask grants or refuses, with a
reason. Only that and a change of the official calendar move the due date. At any time the delegation may look on site:
a short visit is planned, and what it saw once signed lets the lead confirm or reject the task, whatever was reported. A
repair that was verified on paper is looked at again as a task of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.domain.calendar import WorkingCalendar, add_working_days, next_working_day
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, Subject, may
from app.domain.rechecking import Seen


class TaskState(StrEnum):
    ASSIGNED = "assigned"
    REPORTED = "reported"
    RETURNED = "returned"
    VERIFIED = "verified"
    WITHDRAWN = "withdrawn"


class TaskKind(StrEnum):
    REPAIR = "repair"
    APOLOGY = "apology"  # letters to citizens whose dossiers were late, each with its date
    RECHECK = "recheck"  # does a repair that was verified still hold?


class TaskAct(StrEnum):
    PLAN = "plan"
    DELEGATE = "delegate"
    ASK = "ask"
    GRANT = "grant"
    REFUSE = "refuse"
    ARRANGE = "arrange"
    REPORT = "report"
    VERIFY = "verify"
    RETURN = "return"
    WITHDRAW = "withdraw"
    VISIT = "visit"
    CONFIRM = "confirm"
    REJECT = "reject"


class VerifiedHow(StrEnum):
    PAPER = "paper"
    SITE = "site"


@dataclass(frozen=True)
class Step:
    """Where an act leads, which right of `permissions.RULES` it needs, and whether it must be explained."""

    to: TaskState
    right: str
    reason_required: bool = False


_WITHDRAW = {TaskAct.WITHDRAW: Step(TaskState.WITHDRAWN, "register.import", reason_required=True)}


def _steps(state: TaskState) -> Mapping[TaskAct, Step]:
    """What is possible in every state that is not the last."""
    return {
        TaskAct.PLAN: Step(state, "task.report"),
        TaskAct.DELEGATE: Step(state, "task.delegate"),
        TaskAct.ASK: Step(state, "task.report", reason_required=True),
        TaskAct.GRANT: Step(state, "task.extend", reason_required=True),
        TaskAct.REFUSE: Step(state, "task.extend", reason_required=True),
        TaskAct.ARRANGE: Step(state, "task.verify"),
        TaskAct.VISIT: Step(state, "task.verify"),
        TaskAct.CONFIRM: Step(TaskState.VERIFIED, "task.verify"),
        TaskAct.REJECT: Step(TaskState.RETURNED, "task.verify", reason_required=True),
        **_WITHDRAW,
    }


_REPORT = {TaskAct.REPORT: Step(TaskState.REPORTED, "task.report")}
TRANSITIONS: Mapping[TaskState, Mapping[TaskAct, Step]] = {
    TaskState.ASSIGNED: {**_REPORT, **_steps(TaskState.ASSIGNED)},
    TaskState.REPORTED: {
        TaskAct.VERIFY: Step(TaskState.VERIFIED, "task.verify"),
        TaskAct.RETURN: Step(TaskState.RETURNED, "task.verify", reason_required=True),
        **{act: each for act, each in _steps(TaskState.REPORTED).items() if act is not TaskAct.ASK},
    },
    TaskState.RETURNED: {**_REPORT, **_steps(TaskState.RETURNED)},
    TaskState.VERIFIED: {TaskAct.VISIT: Step(TaskState.VERIFIED, "task.verify"), **_WITHDRAW},
    TaskState.WITHDRAWN: {},
}
OPEN = (TaskState.ASSIGNED, TaskState.REPORTED, TaskState.RETURNED)


@dataclass(frozen=True)
class TaskFacts:
    """What decides how a task may move; `wished_for` and `asked_by` are an extension that waits for its answer.

    `imported`: it was taken over from an old register, so it may turn out to be a mistake. `checkable`: an item of a
    checklist found it, so a short visit can look again, unless it was verified on site. `visiting`: one is planned or
    signed and not yet answered; `seen` is what the signed one saw.
    """

    state: TaskState
    due_on: date
    reported_on: date | None = None
    wished_for: date | None = None
    asked_by: str = ""
    imported: bool = False
    checkable: bool = False
    visiting: bool = False
    seen: Seen | None = None


class Standing(StrEnum):
    """How a task stands against its date, for lists and reminders."""

    DONE = "done"
    WAITING = "waiting"  # reported in time: the delegation's turn, the unit is not late
    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    OPEN = "open"


def step(state: TaskState, act: TaskAct, *, reason: str = "") -> Step:
    """Return the step that `act` takes from `state`.

    Raises `OutOfDate("task_state")` when the task is not in a state that allows it (often because somebody
    was faster) and `Invalid("reason_required")` when what must be explained is not.
    """
    found = TRANSITIONS[state].get(act)
    if found is None:
        raise OutOfDate("task_state", state=state.value, act=act.value)
    if found.reason_required and not reason.strip():
        raise Invalid("reason_required", act=act.value)
    return found


def take(
    actor: Actor,
    subject: Subject,
    task: TaskFacts,
    act: TaskAct,
    *,
    today: date,
    reason: str = "",
    until: date | None = None,
) -> TaskFacts:
    """Return the task after `actor` did `act`; `until` is the date asked for, or granted.

    Raises as `step` does, `NotAllowed("not_allowed")`, and for an extension `OutOfDate` ("extension_waits" when one
    waits already, "extension_none" when none does), `NotAllowed("own_extension")` and `Invalid("extension_date")` for
    a date that is not after both the due date and today; `OutOfDate("not_imported")` for withdrawing an ordered task;
    for a short visit "not_checkable", "visit_waits" (also for verifying on paper meanwhile), and "not_seen" when no
    signed visit saw that.
    """
    taken = step(task.state, act, reason=reason)
    if not may(actor, taken.right, subject):
        raise NotAllowed("not_allowed")
    problem = _problem(task, act)
    if problem:
        raise OutOfDate(problem)
    task = _looked_at(replace(task, state=taken.to), act)
    if act is TaskAct.ASK:
        if task.wished_for is not None:
            raise OutOfDate("extension_waits")
        return replace(task, wished_for=_later(task, until, today), asked_by=actor.user_id)
    if act in (TaskAct.GRANT, TaskAct.REFUSE):
        if task.wished_for is None:
            raise OutOfDate("extension_none")
        if task.asked_by == actor.user_id:
            raise NotAllowed("own_extension")
        due_on = _later(task, until, today) if act is TaskAct.GRANT else task.due_on
        return replace(task, due_on=due_on, wished_for=None, asked_by="")
    if act is TaskAct.REPORT:
        return replace(task, reported_on=today)
    return task if task.state in OPEN else replace(task, wished_for=None, asked_by="")


def _problem(task: TaskFacts, act: TaskAct) -> str:
    """Why it cannot be withdrawn, or looked at, confirmed or rejected on site; empty if it can."""
    if act is TaskAct.WITHDRAW and not task.imported:
        return "not_imported"
    if act is TaskAct.VISIT and not task.checkable:
        return "not_checkable"
    if act in (TaskAct.VISIT, TaskAct.VERIFY) and task.visiting and task.seen is not Seen.UNCHECKED:
        return "visit_waits"
    needed = {TaskAct.CONFIRM: Seen.PASSED, TaskAct.REJECT: Seen.FAILED}.get(act)
    return "not_seen" if needed and task.seen is not needed else ""


def _looked_at(task: TaskFacts, act: TaskAct) -> TaskFacts:
    """The task after a short visit was planned or answered; for one that has ended another task is looked at."""
    if act is TaskAct.VISIT and task.state in OPEN:
        return replace(task, visiting=True, seen=None)
    ends = act in (TaskAct.CONFIRM, TaskAct.REJECT, TaskAct.VERIFY)
    return replace(task, visiting=False, seen=None) if ends else task


def _later(task: TaskFacts, until: date | None, today: date) -> date:
    if until is None or until <= task.due_on or until <= today:
        raise Invalid("extension_date", after=max(task.due_on, today).isoformat())
    return until


def superseded(task: TaskFacts) -> TaskFacts:
    """The task of a replaced notice that the new one does not ask for any more: withdrawn, unless it is done."""
    if task.state not in OPEN:
        return task
    return replace(task, state=TaskState.WITHDRAWN, wished_for=None, asked_by="")


def offered(actor: Actor, subject: Subject, task: TaskFacts) -> tuple[TaskAct, ...]:
    """List the acts the actor may take now, in the order of the table."""
    found = []
    for act, each in TRANSITIONS[task.state].items():
        waits = task.wished_for is not None
        fits = {TaskAct.ASK: not waits, TaskAct.GRANT: waits, TaskAct.REFUSE: waits}.get(act, True)
        fits = fits and not _problem(task, act)
        own = act in (TaskAct.GRANT, TaskAct.REFUSE) and task.asked_by == actor.user_id
        if fits and not own and may(actor, each.right, subject):
            found.append(act)
    return tuple(found)


def due_date(calendar: WorkingCalendar, counted_from: date, working_days: int, extended_to: date | None) -> date:
    """Count a due date anew: a date that was granted stands, moved off a day on which offices are closed."""
    if extended_to is not None:
        return next_working_day(calendar, extended_to)
    return add_working_days(calendar, counted_from, working_days)


def kind_of(remedy: str) -> TaskKind:
    """What kind of task a remedy orders; a person may correct it."""
    return TaskKind.APOLOGY if "xin lỗi" in remedy.casefold() else TaskKind.REPAIR


def check_apology(sent_on: date | None, dossiers: int | None, files: int, today: date) -> None:
    """An apology is reported with the day it was sent, how many dossiers it is about, and proof.

    Raises `Invalid("apology_proof")`, or `("apology_date")` for a day that has not come.
    """
    if sent_on is None or not dossiers or not files:
        raise Invalid("apology_proof")
    if sent_on > today:
        raise Invalid("apology_date")


def months_later(day: date, months: int) -> date:
    """The same day `months` later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def standing(state: TaskState, due_on: date, today: date, *, reported_on: date | None = None) -> Standing:
    """Tell how a task stands on `today`; `reported_on` is the day of the unit's latest report.

    The due date itself is still in time. A report made in time stops the clock while it waits to be
    verified; a returned report starts it again, against the same date.
    """
    if state not in OPEN:
        return Standing.DONE
    if state is TaskState.REPORTED and reported_on is not None and reported_on <= due_on:
        return Standing.WAITING
    if today > due_on:
        return Standing.OVERDUE
    if state is TaskState.REPORTED:
        return Standing.WAITING
    return Standing.DUE_TODAY if today == due_on else Standing.OPEN


def overdue(state: TaskState, due_on: date, today: date, *, reported_on: date | None = None) -> bool:
    """Tell whether the unit is late with a task on `today`."""
    return standing(state, due_on, today, reported_on=reported_on) is Standing.OVERDUE
