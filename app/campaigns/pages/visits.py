"""Planning visits on days, looking at one, moving it, cancelling it."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import directory
from app.campaigns.actions import note_access
from app.campaigns.actions import visits as actions
from app.campaigns.pages.blueprint import (
    Problems,
    administrators,
    blueprint,
    campaign_here,
    closed_days,
    managed_here,
    manages,
    planners,
    take,
)
from app.campaigns.queries import CampaignEntry, PlannedVisit
from app.campaigns.queries import planning as queries
from app.campaigns.queries import visits as visit_queries
from app.campaigns.queries.accesses import accesses_of
from app.campaigns.schemas import MoveForm, ReasonForm, VisitsForm
from app.checklists import queries as checklists
from app.domain.errors import NotFound
from app.transactions import own_transaction
from app.web.access import actor
from app.web.filters import vn_date
from app.web.paging import asked_page

BOX = "day-"  # a unit's date box is named day-<unit id>
ACTS = 50


class Unconfirmed(Exception):
    """Nothing was changed: the author has not yet agreed to what the page warns about."""

    def __init__(self, warnings: list[str]) -> None:
        super().__init__()
        self.warnings = warnings


@blueprint.get("/<campaign_id>/visits/new")
@administrators
def new_visits(campaign_id: str) -> ResponseReturnValue:
    return _plan_page(managed_here(campaign_id), {}, {}, [])


@blueprint.post("/<campaign_id>/visits/new")
@administrators
def plan_visits(campaign_id: str) -> ResponseReturnValue:
    campaign = managed_here(campaign_id)
    sent = request.form.to_dict()
    boxes = {name.removeprefix(BOX): value for name, value in sent.items() if name.startswith(BOX) and value}

    def plan(form: dict[str, Any]) -> tuple[str, ...]:
        warnings = _double_bookings(form["delegation"], list(form["days"].values()))
        at = form["surprise_at"] if form["surprise"] else ""
        made = actions.plan_visits(
            actor(), campaign_id, form["revision"], form["delegation"], form["days"], surprise_at=at
        )
        _warn(warnings, form)  # after the act, which is undone: what it refuses comes first
        return made

    try:
        made, problems = take(VisitsForm(), {**sent, "days": boxes}, plan)
    except Unconfirmed as unsure:
        return _plan_page(campaign, sent, {}, unsure.warnings), 422
    if made is None:
        return _plan_page(campaign, sent, problems, []), 422
    flash(f"Đã lên lịch {len(made)} cuộc kiểm tra.", "good")
    _tell_closed_days([each.planned_on for each in visit_queries.planned_visits(made).values()])
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


@blueprint.get("/<campaign_id>/visits/<visit_id>")
@planners
def visit(campaign_id: str, visit_id: str) -> ResponseReturnValue:
    return _visit_page(campaign_id, visit_id, {}, {}, [])


@blueprint.post("/<campaign_id>/visits/<visit_id>/move")
@administrators
def move_visit(campaign_id: str, visit_id: str) -> ResponseReturnValue:
    managed_here(campaign_id)
    found = _visit_here(campaign_id, visit_id)
    sent = request.form.to_dict()

    def move(form: dict[str, Any]) -> None:
        warnings = _double_bookings(found.delegation_id, [form["planned_on"]], but_visit=visit_id)
        actions.move_visit(actor(), visit_id, form["revision"], form["planned_on"], form["reason"])
        _warn(warnings, form)

    beside = {"date_outside_period": "planned_on", "unit_not_valid": "planned_on"}
    try:
        _, problems = take(MoveForm(), sent, move, beside)
    except Unconfirmed as unsure:
        return _visit_page(campaign_id, visit_id, sent, {}, unsure.warnings), 422
    if problems:
        return _visit_page(campaign_id, visit_id, sent, problems, []), 422
    flash("Đã dời ngày kiểm tra.", "good")
    _tell_closed_days([visit_queries.planned_visit(visit_id).planned_on])
    return redirect(url_for("campaigns.visit", campaign_id=campaign_id, visit_id=visit_id), 303)


@blueprint.post("/<campaign_id>/visits/<visit_id>/cancel")
@administrators
def cancel_visit(campaign_id: str, visit_id: str) -> ResponseReturnValue:
    managed_here(campaign_id)
    _visit_here(campaign_id, visit_id)
    sent = request.form.to_dict()
    _, problems = take(
        ReasonForm(),
        {**sent, "reason": sent.get("cancel_reason", "")},
        lambda form: actions.cancel_visit(actor(), visit_id, form["revision"], form["reason"]),
    )
    if problems:
        problems = {"cancel_reason" if name == "reason" else name: texts for name, texts in problems.items()}
        return _visit_page(campaign_id, visit_id, sent, problems, []), 422
    flash("Đã hủy cuộc kiểm tra.", "good")
    return redirect(url_for("campaigns.visit", campaign_id=campaign_id, visit_id=visit_id), 303)


def _visit_here(campaign_id: str, visit_id: str) -> PlannedVisit:
    """The visit of the address, uncovered; that somebody opened a sealed one is kept."""
    found = visit_queries.visit_to_plan(actor(), visit_id)
    if found.campaign_id != campaign_id:
        raise NotFound("not_found")
    if found.sealed:
        # What a GET writes is taken back, but this must stay whatever becomes of the page.
        with own_transaction() if request.method == "GET" else nullcontext():
            note_access(visit_id, actor().user_id, "opened")
    return found


def _warn(warnings: list[str], form: Mapping[str, Any]) -> None:
    if warnings and not form["confirmed"]:
        raise Unconfirmed(warnings)


def _double_bookings(delegation_id: str, days: list[date], *, but_visit: str = "") -> list[str]:
    """Who would be in two places on one day, in words."""
    bookings = visit_queries.bookings(delegation_id, days, but_visit=but_visit)
    names = directory.names_of_people({each.user_id for each in bookings})
    places: dict[tuple[date, str, str], list[str]] = {}
    for each in bookings:
        places.setdefault((each.day, each.unit_name, each.campaign_title), []).append(names[each.user_id])
    warnings = [
        f"{vn_date(day)}: {', '.join(people)} đã có lịch tại {unit} ({title})"
        for (day, unit, title), people in places.items()
    ]
    twice = sorted({day for day in days if days.count(day) > 1})
    return warnings + [f"{vn_date(day)}: đoàn này được xếp {days.count(day)} đơn vị trong một ngày" for day in twice]


def _tell_closed_days(days: list[date]) -> None:
    for day in closed_days(days):
        flash(f"{vn_date(day)} là ngày nghỉ; lịch vẫn được lưu.", "warn")


def _plan_page(campaign: CampaignEntry, values: Mapping[str, str], problems: Problems, warnings: list[str]) -> str:
    wanted = queries.units_filter(campaign, request.args.get("q", ""))
    page = asked_page(queries.count_units_without_visit(wanted, campaign.id))
    return render_template(
        "campaigns/plan.html",
        campaign=campaign,
        units=queries.units_without_visit(wanted, campaign.id, limit=page.size, offset=page.offset),
        delegations=queries.delegations(campaign.id),
        picked=queries.count_picked(campaign.id),
        page=page,
        q=wanted.search,
        values=values,
        problems=problems,
        warnings=warnings,
        box=BOX,
    )


def _visit_page(
    campaign_id: str, visit_id: str, values: Mapping[str, str], problems: Problems, warnings: list[str]
) -> str:
    found = _visit_here(campaign_id, visit_id)
    campaign = campaign_here(campaign_id)
    return render_template(
        "campaigns/visit.html",
        campaign=campaign,
        visit=found,
        version=checklists.version(found.checklist_version_id),
        names=directory.names_of_people({place.user_id for place in found.places}),
        changes=queries.changes(campaign_id, visit_id=visit_id, limit=ACTS),
        closed=closed_days([found.planned_on]),
        accesses=accesses_of(visit_id) if found.surprise else (),
        manages=manages(campaign),
        values=values,
        problems=problems,
        warnings=warnings,
    )
