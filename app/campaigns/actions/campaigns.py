"""What an administrator does to a campaign: make, edit, pick units, finish, cancel."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import delete, select

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitFilter
from app.campaigns.actions.trace import Value, campaign_to_change, need_reason, record
from app.campaigns.models import Campaign, CampaignUnit, Visit
from app.campaigns.queries.planning import ON_THE_WAY, picked, visited
from app.checklists import queries as checklists
from app.domain.errors import Invalid, NotAllowed
from app.domain.grounds import Grounds, check_grounds
from app.domain.permissions import Actor, Subject, may
from app.extensions import db, now


@dataclass(frozen=True)
class Plan:
    """What a campaign says of itself."""

    title: str
    plan_number: str
    plan_date: date | None
    checklist_version_id: str
    starts_on: date
    ends_on: date
    decision_number: str = ""
    decision_date: date | None = None
    decision_issuer: str = ""
    decision_subject: str = ""
    inspected_from: date | None = None
    inspected_to: date | None = None


def create_campaign(actor: Actor, campaign_id: str, host_unit_id: int, plan: Plan, *, sample_data: bool = False) -> str:
    """Make a campaign run by a unit the actor administers; `campaign_id` comes with the form.

    The same form sent twice makes one campaign. Raises NotAllowed, and Invalid with `dates_reversed`,
    `unit_not_valid`, `checklist_withdrawn` or `checklist_unknown`; and as `grounds.check_grounds` does.
    """
    host = directory.units([host_unit_id]).get(host_unit_id)
    if host is None or not may(actor, "campaign.manage", Subject(unit_path=host.path, host_path=host.path)):
        raise NotAllowed("not_allowed")
    existing = db.session.get(Campaign, campaign_id)
    if existing is not None:
        if existing.created_by != actor.user_id:
            raise NotAllowed("not_allowed")
        return existing.id
    _check_plan(plan, usable_besides=None)
    valid = (host.valid_from is None or host.valid_from <= plan.starts_on) and (
        host.valid_to is None or host.valid_to >= plan.starts_on
    )
    if not valid:
        raise Invalid("unit_not_valid")
    db.session.add(
        Campaign(
            id=campaign_id,
            host_unit_id=host.id,
            host_path=host.path,
            sample_data=sample_data,
            created_by=actor.user_id,
            created_at=now(),
            state="active",
            revision=1,
            **_columns(plan),
        )
    )
    db.session.flush()
    record(actor, campaign_id, "campaign_created", about=plan.title)
    return campaign_id


def edit_campaign(actor: Actor, campaign_id: str, revision: int, plan: Plan, reason: str = "") -> None:
    """Change what a campaign says of itself.

    Raises what `campaign_to_change` raises, and Invalid: `checklist_in_use` once visits are planned with the old
    version, `visits_outside_period`, `units_not_valid` when a picked unit does not exist on the new first day.
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    before = {each.name: getattr(campaign, each.name) for each in fields(Plan)}
    after = _columns(plan)
    changed = [(name, before[name], after[name]) for name in after if before[name] != after[name]]
    if not changed:
        campaign.revision -= 1
        return
    _check_plan(plan, usable_besides=campaign.checklist_version_id)
    visits = db.session.execute(
        select(Visit.state, Visit.planned_on).where(
            Visit.campaign_id == campaign_id, Visit.state != "cancelled", Visit.recheck_of.is_(None)
        )
    ).all()
    if visits and plan.checklist_version_id != campaign.checklist_version_id:
        raise Invalid("checklist_in_use")
    if any(not plan.starts_on <= each.planned_on <= plan.ends_on for each in visits):
        raise Invalid("visits_outside_period")
    if plan.starts_on != campaign.starts_on:
        _check_units_valid(campaign, plan.starts_on)
    for name, value in after.items():
        setattr(campaign, name, value)
    shown = [_shown(name, old, new) for name, old, new in changed]
    record(actor, campaign_id, "campaign_edited", values=shown, about=plan.title, reason=reason)


