"""Short visits, planned by who led the delegation or presides: to look on site at a few items again.

They need no place in the campaign's period, which is often over by then; what the campaign's administrator plans stays
apart. The delegation is the one that found the breach, with the people it has today.
"""

from datetime import date

from sqlalchemy import select

from app.accounts.queries import directory
from app.campaigns.actions.trace import need_reason, record
from app.campaigns.actions.visits import check_unit
from app.campaigns.models import Campaign, Visit
from app.campaigns.queries import planned_visit
from app.campaigns.queries.planning import ON_THE_WAY
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.extensions import db, new_id, now

RIGHT = "task.verify"


def plan_recheck(actor: Actor, first_id: str, version_id: str, day: date, *, today: date) -> str:
    """Plan a short visit of the delegation of `first_id` at the same unit, with the checklist cut for it.

    Raises NotFound, NotAllowed, `Invalid("recheck_day_past")`, `Invalid("unit_not_valid")`,
    `OutOfDate("campaign_ended")` for a cancelled campaign and `Invalid("recheck_no_lead")` for a team without a lead.
    """
    first = planned_visit(first_id)
    if not may(actor, RIGHT, first.subject):
        raise NotAllowed("not_allowed")
    if db.session.scalar(select(Campaign.state).where(Campaign.id == first.campaign_id)) == "cancelled":
        raise OutOfDate("campaign_ended")
    if day < today:
        raise Invalid("recheck_day_past")
    if not first.subject.lead_ids:
        raise Invalid("recheck_no_lead")
    unit = directory.units([first.unit_id])[first.unit_id]
    check_unit(unit, day)
    visit = Visit(
        id=new_id(),
        campaign_id=first.campaign_id,
        delegation_id=first.delegation_id,
        recheck_of=first.recheck_of or first.id,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        unit_parent_name=unit.parent_name,
        unit_path=unit.path,
        checklist_version_id=version_id,
        planned_on=day,
        state="planned",
        created_at=now(),
    )
    db.session.add(visit)
    db.session.flush()
    values = [("planned_on", None, day)]
    record(actor, first.campaign_id, "recheck_planned", values=values, about=unit.name, visit_id=visit.id)
    return visit.id


def cancel_recheck(actor: Actor, visit_id: str, reason: str) -> None:
    """Cancel a short visit that was not signed. Raises NotFound, NotAllowed, and Invalid: `reason_missing`,
    `visit_ended`."""
    seen = planned_visit(visit_id)
    if seen.recheck_of is None or not may(actor, RIGHT, seen.subject):
        raise NotAllowed("not_allowed")
    reason = need_reason(reason)
    visit = db.session.scalars(
        select(Visit).where(Visit.id == visit_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if visit.state not in ON_THE_WAY:
        raise Invalid("visit_ended")
    values = [("state", visit.state, "cancelled")]
    visit.state = "cancelled"
    record(
        actor, visit.campaign_id, "visit_cancelled", values=values, about=visit.unit_name, reason=reason,
        visit_id=visit_id,
    )  # fmt: skip
    db.session.flush()
