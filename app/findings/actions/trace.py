"""Opening a conclusion to change it, and leaving the trace of what was done."""

from typing import Any

from app.campaigns.queries import PlannedVisit
from app.domain.conclusions import ConclusionState, editor_right
from app.domain.errors import NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.extensions import db, new_id, now
from app.findings.models import Conclusion, ConclusionEvent
from app.findings.queries import records


def check_right(actor: Actor, conclusion: Conclusion, visit: PlannedVisit, right: str) -> None:
    """Raise `NotAllowed` unless the actor, who sees the conclusion, may do this to it."""
    if not may(actor, right, records.subject_of(conclusion, visit)):
        raise NotAllowed("not_allowed")


def check_revision(conclusion: Conclusion, revision: int) -> None:
    """Raise `OutOfDate("conclusion_changed")` when somebody has changed it since the actor looked."""
    if conclusion.revision != revision:
        raise OutOfDate("conclusion_changed")


def check_stands(conclusion: Conclusion, visit: PlannedVisit) -> None:
    """Raise `OutOfDate("visit_reopened")` when the minutes were reopened or signed anew since the draft."""
    if not records.stands(conclusion, visit):
        raise OutOfDate("visit_reopened")


def check_fresh(conclusion: Conclusion) -> None:
    """Raise `OutOfDate("words_stale")` while words stand that were written for something that has changed."""
    stale = [each.item_key for each in records.findings_of(conclusion.id) if each.stale_from is not None]
    if stale or conclusion.stale_texts:
        raise OutOfDate("words_stale", findings=stale, texts=conclusion.stale_texts)


def open_for_editing(actor: Actor, conclusion_id: str, revision: int) -> Conclusion:
    """Lock a conclusion whose wording the actor may change now."""
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    check_right(actor, conclusion, visit, editor_right(ConclusionState(conclusion.state)))
    check_revision(conclusion, revision)
    return conclusion


def record(
    conclusion: Conclusion, actor: Actor, action: str, *, reason: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Add the act to the history, and move the revision on."""
    conclusion.revision += 1
    note(conclusion, actor, action, reason=reason, detail=detail)


def note(
    conclusion: Conclusion, actor: Actor, action: str, *, reason: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Add an act to the history of a conclusion that itself stays as it is: an issued one."""
    db.session.add(
        ConclusionEvent(
            id=new_id(),
            conclusion_id=conclusion.id,
            at=now(),
            actor_id=actor.user_id,
            action=action,
            reason=reason.strip(),
            detail=detail or {},
        )
    )
