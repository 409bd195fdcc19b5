"""Planning: campaigns, the units picked, delegations and visits. Every act leaves a `CampaignChange`."""

from datetime import datetime

from app.campaigns.models import Visit
from app.domain.errors import NotFound
from app.extensions import db


def set_visit_state(
    visit_id: str, state: str, *, signed_n: int | None = None, signed_hash: str | None = None, at: datetime
) -> None:
    """Mirror on the visit what its log says; sync alone calls this, inside the push's transaction.

    `state` is planned, open, closed or signed; `signed_n` and `signed_hash` name the entry that completed the
    signatures, `at` the moment it was received. A cancelled visit stays cancelled unless both parties have signed:
    signed minutes prove that the visit took place. Raises NotFound.
    """
    visit = db.session.get(Visit, visit_id)
    if visit is None:
        raise NotFound("not_found")
    if visit.state == "cancelled" and state != "signed":
        return
    visit.state = state
    signed = state == "signed"
    visit.signed_n = signed_n if signed else None
    visit.signed_hash = signed_hash if signed else None
    visit.signed_at = at if signed else None
