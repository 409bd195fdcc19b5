"""The trace: every act of planning is kept with who, when, what, why, and what was before."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from app.campaigns.models import Campaign, CampaignChange
from app.campaigns.queries import subject_of_campaign
from app.domain.errors import Invalid, NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Actor, may
from app.extensions import db, new_id, now

Value = str | int | date | None
Step = tuple[str, Value, Value]  # what, before, after
Values = Iterable[Step]


def campaign_to_change(actor: Actor, campaign_id: str, revision: int) -> Campaign:
    """Lock a campaign for its administrator and count the change.

    Raises NotFound (missing or hidden), NotAllowed (seen, not managed), OutOfDate("campaign_changed") when somebody,
    or the same form sent twice, was faster; Invalid("campaign_ended") when it is cancelled or finished.
    """
    campaign = db.session.scalar(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update().execution_options(populate_existing=True)
    )
    if campaign is None:
        raise NotFound("not_found")
    subject = subject_of_campaign(campaign_id)
    if not may(actor, "campaign.manage", subject):
        raise NotAllowed("not_allowed") if may(actor, "campaign.see", subject) else NotFound("not_found")
    if campaign.revision != revision:
        raise OutOfDate("campaign_changed")
    if campaign.state != "active":
        raise Invalid("campaign_ended")
    campaign.revision += 1
    return campaign


def record(
    actor: Actor,
    campaign_id: str,
    action: str,
    *,
    values: Values = (),
    about: str = "",
    reason: str = "",
    visit_id: str | None = None,
) -> None:
    """Write one act into the trace; `about` names its unit, delegation or person as it was called then."""
    stored = [[what, _stored(before), _stored(after)] for what, before, after in values]
    db.session.add(
        CampaignChange(
            id=new_id(),
            campaign_id=campaign_id,
            visit_id=visit_id,
            at=now(),
            actor_id=actor.user_id,
            action=action,
            reason=reason.strip(),
            detail={"about": about, "values": stored},
        )
    )


def need_reason(reason: str) -> str:
    """The reason without spaces around it; raises Invalid("reason_missing")."""
    if not reason.strip():
        raise Invalid("reason_missing")
    return reason.strip()


def _stored(value: Value) -> str | int | None:
    return value.isoformat() if isinstance(value, date) else value