def pick_units(actor: Actor, campaign_id: str, revision: int, unit_ids: Collection[int]) -> int:
    """Add units to a campaign; those it has are left alone. Returns how many are new.

    Raises what `campaign_to_change` raises, and Invalid("units_not_in_reach") unless every unit lies below the host
    and exists on the campaign's first day.
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    allowed = directory.unit_ids_below(UnitFilter(campaign.host_path, campaign.starts_on))
    wanted = set(unit_ids)
    if not wanted <= allowed:
        raise Invalid("units_not_in_reach")
    new = sorted(wanted - set(db.session.scalars(picked(campaign_id))))
    if not new:
        campaign.revision -= 1
        return 0
    db.session.add_all(CampaignUnit(campaign_id=campaign_id, unit_id=unit_id) for unit_id in new)
    db.session.flush()
    names = directory.units(new[:20])
    about = ", ".join(names[unit_id].name for unit_id in new[:20]) + ("…" if len(new) > 20 else "")
    record(actor, campaign_id, "units_picked", values=[("units_added", None, len(new))], about=about)
    return len(new)


def drop_unit(actor: Actor, campaign_id: str, revision: int, unit_id: int) -> None:
    """Take a unit out of a campaign. Raises what `campaign_to_change` raises, and Invalid("unit_has_visit")."""
    campaign_to_change(actor, campaign_id, revision)
    if unit_id in set(db.session.scalars(visited(campaign_id))):
        raise Invalid("unit_has_visit")
    place = db.session.get(CampaignUnit, (campaign_id, unit_id))
    if place is None:
        raise Invalid("unit_not_picked")
    db.session.execute(
        delete(CampaignUnit).where(CampaignUnit.campaign_id == campaign_id, CampaignUnit.unit_id == unit_id)
    )
    record(actor, campaign_id, "unit_dropped", about=directory.units([unit_id])[unit_id].name)


def cancel_campaign(actor: Actor, campaign_id: str, revision: int, reason: str) -> int:
    """End a campaign and every visit of it that was not signed; returns how many visits that were.

    Signed visits stay as they are. Raises what `campaign_to_change` raises, and Invalid("reason_missing").
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    reason = need_reason(reason)
    campaign.state = "cancelled"
    visits = db.session.scalars(
        select(Visit).where(Visit.campaign_id == campaign_id, Visit.state.in_(ON_THE_WAY)).with_for_update()
    ).all()
    for visit in visits:
        values = [("state", visit.state, "cancelled")]
        visit.state = "cancelled"
        record(
            actor,
            campaign_id,
            "visit_cancelled",
            values=values,
            about=visit.unit_name,
            reason=reason,
            visit_id=visit.id,
        )
    values = [("state", "active", "cancelled")]
    record(actor, campaign_id, "campaign_cancelled", values=values, about=campaign.title, reason=reason)
    return len(visits)


def finish_campaign(actor: Actor, campaign_id: str, revision: int) -> None:
    """Close a campaign whose visits are all signed or cancelled.

    Raises what `campaign_to_change` raises, and Invalid("visits_on_the_way").
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    on_the_way = (Visit.campaign_id == campaign_id, Visit.state.in_(ON_THE_WAY), Visit.recheck_of.is_(None))
    waiting = select(Visit.id).where(*on_the_way).limit(1)
    if db.session.scalar(waiting) is not None:
        raise Invalid("visits_on_the_way")
    campaign.state = "finished"
    record(actor, campaign_id, "campaign_finished", values=[("state", "active", "finished")], about=campaign.title)


def _columns(plan: Plan) -> dict[str, str | date | None]:
    return {each.name: getattr(plan, each.name) for each in fields(Plan)}


def _check_plan(plan: Plan, *, usable_besides: str | None) -> None:
    """A withdrawn version stays usable where it is already used."""
    if plan.ends_on < plan.starts_on:
        raise Invalid("dates_reversed")
    check_grounds(Grounds(**{each.name: getattr(plan, each.name) for each in fields(Grounds)}))
    version = checklists.versions([plan.checklist_version_id]).get(plan.checklist_version_id)
    if version is None:
        raise Invalid("checklist_unknown")
    if version.withdrawn and version.id != usable_besides:
        raise Invalid("checklist_withdrawn")


def _check_units_valid(campaign: Campaign, starts_on: date) -> None:
    allowed = directory.unit_ids_below(UnitFilter(campaign.host_path, starts_on))
    if not set(db.session.scalars(picked(campaign.id))) <= allowed:
        raise Invalid("units_not_valid")


def _shown(name: str, before: Value, after: Value) -> tuple[str, Value, Value]:
    """A checklist version is written into the trace by its name, not its id."""
    if name != "checklist_version_id":
        return name, before, after
    named = checklists.versions([str(before), str(after)])
    old, new = (f"{named[str(value)].title} v{named[str(value)].version}" for value in (before, after))
    return name, old, new
