"""Histories of one visit's conclusions: whatever people try, in whatever order, only the table's steps are taken."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.domain.conclusions import ConclusionAct, ConclusionState, check_correctable, editor_right, step
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Actor, Grant, Role, Subject, may

HOST, WARD = "/1/", "/1/7/"
SUBJECT = Subject(WARD, HOST, lead_ids=frozenset({"lead", "both"}), member_ids=frozenset({"lead", "both", "member"}))


def person(name: str, *roles: Role, path: str = HOST) -> Actor:
    return Actor(name, name, tuple(Grant(role, 1, path) for role in roles))


PEOPLE = [
    person("lead", Role.INSPECTOR), person("member", Role.INSPECTOR), person("chair", Role.VICE_CHAIR),
    person("both", Role.INSPECTOR, Role.VICE_CHAIR), person("head", Role.WARD_HEAD, path=WARD),
    person("administrator", Role.ADMINISTRATOR), person("chair abroad", Role.VICE_CHAIR, path="/2/"),
]  # fmt: skip
REASONS = st.sampled_from(["", " ", "Vì"])
REPORTERS, REVIEWERS = {"lead", "chair", "both"}, {"chair", "both"}


@dataclass
class Document:
    state: ConclusionState = ConclusionState.DRAFT
    reporter: str = ""
    approver: str = ""
    replaced: bool = False


class Conclusions(RuleBasedStateMachine):
    """`documents` are the conclusions of the visit, each one after the first begun to replace the one before it."""

    def __init__(self) -> None:
        super().__init__()
        self.documents = [Document()]
        self.issued: list[Document] = []

    @rule(
        who=st.sampled_from(PEOPLE), act=st.sampled_from(list(ConclusionAct)), reason=st.sampled_from(["", " ", "Vì"])
    )
    def take(self, who: Actor, act: ConclusionAct, reason: str) -> None:
        document = self.documents[-1]
        try:
            taken = step(document.state, act, reason=reason)
        except OutOfDate:
            return
        except Invalid:
            assert act is ConclusionAct.RETURN
            assert not reason.strip()
            return
        if not may(who, taken.right, SUBJECT):
            return
        assert who.user_id in (REPORTERS if act is ConclusionAct.SUBMIT else REVIEWERS)
        if act is ConclusionAct.SUBMIT:
            document.reporter, document.approver = who.user_id, ""
        elif act is ConclusionAct.APPROVE:
            document.approver = who.user_id
        elif act is ConclusionAct.RETURN:
            document.reporter = document.approver = ""
        else:
            self.issued.append(document)
            if len(self.documents) > 1:
                self.documents[-2].replaced = True
        document.state = taken.to

    @rule(who=st.sampled_from(PEOPLE), reason=st.sampled_from(["", "Sai số liệu"]), place=st.integers(0, 9))
    def correct(self, who: Actor, reason: str, place: int) -> None:
        document = self.documents[place % len(self.documents)]
        try:
            check_correctable(document.state, replaced=document.replaced, reason=reason)
        except (Invalid, OutOfDate):
            in_force = document.state is ConclusionState.ISSUED and not document.replaced
            assert not (in_force and reason)
            return
        if may(who, "conclusion.prepare", SUBJECT) and document is self.documents[-1]:
            assert who.user_id in REPORTERS
            self.documents.append(Document())

    @invariant()
    def an_issued_document_never_leaves_that_state_and_was_reported_and_approved(self) -> None:
        for document in self.issued:
            assert document.state is ConclusionState.ISSUED
            assert document.reporter in REPORTERS
            assert document.approver in REVIEWERS

    @invariant()
    def at_most_one_notice_is_in_force_and_at_most_one_is_being_written(self) -> None:
        assert sum(not document.replaced for document in self.issued) <= 1
        assert sum(document.state is not ConclusionState.ISSUED for document in self.documents) <= 1
        assert all(document.state is ConclusionState.ISSUED for document in self.documents if document.replaced)

    @invariant()
    def only_the_side_that_holds_a_text_edits_it(self) -> None:
        for document in self.documents:
            try:
                right = editor_right(document.state)
            except OutOfDate:
                assert document.state in {ConclusionState.APPROVED, ConclusionState.ISSUED}
                continue
            editors = {each.user_id for each in PEOPLE if may(each, right, SUBJECT)}
            assert editors == (REVIEWERS if document.state is ConclusionState.IN_REVIEW else REPORTERS)


TestConclusions = Conclusions.TestCase
TestConclusions.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
