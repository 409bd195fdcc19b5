"""The life of a conclusion: its table of steps and who may write during which state."""

import pytest

from app.domain.conclusions import (
    ChainStep,
    ConclusionAct,
    ConclusionState,
    check_chain,
    check_reportable,
    document_number,
    editor_right,
    step,
)
from app.domain.errors import Invalid, OutOfDate

ALLOWED = {
    ("draft", "submit"): ("in_review", "conclusion.prepare"),
    ("checking", "forward"): ("in_review", "conclusion.check"),
    ("checking", "return"): ("returned", "conclusion.send_back"),
    ("in_review", "approve"): ("approved", "conclusion.review"),
    ("in_review", "return"): ("returned", "conclusion.review"),
    ("returned", "submit"): ("in_review", "conclusion.prepare"),
    ("approved", "return"): ("returned", "conclusion.review"),
    ("approved", "issue"): ("issued", "conclusion.issue"),
}


@pytest.mark.parametrize("state", list(ConclusionState))
@pytest.mark.parametrize("act", list(ConclusionAct))
def test_only_the_steps_of_the_table_are_taken(state: ConclusionState, act: ConclusionAct) -> None:
    expected = ALLOWED.get((state.value, act.value))
    if expected is None:
        with pytest.raises(OutOfDate, match="conclusion_state"):
            step(state, act, reason="vì sao")
        return
    taken = step(state, act, reason="vì sao")
    assert (taken.to.value, taken.right) == expected


@pytest.mark.parametrize("reason", ["", "  \n"])
@pytest.mark.parametrize("state", [ConclusionState.CHECKING, ConclusionState.IN_REVIEW, ConclusionState.APPROVED])
def test_a_return_says_why(state: ConclusionState, reason: str) -> None:
    with pytest.raises(Invalid, match="reason_required"):
        step(state, ConclusionAct.RETURN, reason=reason)


def test_the_reporting_side_writes_the_draft_and_the_reviewing_side_edits_during_review() -> None:
    assert editor_right(ConclusionState.DRAFT) == "conclusion.prepare"
    assert editor_right(ConclusionState.RETURNED) == "conclusion.prepare"
    assert editor_right(ConclusionState.IN_REVIEW) == "conclusion.review"


@pytest.mark.parametrize(
    ("state", "act"), [(ConclusionState.DRAFT, ConclusionAct.SUBMIT), (ConclusionState.CHECKING, ConclusionAct.FORWARD)]
)
def test_what_goes_forward_stops_at_every_step_of_the_chain(state: ConclusionState, act: ConclusionAct) -> None:
    assert step(state, act, to_come=2).to is ConclusionState.CHECKING
    assert step(state, act, to_come=1).to is ConclusionState.CHECKING
    assert step(state, act).to is ConclusionState.IN_REVIEW


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        ([ChainStep("A", ("x",))] * 6, "chain_long"),
        ([ChainStep("A", ("x",)), ChainStep(" ", ("x",))], "chain_nameless"),
        ([ChainStep("Văn phòng", ("x",)), ChainStep("VĂN PHÒNG ", ("y",))], "chain_twice"),
        ([ChainStep("A", ())], "chain_nobody"),
    ],
)
def test_a_chain_that_cannot_be_walked_is_refused(chain: list[ChainStep], code: str) -> None:
    check_chain([])
    check_chain([ChainStep("A", ("x", "y")), ChainStep("B", ("x",))])
    with pytest.raises(Invalid, match=code):
        check_chain(chain)


@pytest.mark.parametrize("state", [ConclusionState.CHECKING, ConclusionState.APPROVED, ConclusionState.ISSUED])
def test_nobody_edits_what_is_approved_or_issued(state: ConclusionState) -> None:
    with pytest.raises(OutOfDate, match="conclusion_state"):
        editor_right(state)


@pytest.mark.parametrize(
    ("number", "text"), [(1, "01/TB-UBND"), (5, "05/TB-UBND"), (10, "10/TB-UBND"), (214, "214/TB-UBND")]
)
def test_numbers_below_ten_get_a_leading_zero(number: int, text: str) -> None:
    assert document_number(number) == text


def test_there_is_no_number_nought() -> None:
    with pytest.raises(Invalid, match="bad_number"):
        document_number(0)


@pytest.mark.parametrize("state", ConclusionState)
def test_a_delegation_reports_once_what_it_submitted_and_nobody_has_approved(state: ConclusionState) -> None:
    if state in ("checking", "in_review"):
        check_reportable(state, reported=False)
        code = "already_reported"
    else:
        code = "conclusion_state"
    with pytest.raises(OutOfDate) as refused:
        check_reportable(state, reported=True)
    assert refused.value.code == code
