"""A task and its extension under any order of acts by any person: the permission table and the promises hold."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.errors import DomainError
from app.domain.permissions import Actor, Grant, Role, Subject
from app.domain.rechecking import Seen
from app.domain.remediation import TaskAct, TaskFacts, TaskState, offered, overdue, take

WARD, TOWN = "/1/5/9/", "/1/5/"
SUBJECT = Subject(
    unit_path=WARD, host_path=TOWN, lead_ids=frozenset({"lead"}), member_ids=frozenset({"lead", "member"})
)


def person(name: str, *held: tuple[Role, str]) -> Actor:
    return Actor(name, name, tuple(Grant(role, 1, path) for role, path in held))


PEOPLE = (
    person("administrator", (Role.ADMINISTRATOR, TOWN)),
    person("vice-chair", (Role.VICE_CHAIR, TOWN)),
    person("chair-and-officer", (Role.VICE_CHAIR, TOWN), (Role.WARD_OFFICER, WARD)),
    person("lead", (Role.INSPECTOR, TOWN)),
    person("member", (Role.INSPECTOR, TOWN)),
    person("head", (Role.WARD_HEAD, WARD)),
    person("officer", (Role.WARD_OFFICER, WARD)),
    person("stranger", (Role.WARD_HEAD, "/1/5/10/")),
    person("abroad", (Role.VICE_CHAIR, "/2/")),
)
UNIT, CHAIRS = {"head", "officer", "chair-and-officer"}, {"vice-chair", "chair-and-officer"}
# Written out by hand, apart from `permissions.RULES`: who may do what, ever.
MAY = {
    TaskAct.PLAN: UNIT,
    TaskAct.REPORT: UNIT,
    TaskAct.ASK: UNIT,
    TaskAct.DELEGATE: {"head"},
    TaskAct.GRANT: CHAIRS,
    TaskAct.REFUSE: CHAIRS,
    TaskAct.VERIFY: CHAIRS | {"lead"},
    TaskAct.RETURN: CHAIRS | {"lead"},
    TaskAct.ARRANGE: CHAIRS | {"lead"},
    TaskAct.WITHDRAW: {"administrator"},
    TaskAct.VISIT: CHAIRS | {"lead"},
    TaskAct.CONFIRM: CHAIRS | {"lead"},
    TaskAct.REJECT: CHAIRS | {"lead"},
}
EXPLAINED = {TaskAct.ASK, TaskAct.GRANT, TaskAct.REFUSE, TaskAct.RETURN, TaskAct.WITHDRAW, TaskAct.REJECT}
LAST = {TaskState.VERIFIED, TaskState.WITHDRAWN}


class TaskMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.today = date(2026, 2, 10)
        self.task = TaskFacts(TaskState.ASSIGNED, date(2026, 2, 24))
        self.granted: list[date] = []

    @initialize(imported=st.booleans(), checkable=st.booleans())
    def it_was_ordered_or_imported(self, imported: bool, checkable: bool) -> None:
        self.task = replace(self.task, imported=imported, checkable=checkable)

    @precondition(lambda self: self.task.visiting)
    @rule(seen=st.sampled_from([None, *Seen]))
    def the_short_visit_is_signed_or_amended(self, seen: Seen | None) -> None:
        self.task = replace(self.task, seen=seen)

    @precondition(lambda self: self.task.visiting and self.task.seen is None)
    @rule()
    def the_short_visit_is_cancelled(self) -> None:
        self.task = replace(self.task, visiting=False)

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        act=st.sampled_from(TaskAct),
        who=st.sampled_from(PEOPLE),
        reason=st.sampled_from(["", "  ", "Chờ kinh phí"]),
        later=st.integers(-3, 20),
    )
    def somebody_acts(self, act: TaskAct, who: Actor, reason: str, later: int) -> None:
        before, until = self.task, self.task.due_on + timedelta(days=later)
        could = act in offered(who, SUBJECT, before)
        after, refused = self.tried(act, who, reason, until)
        if refused is not None:  # what is offered is refused only for want of a reason or of a later date
            assert not could or refused.code in {"reason_required", "extension_date"}
            return
        assert could
        assert who.user_id in MAY[act]
        undone = act is TaskAct.WITHDRAW and before.imported
        again = act is TaskAct.VISIT and before.state is TaskState.VERIFIED
        assert undone or again or (before.state not in LAST and act is not TaskAct.WITHDRAW)
        self.looked_on_site(act, before, after)
        assert before.state is not TaskState.WITHDRAWN
        assert reason.strip() or act not in EXPLAINED
        self.task = after
        if act is TaskAct.GRANT:
            assert before.wished_for
            assert before.asked_by != who.user_id
            assert after.due_on == until > max(before.due_on, self.today)
            self.granted.append(after.due_on)
        else:
            assert after.due_on == before.due_on
        assert (after.wished_for is None) == (not after.asked_by)
        assert after.reported_on == (self.today if act is TaskAct.REPORT else before.reported_on)

    def looked_on_site(self, act: TaskAct, before: TaskFacts, after: TaskFacts) -> None:
        """Only what a signed visit saw confirms or rejects a task, once; nothing else ends the visit."""
        assert act is not TaskAct.VISIT or before.checkable
        assert act is not TaskAct.CONFIRM or (before.seen, after.state) == (Seen.PASSED, TaskState.VERIFIED)
        assert act is not TaskAct.REJECT or (before.seen, after.state) == (Seen.FAILED, TaskState.RETURNED)
        assert act is not TaskAct.VERIFY or not before.visiting or before.seen is Seen.UNCHECKED
        if act in (TaskAct.CONFIRM, TaskAct.REJECT, TaskAct.VERIFY):
            assert (after.visiting, after.seen) == (False, None)
        elif act is not TaskAct.VISIT:
            assert (after.visiting, after.seen) == (before.visiting, before.seen)

    def tried(self, act: TaskAct, who: Actor, reason: str, until: date) -> tuple[TaskFacts, DomainError | None]:
        try:
            return take(who, SUBJECT, self.task, act, today=self.today, reason=reason, until=until), None
        except DomainError as refused:
            return self.task, refused

    @invariant()
    def only_what_was_granted_moved_the_date(self) -> None:
        assert self.task.due_on == (self.granted[-1] if self.granted else date(2026, 2, 24))
        assert self.granted == sorted(set(self.granted))

    @invariant()
    def what_ended_waits_for_nothing_and_is_not_late(self) -> None:
        if self.task.state in LAST:
            assert self.task.wished_for is None
            assert not overdue(self.task.state, self.task.due_on, self.today, reported_on=self.task.reported_on)
            left = {act for who in PEOPLE for act in offered(who, SUBJECT, self.task)}
            verified = self.task.state is TaskState.VERIFIED
            assert (TaskAct.WITHDRAW in left) == (verified and self.task.imported)
            assert left <= ({TaskAct.WITHDRAW, TaskAct.VISIT} if verified else set())


TestTaskMachine = TaskMachine.TestCase
TestTaskMachine.settings = settings(max_examples=40, stateful_step_count=30)
