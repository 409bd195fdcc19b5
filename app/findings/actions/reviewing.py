"""The steps of the review: the lead submits, the vice-chair approves or returns."""

from app.domain.conclusions import ConclusionAct, ConclusionState, step
from app.domain.permissions import Actor
from app.findings.actions.trace import check_fresh, check_revision, check_right, check_stands, note, record
from app.findings.models import Conclusion
from app.findings.queries import records


def submit(actor: Actor, conclusion_id: str, *, revision: int, note: str = "") -> Conclusion:
    """Report the draft to the vice-chair for review; raises as `conclusions.step` does."""
    return _take(actor, conclusion_id, ConclusionAct.SUBMIT, revision=revision, reason=note)


def approve(actor: Actor, conclusion_id: str, *, revision: int) -> Conclusion:
    """Approve the text as it stands; from here on nobody edits it. Raises as `conclusions.step` does."""
    return _take(actor, conclusion_id, ConclusionAct.APPROVE, revision=revision)


def return_to_lead(actor: Actor, conclusion_id: str, *, revision: int, reason: str) -> Conclusion:
    """Send it back to the lead. Raises `Invalid("reason_required")`, and as `conclusions.step` does."""
    return _take(actor, conclusion_id, ConclusionAct.RETURN, revision=revision, reason=reason)


def comment(actor: Actor, conclusion_id: str, *, text: str) -> None:
    """Say something to the others who work on it. Kept for ever, part of no document; the text itself stays as it is.

    The same words sent twice in a row by the same person are one comment.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id)
    check_right(actor, conclusion, visit, "conclusion.comment")
    last = records.latest_event(conclusion.id, "comment")
    if last is None or (last.actor_id, last.reason) != (actor.user_id, text.strip()):
        note(conclusion, actor, "comment", reason=text)


def _take(actor: Actor, conclusion_id: str, act: ConclusionAct, *, revision: int, reason: str = "") -> Conclusion:
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    taken = step(ConclusionState(conclusion.state), act, reason=reason)
    check_right(actor, conclusion, visit, taken.right)
    check_revision(conclusion, revision)
    if act is not ConclusionAct.RETURN:
        check_stands(conclusion, visit)
        check_fresh(conclusion)
    conclusion.state = taken.to.value
    record(conclusion, actor, act.value, reason=reason)
    return conclusion
