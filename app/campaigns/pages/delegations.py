"""Forming a delegation and changing who belongs to it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import directory
from app.campaigns.actions import delegations as actions
from app.campaigns.actions.delegations import DELEGATES, Seat, Team
from app.campaigns.pages.blueprint import (
    Problems,
    administrators,
    blueprint,
    campaign_here,
    managed_here,
    manages,
    planners,
    take,
)
from app.campaigns.queries import CampaignEntry
from app.campaigns.queries import planning as queries
from app.campaigns.schemas import DelegationForm, MemberForm, PlaceForm
from app.extensions import new_id
from app.web.access import actor
from app.web.clock import today


@blueprint.get("/<campaign_id>/delegations/new")
@administrators
def new_delegation(campaign_id: str) -> ResponseReturnValue:
    campaign = managed_here(campaign_id)
    number = len(queries.delegations(campaign_id)) + 1
    return _form_page(campaign, {"form_id": new_id(), "name": f"Đoàn kiểm tra số {number}"}, [], {}), 200


@blueprint.post("/<campaign_id>/delegations/new")
@administrators
def form_delegation(campaign_id: str) -> ResponseReturnValue:
    campaign = managed_here(campaign_id)
    sent = request.form.to_dict()
    members = request.form.getlist("members")

    def form_it(form: dict[str, Any]) -> str:
        lead = form["lead"]
        seats = [Seat(user_id, sent.get(f"duty-{user_id}", "")[:150]) for user_id in form["members"] if user_id != lead]
        team = Team(form["name"], Seat(lead), seats)
        return actions.form_delegation(actor(), campaign_id, form["revision"], form["form_id"], team, today=today())

    made, problems = take(DelegationForm(), {**sent, "members": members}, form_it)
    if made is None:
        return _form_page(campaign, sent, members, problems), 422
    flash("Đã lập đoàn kiểm tra.", "good")
    return redirect(url_for("campaigns.delegation", campaign_id=campaign_id, delegation_id=made), 303)


@blueprint.get("/<campaign_id>/delegations/<delegation_id>")
@planners
def delegation(campaign_id: str, delegation_id: str) -> ResponseReturnValue:
    return _delegation_page(campaign_here(campaign_id), delegation_id, {}, {})


@blueprint.post("/<campaign_id>/delegations/<delegation_id>/add")
@administrators
def add_member(campaign_id: str, delegation_id: str) -> ResponseReturnValue:
    return _change(
        campaign_id,
        delegation_id,
        MemberForm(),
        lambda form: actions.add_member(
            actor(), delegation_id, form["revision"], Seat(form["user"], form["duty"]), today=today()
        ),
        "Đã thêm thành viên.",
    )


@blueprint.post("/<campaign_id>/delegations/<delegation_id>/remove")
@administrators
def remove_member(campaign_id: str, delegation_id: str) -> ResponseReturnValue:
    return _change(
        campaign_id,
        delegation_id,
        PlaceForm(),
        lambda form: actions.remove_member(actor(), delegation_id, form["revision"], form["member"], form["reason"]),
        "Đã rút thành viên khỏi đoàn.",
    )


@blueprint.post("/<campaign_id>/delegations/<delegation_id>/lead")
@administrators
def change_lead(campaign_id: str, delegation_id: str) -> ResponseReturnValue:
    return _change(
        campaign_id,
        delegation_id,
        PlaceForm(),
        lambda form: actions.change_lead(actor(), delegation_id, form["revision"], form["member"], form["reason"]),
        "Đã đổi trưởng đoàn.",
    )


def _change(campaign_id: str, delegation_id: str, schema: Any, run: Any, done: str) -> ResponseReturnValue:
    """The three changes of a delegation differ only in their form and action."""
    campaign = managed_here(campaign_id)
    queries.delegation(campaign_id, delegation_id)
    sent = request.form.to_dict()
    _, problems = take(schema, sent, run, {"person_not_in_reach": "user"})
    if problems:
        return _delegation_page(campaign, delegation_id, sent, problems), 422
    flash(done, "good")
    return redirect(url_for("campaigns.delegation", campaign_id=campaign_id, delegation_id=delegation_id), 303)


def _form_page(campaign: CampaignEntry, values: dict[str, str], members: list[str], problems: Problems) -> str:
    return render_template(
        "campaigns/delegation_new.html",
        campaign=campaign,
        people=directory.people_in_reach(campaign.host_path, DELEGATES, today()),
        values=values,
        members=members,
        problems=problems,
    )


def _delegation_page(campaign: CampaignEntry, delegation_id: str, values: dict[str, str], problems: Problems) -> str:
    found = queries.delegation(campaign.id, delegation_id)
    can_manage = manages(campaign)
    present = {place.user_id for place in found.present}
    people = directory.people_in_reach(campaign.host_path, DELEGATES, today()) if can_manage else ()
    return render_template(
        "campaigns/delegation.html",
        campaign=campaign,
        delegation=found,
        people=[person for person in people if person.id not in present],
        manages=can_manage,
        values=values,
        problems=problems,
    )
