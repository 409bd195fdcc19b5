"""Forming delegations: exactly one lead, members with their duties; a place that ends stays with its date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts.queries import directory
from app.campaigns.actions.trace import campaign_to_change, need_reason, record
from app.campaigns.models import Campaign, Delegation, Member
from app.domain.errors import Invalid, NotFound
from app.domain.permissions import Actor, Role
from app.extensions import db, new_id, now

DELEGATES = (Role.INSPECTOR, Role.VICE_CHAIR)
LEAD_DUTY = "Trưởng đoàn"
MEMBER_DUTY = "Thành viên"


@dataclass(frozen=True)
class Seat:
    """A person and the duty the person is given."""

    user_id: str
    duty: str = ""


@dataclass(frozen=True)
class Team:
    """A delegation to be formed."""

    name: str
    lead: Seat
    members: Sequence[Seat] = ()


def form_delegation(
    actor: Actor, campaign_id: str, revision: int, delegation_id: str, team: Team, *, today: date
) -> str:
    """Form a delegation; `delegation_id` comes with the form.

    Raises what `campaign_to_change` raises, and Invalid: `name_taken`, `person_twice`, `person_not_in_reach`.
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    seats = [team.lead, *team.members]
    chosen = [seat.user_id for seat in seats]
    if len(set(chosen)) != len(chosen):
        raise Invalid("person_twice")
    names = _names_in_reach(campaign, chosen, today)
    taken = select(Delegation.id).where(Delegation.campaign_id == campaign_id, Delegation.name == team.name)
    if db.session.scalar(taken) is not None:
        raise Invalid("name_taken")
    db.session.add(Delegation(id=delegation_id, campaign_id=campaign_id, name=team.name))
    db.session.flush()
    for seat in seats:
        lead = seat is team.lead
        db.session.add(_member(delegation_id, seat, is_lead=lead))
    values = [("lead", None, names[team.lead.user_id])]
    values += [("member", None, names[seat.user_id]) for seat in team.members]
    record(actor, campaign_id, "delegation_formed", values=values, about=team.name)
    db.session.flush()
    return delegation_id


def add_member(actor: Actor, delegation_id: str, revision: int, seat: Seat, *, today: date) -> None:
    """Give a person a place, or the former place again.

    Raises what `campaign_to_change` raises, and Invalid: `member_already`, `person_not_in_reach`.
    """
    delegation, campaign = _delegation_to_change(actor, delegation_id, revision)
    names = _names_in_reach(campaign, [seat.user_id], today)
    former = db.session.scalar(
        select(Member).where(Member.delegation_id == delegation_id, Member.user_id == seat.user_id)
    )
    if former is not None and former.removed_at is None:
        raise Invalid("member_already")
    if former is None:
        db.session.add(_member(delegation_id, seat, is_lead=False))
    else:
        former.removed_at, former.added_at = None, now()
        former.is_lead, former.duty = False, seat.duty or MEMBER_DUTY
    values = [("member", None, names[seat.user_id]), ("duty", None, seat.duty or MEMBER_DUTY)]
    record(actor, campaign.id, "member_added", values=values, about=delegation.name)
    db.session.flush()


def remove_member(actor: Actor, delegation_id: str, revision: int, member_id: str, reason: str) -> None:
    """End a member's place; what the person has recorded stays, and what still arrives is held.

    Raises what `campaign_to_change` raises, NotFound, and Invalid: `reason_missing`, `lead_needed` for the lead.
    """
    delegation, campaign = _delegation_to_change(actor, delegation_id, revision)
    member = _present(delegation_id, member_id)
    if member.is_lead:
        raise Invalid("lead_needed")
    reason = need_reason(reason)
    member.removed_at = now()
    name = directory.names_of_people([member.user_id])[member.user_id]
    values = [("member", name, None)]
    record(actor, campaign.id, "member_removed", values=values, about=delegation.name, reason=reason)
    db.session.flush()


def change_lead(actor: Actor, delegation_id: str, revision: int, member_id: str, reason: str) -> None:
    """Hand the lead to another present member; the former lead stays as a member.

    Raises what `campaign_to_change` raises, NotFound, and Invalid: `reason_missing`, `member_already` for the lead.
    """
    delegation, campaign = _delegation_to_change(actor, delegation_id, revision)
    chosen = _present(delegation_id, member_id)
    if chosen.is_lead:
        raise Invalid("member_already")
    reason = need_reason(reason)
    former = db.session.scalars(
        select(Member).where(Member.delegation_id == delegation_id, Member.is_lead, Member.removed_at.is_(None))
    ).one()
    former.is_lead, former.duty = False, MEMBER_DUTY
    chosen.is_lead, chosen.duty = True, LEAD_DUTY
    names = directory.names_of_people([former.user_id, chosen.user_id])
    values = [("lead", names[former.user_id], names[chosen.user_id])]
    record(actor, campaign.id, "lead_changed", values=values, about=delegation.name, reason=reason)
    db.session.flush()


def _delegation_to_change(actor: Actor, delegation_id: str, revision: int) -> tuple[Delegation, Campaign]:
    delegation = db.session.get(Delegation, delegation_id)
    if delegation is None:
        raise NotFound("not_found")
    return delegation, campaign_to_change(actor, delegation.campaign_id, revision)


def _present(delegation_id: str, member_id: str) -> Member:
    member = db.session.get(Member, member_id)
    if member is None or member.delegation_id != delegation_id or member.removed_at is not None:
        raise NotFound("not_found")
    return member


def _member(delegation_id: str, seat: Seat, *, is_lead: bool) -> Member:
    duty = seat.duty.strip() or (LEAD_DUTY if is_lead else MEMBER_DUTY)
    return Member(
        id=new_id(),
        delegation_id=delegation_id,
        user_id=seat.user_id,
        is_lead=is_lead,
        duty=duty,
        added_at=now(),
    )


def _names_in_reach(campaign: Campaign, user_ids: Sequence[str], today: date) -> dict[str, str]:
    """The names of people who inspect at, above or below the host; raises Invalid("person_not_in_reach")."""
    reach = {each.id: each.name for each in directory.people_in_reach(campaign.host_path, DELEGATES, today)}
    if not set(user_ids) <= set(reach):
        raise Invalid("person_not_in_reach")
    return reach
