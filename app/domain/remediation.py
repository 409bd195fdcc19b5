"""What a unit must repair, and the only ways such a task may move.

    assigned --report--> reported --verify--> verified
                         reported --return (reason)--> returned --report--> reported

The unit reports; the lead of the delegation or the vice-chair verifies or returns. Nothing leaves
`verified`: a breach that comes back is a finding of the next visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import Invalid, OutOfDate


class TaskState(StrEnum):
    ASSIGNED = "assigned"
    REPORTED = "reported"
    RETURNED = "returned"
    VERIFIED = "verified"


class TaskAct(StrEnum):
    REPORT = "report"
    VERIFY = "verify"
    RETURN = "return"


@dataclass(frozen=True)
class Step:
    """Where an act leads, which right of `permissions.RULES` it needs, and whether it must be explained."""

    to: TaskState
    right: str
    reason_required: bool = False


TRANSITIONS: Mapping[TaskState, Mapping[TaskAct, Step]] = {
    TaskState.ASSIGNED: {TaskAct.REPORT: Step(TaskState.REPORTED, "task.report")},
    TaskState.REPORTED: {
        TaskAct.VERIFY: Step(TaskState.VERIFIED, "task.verify"),
        TaskAct.RETURN: Step(TaskState.RETURNED, "task.verify", reason_required=True),
    },
    TaskState.RETURNED: {TaskAct.REPORT: Step(TaskState.REPORTED, "task.report")},
    TaskState.VERIFIED: {},
}


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
    was faster) and `Invalid("reason_required")` when a return does not say why.
    """
    found = TRANSITIONS[state].get(act)
    if found is None:
        raise OutOfDate("task_state", state=state.value, act=act.value)
    if found.reason_required and not reason.strip():
        raise Invalid("reason_required", act=act.value)
    return found


def acts_from(state: TaskState) -> tuple[TaskAct, ...]:
    """List the acts a task in `state` allows, in the order of the table."""
    return tuple(TRANSITIONS[state])


def standing(state: TaskState, due_on: date, today: date, *, reported_on: date | None = None) -> Standing:
    """Tell how a task stands on `today`; `reported_on` is the day of the unit's latest report.

    The due date itself is still in time. A report made in time stops the clock while it waits to be
    verified; a returned report starts it again, against the same date.
    """
    if state is TaskState.VERIFIED:
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
