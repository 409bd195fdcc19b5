"""The life of a remediation task: its table of steps, and how it stands against its date."""

from datetime import date

import pytest

from app.domain.errors import Invalid, OutOfDate
from app.domain.remediation import Standing, TaskAct, TaskState, overdue, standing, step

DUE = date(2020, 8, 31)
BEFORE, AFTER = date(2020, 8, 28), date(2020, 9, 1)


def test_the_story_of_a_task_that_is_returned_once() -> None:
    state = TaskState.ASSIGNED
    seen = []
    for act, reason in ((TaskAct.REPORT, ""), (TaskAct.RETURN, "Ảnh mờ"), (TaskAct.REPORT, ""), (TaskAct.VERIFY, "")):
        taken = step(state, act, reason=reason)
        state = taken.to
        seen.append((state.value, taken.right))
    assert seen == [
        ("reported", "task.report"),
        ("returned", "task.verify"),
        ("reported", "task.report"),
        ("verified", "task.verify"),
    ]


ANY = ("plan", "delegate", "arrange", "withdraw", "grant", "refuse", "visit", "confirm", "reject")
ALLOWED = {
    *(("assigned", act) for act in (*ANY, "ask", "report")),
    *(("reported", act) for act in (*ANY, "verify", "return")),
    *(("returned", act) for act in (*ANY, "ask", "report")),
    *(("verified", act) for act in ("withdraw", "visit")),
}


@pytest.mark.parametrize("state", list(TaskState))
@pytest.mark.parametrize("act", list(TaskAct))
def test_every_other_step_is_refused(state: TaskState, act: TaskAct) -> None:
    if (state.value, act.value) in ALLOWED:
        assert step(state, act, reason="vì sao").right
        return
    with pytest.raises(OutOfDate) as caught:
        step(state, act, reason="vì sao")
    assert caught.value.code == "task_state"


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_return_says_why(reason: str) -> None:
    with pytest.raises(Invalid, match="reason_required"):
        step(TaskState.REPORTED, TaskAct.RETURN, reason=reason)


@pytest.mark.parametrize(
    ("state", "today", "reported_on", "expected"),
    [
        (TaskState.ASSIGNED, BEFORE, None, Standing.OPEN),
        (TaskState.ASSIGNED, DUE, None, Standing.DUE_TODAY),
        (TaskState.ASSIGNED, AFTER, None, Standing.OVERDUE),
        (TaskState.REPORTED, AFTER, DUE, Standing.WAITING),
        (TaskState.REPORTED, AFTER, AFTER, Standing.OVERDUE),
        (TaskState.REPORTED, DUE, DUE, Standing.WAITING),
        (TaskState.RETURNED, DUE, BEFORE, Standing.DUE_TODAY),
        (TaskState.RETURNED, AFTER, BEFORE, Standing.OVERDUE),
        (TaskState.VERIFIED, AFTER, AFTER, Standing.DONE),
    ],
)
def test_how_a_task_stands(state: TaskState, today: date, reported_on: date | None, expected: Standing) -> None:
    assert standing(state, DUE, today, reported_on=reported_on) is expected
    assert overdue(state, DUE, today, reported_on=reported_on) is (expected is Standing.OVERDUE)
