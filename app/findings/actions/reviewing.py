"""The steps of the review: the lead submits, the campaign's chain checks, the vice-chair approves or returns."""

from typing import Any

from sqlalchemy import delete

from app.campaigns import queries as campaigns
from app.campaigns.queries import PlannedVisit
from app.domain.calendar import local_day
from app.domain.conclusions import ConclusionAct, ConclusionState, step
from app.domain.permissions import Actor
from app.extensions import db, now
from app.findings.actions import telling
from app.findings.actions.trace import check_fresh, check_revision, check_right, check_stands, note, record
from app.findings.models import Conclusion, ConclusionChecker
from app.findings.queries import records


def submit(actor: Actor, conclusion_id: str, *, revision: int, note: str = "") -> Conclusion:
    """Report the draft for review, through the chain that the campaign has today.

    From here on the chain is the conclusion's own: a later change of the campaign's does not reach it. Raises as
    `conclusions.step` does, and `Invalid("chain_vacant")` when nobody is left in office for one of its steps.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    chain = campaigns.manned_chain(visit.campaign_id, local_day(now()))
    taken = step(ConclusionState(conclusion.state), ConclusionAct.SUBMIT, to_come=len(chain))
    _check(actor, conclusion, visit, taken.right, revision=revision)
    db.session.execute(delete(ConclusionChecker).where(ConclusionChecker.conclusion_id == conclusion.id))
    for number, each in enumerate(chain):
        db.session.add_all(
            ConclusionChecker(conclusion_id=conclusion.id, step=number, user_id=user_id) for user_id in each.people
        )
    conclusion.chain, conclusion.chain_step = [each.name for each in chain], 0
    conclusion.state = taken.to.value
    record(conclusion, actor, "submit", reason=note, detail={"chain": conclusion.chain})
    telling.moved(actor, conclusion, visit, note)
    return conclusion


def forward(actor: Actor, conclusion_id: str, *, revision: int, note: str = "") -> Conclusion:
    """Say that the step was taken and hand the conclusion on, to the next step or to the vice-chair.

    Only for those named for the step, whatever else they are. Raises as `conclusions.step` does.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    done = conclusion.chain_step
    to_come = len(conclusion.chain) - done - 1
    taken = step(ConclusionState(conclusion.state), ConclusionAct.FORWARD, to_come=to_come)
    _check(actor, conclusion, visit, taken.right, revision=revision)
    conclusion.state, conclusion.chain_step = taken.to.value, done + 1
    record(conclusion, actor, "forward", reason=note, detail={"step": done, "name": conclusion.chain[done]})
    telling.moved(actor, conclusion, visit, note)
    return conclusion


def approve(actor: Actor, conclusion_id: str, *, revision: int) -> Conclusion:
    """Approve the text as it stands; from here on nobody edits it. Raises as `conclusions.step` does."""
    return _take(actor, conclusion_id, ConclusionAct.APPROVE, revision=revision)


def return_to_lead(actor: Actor, conclusion_id: str, *, revision: int, reason: str) -> Conclusion:
    """Send it back to the lead, from whatever step. Raises `Invalid("reason_required")`, as `conclusions.step` does."""
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
    _check(actor, conclusion, visit, taken.right, revision=revision, forward=act is not ConclusionAct.RETURN)
    detail: dict[str, Any] = {}
    if conclusion.state == ConclusionState.CHECKING:
        detail = {"step": conclusion.chain_step, "name": conclusion.chain[conclusion.chain_step]}
    conclusion.state = taken.to.value
    record(conclusion, actor, act.value, reason=reason, detail=detail)
    telling.moved(actor, conclusion, visit, reason)
    return conclusion


def _check(
    actor: Actor, conclusion: Conclusion, visit: PlannedVisit, right: str, *, revision: int, forward: bool = True
) -> None:
    """What every step asks; only what goes forward must still be true."""
    check_right(actor, conclusion, visit, right)
    check_revision(conclusion, revision)
    if forward:
        check_stands(conclusion, visit)
        check_fresh(conclusion)
