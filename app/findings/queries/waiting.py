"""What waits for a vice-chair, and who signed: for reminders."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from app.domain.conclusions import ConclusionState
from app.extensions import db
from app.findings.models import Conclusion


def waiting_by_issuer() -> Mapping[int, int]:
    """How many conclusions wait to be reviewed or issued, by the unit that issues them. One statement."""
    rows = db.session.execute(
        select(Conclusion.issuer_unit_id, func.count())
        .where(Conclusion.state.in_([ConclusionState.IN_REVIEW.value, ConclusionState.APPROVED.value]))
        .group_by(Conclusion.issuer_unit_id)
    )
    return dict(rows.all())


def signers_of(conclusion_ids: Collection[str]) -> Mapping[str, str]:
    """Who issued each of these conclusions. One statement."""
    rows = db.session.execute(
        select(Conclusion.id, Conclusion.issued_by).where(
            Conclusion.id.in_(set(conclusion_ids)), Conclusion.issued_by.is_not(None)
        )
    )
    return {conclusion_id: user_id or "" for conclusion_id, user_id in rows}
