"""Histories of one visit's conclusions: whatever people try, in whatever order, only the table's steps are taken.

The campaign's chain changes under way, authorities to sign come and go; what was submitted keeps its chain.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.domain.authority import Authority, Capacity, capacity
from app.domain.conclusions import (
    ChainStep,
    ConclusionAct,
    ConclusionState,
    check_chain,
    check_replaceable,
    editor_right,
    step,
)
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Actor, Grant, Role, Subject, may

HOST, WARD = "/1/", "/1/7/"
LEADS, MEMBERS = frozenset({"lead", "both"}), frozenset({"lead", "both", "member"})


def person(name: str, *roles: Role, path: str = HOST) -> Actor:
    return Actor(name, name, tuple(Grant(role, 1, path) for role in roles))


PEOPLE = [
    person("lead", Role.INSPECTOR), person("member", Role.INSPECTOR), person("chair", Role.VICE_CHAIR),
    person("both", Role.INSPECTOR, Role.VICE_CHAIR), person("head", Role.WARD_HEAD, path=WARD),
    person("clerk", Role.OFFICE), person("clerk 2", Role.OFFICE), person("clerk abroad", Role.OFFICE, path="/2/"),
    person("administrator", Role.ADMINISTRATOR), person("chair abroad", Role.VICE_CHAIR, path="/2/"),
    person("chief", Role.VICE_CHAIR, Role.WARD_HEAD),
]  # fmt: skip
REASONS = st.sampled_from(["", " ", "Vì"])
REVIEWERS = {"chair", "both", "chief"}
REPORTERS = {"lead", *REVIEWERS}
# Whoever is written into a chain: some of them hold no role that could check, and then never can.
NAMES = st.sets(st.sampled_from(["clerk", "clerk 2", "both", "lead", "clerk abroad"]), max_size=3)
CAN_CHECK = {"clerk", "clerk 2", "both"}
TODAY = date(2026, 3, 2)


@dataclass
class Document:
    state: ConclusionState = ConclusionState.DRAFT
    chain: tuple[ChainStep, ...] = ()
    at: int = 0
    acts: list[tuple[ConclusionAct, str]] = field(default_factory=list)
    signed: Capacity | None = None
    signer: str = ""
    replaced: bool = False

    @property
    def subject(self) -> Subject:
        named = self.chain[self.at].people if self.state is ConclusionState.CHECKING else ()
        return Subject(WARD, HOST, lead_ids=LEADS, member_ids=MEMBERS, checker_ids=frozenset(named))


class Conclusions(RuleBasedStateMachine):
    """`documents` are the conclusions of the visit, each one after the first begun to replace the one before it."""

    def __init__(self) -> None:
        super().__init__()
        self.documents = [Document()]
        self.chain: tuple[ChainStep, ...] = ()
        self.authorities: list[Authority] = []
        self.today = TODAY

    @rule(names=st.lists(NAMES, max_size=3))
    def set_chain(self, names: list[set[str]]) -> None:
        wanted = tuple(ChainStep(f"Bước {n}", tuple(sorted(each))) for n, each in enumerate(names))
        before = [(document.chain, document.at) for document in self.documents]
        try:
            check_chain(wanted)
        except Invalid:
            assert not all(names)
            return
        self.chain = wanted
        assert [(document.chain, document.at) for document in self.documents] == before

    @rule(who=st.sampled_from(["chair", "both"]), begins=st.integers(-2, 2), lasts=st.none() | st.integers(0, 2))
    def let_sign(self, who: str, begins: int, lasts: int | None) -> None:
        first = self.today + timedelta(days=begins)
        last = None if lasts is None else first + timedelta(days=lasts)
        self.authorities.append(Authority(who, "CHỦ TỊCH", "PHÓ CHỦ TỊCH", first, last, "QĐ 12"))

    @rule(days=st.integers(1, 3))
    def pass_time(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(who=st.sampled_from(PEOPLE), act=st.sampled_from(list(ConclusionAct)), reason=REASONS)
    def take(self, who: Actor, act: ConclusionAct, reason: str) -> None:
        document = self.documents[-1]
        was = document.state
        to_come = len(self.chain) if act is ConclusionAct.SUBMIT else len(document.chain) - document.at - 1
        try:
            taken = step(was, act, reason=reason, to_come=to_come)
        except OutOfDate:
            return
        except Invalid:
            assert act is ConclusionAct.RETURN
            assert not reason.strip()
            return
        if not may(who, taken.right, document.subject):
            return
        self.check_who(who.user_id, act, document)
        if act is ConclusionAct.ISSUE:
            try:
                document.signed = capacity(who.user_id, self.today, "chief", self.authorities)
            except Invalid:
                assert who.user_id != "chief"
                assert not any(each.holds(self.today) for each in self.authorities if each.user_id == who.user_id)
                return
            document.signer = who.user_id
            if len(self.documents) > 1:
                self.documents[-2].replaced = True
        if act is ConclusionAct.SUBMIT:
            document.chain, document.at, document.acts = self.chain, 0, []
        elif act is ConclusionAct.FORWARD:
            document.at += 1
        document.acts.append((act, who.user_id))
        document.state = taken.to

    @rule(pick=st.integers(0, 10**6))
    def go_on(self, pick: int) -> None:
        """Somebody who may takes the conclusion forward: pure chance seldom walks a long way to its end."""
        document = self.documents[-1]
        forward = [act for act in ConclusionAct if act is not ConclusionAct.RETURN]
        moves = [(who, act) for act in forward for who in PEOPLE if self.possible(who, act, document)]
        if moves:
            who, act = moves[pick % len(moves)]
            self.take(who, act, "")

    def check_who(self, who: str, act: ConclusionAct, document: Document) -> None:
        if act is ConclusionAct.SUBMIT:
            assert who in REPORTERS
        elif act is ConclusionAct.FORWARD:
            assert who in CAN_CHECK & set(document.chain[document.at].people)
        elif act is ConclusionAct.RETURN and document.state is ConclusionState.CHECKING:
            assert who in REVIEWERS | (CAN_CHECK & set(document.chain[document.at].people))
        else:
            assert who in REVIEWERS

    @rule(who=st.sampled_from(PEOPLE), reason=st.sampled_from(["", "Sai số liệu"]), place=st.integers(0, 9))
    def correct(self, who: Actor, reason: str, place: int) -> None:
        document = self.documents[place % len(self.documents)]
        try:
            check_replaceable(document.state, replaced=document.replaced, reason=reason)
        except (Invalid, OutOfDate):
            in_force = document.state is ConclusionState.ISSUED and not document.replaced
            assert not (in_force and reason)
            return
        if may(who, "conclusion.prepare", document.subject) and document is self.documents[-1]:
            assert who.user_id in REPORTERS
            self.documents.append(Document())

    @invariant()
    def what_is_issued_went_the_whole_way_it_was_submitted_on(self) -> None:
        for document in self.documents:
            if document.state is not ConclusionState.ISSUED:
                assert document.signed is None
                continue
            acts = [act for act, _ in document.acts]
            checks = [ConclusionAct.FORWARD] * len(document.chain)
            assert acts == [ConclusionAct.SUBMIT, *checks, ConclusionAct.APPROVE, ConclusionAct.ISSUE]
            for each, (_, who) in zip(document.chain, document.acts[1:], strict=False):
                assert who in each.people

    @invariant()
    def what_is_issued_was_signed_in_a_capacity_that_held_on_the_day(self) -> None:
        for document in self.documents:
            if document.signed is None:
                continue
            if document.signer == "chief":
                assert document.signed.lines == ("CHỦ TỊCH",)
            else:
                assert document.signed.lines[0] == "KT. CHỦ TỊCH"
                assert any(
                    each.user_id == document.signer and each.basis == document.signed.basis for each in self.authorities
                )

    @invariant()
    def somebody_can_always_move_what_is_not_issued(self) -> None:
        """A step whose people cannot take it is no dead end: a vice-chair sends it back."""
        document = self.documents[-1]
        if document.state is ConclusionState.ISSUED:
            return
        moves = [(who, act) for act in ConclusionAct for who in PEOPLE if self.possible(who, act, document)]
        assert moves

    def possible(self, who: Actor, act: ConclusionAct, document: Document) -> bool:
        try:
            return may(who, step(document.state, act, reason="Vì").right, document.subject)
        except OutOfDate:
            return False

    @invariant()
    def at_most_one_notice_is_in_force_and_at_most_one_is_being_written(self) -> None:
        issued = [document for document in self.documents if document.state is ConclusionState.ISSUED]
        assert sum(not document.replaced for document in issued) <= 1
        assert len(self.documents) - len(issued) <= 1
        assert all(document in issued for document in self.documents if document.replaced)

    @invariant()
    def only_the_side_that_holds_a_text_edits_it(self) -> None:
        nobody = {ConclusionState.CHECKING, ConclusionState.APPROVED, ConclusionState.ISSUED}
        for document in self.documents:
            try:
                right = editor_right(document.state)
            except OutOfDate:
                assert document.state in nobody
                continue
            editors = {each.user_id for each in PEOPLE if may(each, right, document.subject)}
            assert editors == (REVIEWERS if document.state is ConclusionState.IN_REVIEW else REPORTERS)


TestConclusions = Conclusions.TestCase
TestConclusions.settings = settings(max_examples=60, stateful_step_count=40)
