"""A conclusion is a function of the checklist and the signed answers; its life is a table of steps.

    draft --submit--> in_review --approve--> approved --issue--> issued
                      in_review | approved --return (reason)--> returned --submit--> in_review

A campaign may put steps between the lead's report and the vice-chair's review (a chain, such as the office's check):

    draft | returned --submit--> checking (step 1) --forward--> checking (step 2) … --forward--> in_review
                                 checking (any step) --return (reason)--> returned

The chain is fixed when the conclusion is submitted; one that was returned takes the chain of the day it is submitted
anew. Only the people named for a step forward it; they or the vice-chair may return it, so that nothing is stuck.
The lead reports (submits), the vice-chair reviews, approves and issues: acts of their own, shown as such even when one
person does several. Nothing leaves `issued`: an error in content is corrected by a new document of equal
form, begun with a reason and issued by the same steps, an error in layout by a letter (Decree 30/2020/NĐ-CP,
article 18).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from app.domain import sampling_text
from app.domain.amending import check_in_force
from app.domain.answer_text import answer_text, ratio_text
from app.domain.answers import Answers, ItemAnswer
from app.domain.checklist import Checklist, Item
from app.domain.errors import Invalid, OutOfDate
from app.domain.findings import Finding, derive_findings
from app.domain.notice import Strength
from app.domain.scoring import Score, Trace, score
from app.domain.trace_text import earned_text, why_texts


@dataclass(frozen=True)
class Claim:
    """What the unit itself reports, beside what was found, in words."""

    item_key: str
    text: str
    claimed: str
    found: str
    differs: bool
    verdict: str = ""  # of a sample: whether the claim may be true; "" where the two are compared as they stand


@dataclass(frozen=True)
class Explained:
    """An item of the score for people: what was found, what it earned, and by which rule."""

    item_key: str
    found: str
    points: str
    why: str


@dataclass(frozen=True)
class Conclusion:
    """The computed outcome of a visit. What people add is kept elsewhere."""

    score: Score
    findings: tuple[Finding, ...]
    strengths: tuple[Strength, ...]
    claims: tuple[Claim, ...]
    explained: tuple[Explained, ...]
    photos: Mapping[str, tuple[str, ...]]  # item key → uuids of the photos of the item or of its rows
    draws: tuple[str, ...] = ()  # of every sample what was drawn, so that the unit can repeat it

    def to_json(self) -> dict[str, Any]:
        """Write the conclusion as JSON, to be stored beside the log position it was computed at."""
        return {
            "score": self.score.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "strengths": [asdict(strength) for strength in self.strengths],
            "claims": [asdict(claim) for claim in self.claims],
            "explained": [asdict(each) for each in self.explained],
            "photos": {key: list(uuids) for key, uuids in self.photos.items()},
            "draws": list(self.draws),
        }


def conclude(checklist: Checklist, answers: Answers) -> Conclusion:
    """Compute score, grade, findings, strengths and claims, each traceable to cells and photos."""
    scored = score(checklist, answers)
    traces = {trace.key: trace for trace in scored.items}
    why = why_texts(checklist, answers.items, scored)
    strengths, claims, explained = [], [], []
    draws: list[str] = []
    for section in checklist.sections:
        for item in section.items:
            trace, answer = traces[item.key], answers.items[item.key]
            found = _found(item, trace, answer)
            draws += sampling_text.draw_lines(item, answer)
            explained.append(Explained(item.key, found, earned_text(trace), why[item.key]))
            if _is_strength(item, trace):
                strengths.append(Strength(item.key, section.key, section.title.vi, item.text.vi, found, trace.paths))
            if answer.claimed.value is not None and trace.state != "not_asked":
                claims.append(_claim(item, trace, answer.claimed.value, found))
    return Conclusion(
        score=scored,
        findings=derive_findings(checklist, answers, scored),
        strengths=tuple(strengths),
        claims=tuple(claims),
        explained=tuple(explained),
        photos={key: answer.photos for key, answer in answers.items.items() if answer.photos},
        draws=tuple(draws),
    )


def _is_strength(item: Item, trace: Trace) -> bool:
    """An item praises only if it could have failed, was answered in full, and did not fail."""
    could_fail = item.points is not None or item.fails_when is not None
    return could_fail and trace.state == "answered" and not trace.fails


def _found(item: Item, trace: Trace, answer: ItemAnswer) -> str:
    if trace.state == "not_asked":
        return "không hỏi"
    if trace.why == "not_applicable":
        return f"không áp dụng: {answer.na.value['reason']}"
    if answer.value.contested:
        return " hoặc ".join(answer_text(item.answer, each.value) for each in answer.value.candidates)
    drawn = sampling_text.found_text(item, trace)
    if drawn is not None:
        return drawn
    observed, total = trace.inputs.get("observed"), trace.inputs.get("total")
    if isinstance(observed, int) and isinstance(total, int):
        return ratio_text(observed, total)
    if item.answer.type == "roster" and answer.rows:
        return f"{len(answer.rows)} dòng"
    return answer_text(item.answer, answer.value.value)


def _claim(item: Item, trace: Trace, claimed: Any, found: str) -> Claim:
    is_ratio = isinstance(claimed, Mapping) and all(isinstance(claimed.get(key), int) for key in ("observed", "total"))
    told = ratio_text(claimed["observed"], claimed["total"]) if is_ratio else answer_text(item.answer, claimed)
    verdict = sampling_text.verdict_of(item, trace, claimed)
    differs = sampling_text.differs(verdict) if verdict else told != found
    return Claim(item.key, item.text.vi, told, found, differs, verdict)


class ConclusionState(StrEnum):
    DRAFT = "draft"
    CHECKING = "checking"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    ISSUED = "issued"


class ConclusionAct(StrEnum):
    SUBMIT = "submit"
    FORWARD = "forward"
    APPROVE = "approve"
    RETURN = "return"
    ISSUE = "issue"


@dataclass(frozen=True)
class Step:
    """Where an act leads, which right of `permissions.RULES` it needs, and whether it must be explained."""

    to: ConclusionState
    right: str
    reason_required: bool = False


_SUBMIT = Step(ConclusionState.IN_REVIEW, "conclusion.prepare")
_RETURN = Step(ConclusionState.RETURNED, "conclusion.review", reason_required=True)

TRANSITIONS: Mapping[ConclusionState, Mapping[ConclusionAct, Step]] = {
    ConclusionState.DRAFT: {ConclusionAct.SUBMIT: _SUBMIT},
    ConclusionState.CHECKING: {
        ConclusionAct.FORWARD: Step(ConclusionState.IN_REVIEW, "conclusion.check"),
        ConclusionAct.RETURN: Step(ConclusionState.RETURNED, "conclusion.send_back", reason_required=True),
    },
    ConclusionState.IN_REVIEW: {
        ConclusionAct.APPROVE: Step(ConclusionState.APPROVED, "conclusion.review"),
        ConclusionAct.RETURN: _RETURN,
    },
    ConclusionState.RETURNED: {ConclusionAct.SUBMIT: _SUBMIT},
    ConclusionState.APPROVED: {
        ConclusionAct.ISSUE: Step(ConclusionState.ISSUED, "conclusion.issue"),
        ConclusionAct.RETURN: _RETURN,
    },
    ConclusionState.ISSUED: {},
}

# Who may change the wording: the reporting side while it holds the draft, the reviewing side during review. Whoever
# checks in between passes the text on or sends it back, and words nothing.
EDITORS: Mapping[ConclusionState, str] = {
    ConclusionState.DRAFT: "conclusion.prepare",
    ConclusionState.RETURNED: "conclusion.prepare",
    ConclusionState.IN_REVIEW: "conclusion.review",
}


MOST_STEPS = 5


@dataclass(frozen=True)
class ChainStep:
    """A step between the report and the review: what it is called, and who may take it."""

    name: str
    people: tuple[str, ...]


def check_chain(chain: Sequence[ChainStep]) -> None:
    """Raise `Invalid` unless a chain can be walked: "chain_long", "chain_nameless", "chain_twice" (two steps of one
    name) or "chain_nobody"; `step` in the details counts from 1."""
    if len(chain) > MOST_STEPS:
        raise Invalid("chain_long", most=MOST_STEPS)
    named: set[str] = set()
    for number, each in enumerate(chain, start=1):
        name = each.name.strip().casefold()
        if not name:
            raise Invalid("chain_nameless", step=number)
        if name in named:
            raise Invalid("chain_twice", step=number)
        if not each.people:
            raise Invalid("chain_nobody", step=number)
        named.add(name)


def step(state: ConclusionState, act: ConclusionAct, *, reason: str = "", to_come: int = 0) -> Step:
    """Return the step that `act` takes from `state`; `to_come` counts the steps of the chain that follow the act.

    Raises `OutOfDate("conclusion_state")` when the conclusion is not in a state that allows it, and
    `Invalid("reason_required")` when a return does not say why.
    """
    found = TRANSITIONS[state].get(act)
    if found is None:
        raise OutOfDate("conclusion_state", state=state.value, act=act.value)
    if found.reason_required and not reason.strip():
        raise Invalid("reason_required", act=act.value)
    if found.to is ConclusionState.IN_REVIEW and to_come:
        return replace(found, to=ConclusionState.CHECKING)
    return found


def check_reportable(state: ConclusionState, *, reported: bool) -> None:
    """Whether the delegation's report may be issued: once of each submission, while nobody has approved it.

    So no notice rests on a report that is younger than it, and what was approved stays as it was read.
    Raises `OutOfDate("conclusion_state")` and `OutOfDate("already_reported")`.
    """
    if state not in (ConclusionState.CHECKING, ConclusionState.IN_REVIEW):
        raise OutOfDate("conclusion_state", state=state.value, act="report")
    if reported:
        raise OutOfDate("already_reported")


def editor_right(state: ConclusionState) -> str:
    """Return the right needed to change the wording; raises `OutOfDate("conclusion_state")` when nobody may."""
    right = EDITORS.get(state)
    if right is None:
        raise OutOfDate("conclusion_state", state=state.value, act="edit")
    return right


def check_replaceable(state: ConclusionState, *, replaced: bool, reason: str) -> None:
    """Whether a new conclusion may replace this one: only one that is issued, in force, and with a reason.

    Raises `OutOfDate("conclusion_state")`, and as `amending.check_in_force`.
    """
    if state is not ConclusionState.ISSUED:
        raise OutOfDate("conclusion_state", state=state.value, act="replace")
    check_in_force(replaced=replaced, reason=reason)


def document_number(number: int, symbol: str = "TB-UBND") -> str:
    """Write number and symbol as Decree 30/2020/NĐ-CP prints them: numbers below 10 get a leading 0."""
    if number < 1:
        raise Invalid("bad_number", number=number)
    return f"{number:02d}/{symbol}"
