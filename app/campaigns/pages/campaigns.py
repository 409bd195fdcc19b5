"""The list of campaigns, one campaign with its trace, and making, editing, finishing and cancelling one."""

from dataclasses import fields
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitFilter
from app.campaigns.actions import campaigns as actions
from app.campaigns.pages.blueprint import (
    administrators,
    blueprint,
    campaign_here,
    closed_days,
    managed_here,
    manages,
    planners,
    take,
)
from app.campaigns.queries import planning as queries
from app.campaigns.queries import visits as visit_queries
from app.campaigns.queries.planning import STATES, CampaignEntry
from app.campaigns.schemas import ChangeForm, EditForm, NewCampaignForm, ReasonForm
from app.checklists import queries as checklists
from app.domain.errors import NotFound, OutOfDate
from app.domain.permissions import Role, may
from app.extensions import new_id
from app.web.access import actor
from app.web.clock import today
from app.web.labels import label
from app.web.paging import asked_page

LATEST_ACTS = 10


@blueprint.get("/")
@planners
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    page = asked_page(queries.count_campaigns(actor(), state))
    return render_template(
        "campaigns/index.html",
        campaigns=queries.campaigns(actor(), state, limit=page.size, offset=page.offset),
        page=page,
        state=state,
        states=STATES,
        may_make=Role.ADMINISTRATOR in actor().roles,
    )


@blueprint.get("/<campaign_id>")
@planners
def show(campaign_id: str) -> ResponseReturnValue:
    campaign = campaign_here(campaign_id)
    page = asked_page(sum(campaign.visits.values()))
    visits = visit_queries.page_of_campaign(campaign_id, limit=page.size, offset=page.offset)
    chain = queries.review_chain(campaign_id)
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        version=checklists.version(campaign.checklist_version_id),
        delegations=queries.delegations(campaign_id),
        visits=visits,
        may_uncover={each.id for each in visits if each.sealed and may(actor(), "visit.see_sealed", each.subject)},
        closed=closed_days(visit.planned_on for visit in visits),
        page=page,
        picked=queries.count_picked(campaign_id),
        chain=chain,
        checkers=queries.names_in(chain) if chain else {},
        changes=queries.changes(campaign_id, limit=LATEST_ACTS),
        acts=queries.count_changes(campaign_id),
        manages=manages(campaign),
        compares="overview.wards" in current_app.view_functions,
    )


@blueprint.get("/<campaign_id>/trace")
@planners
def trace(campaign_id: str) -> ResponseReturnValue:
    campaign = campaign_here(campaign_id)
    page = asked_page(queries.count_changes(campaign_id))
    changes = queries.changes(campaign_id, limit=page.size, offset=page.offset)
    return render_template("campaigns/trace.html", campaign=campaign, changes=changes, page=page)


@blueprint.get("/new")
@administrators
def new() -> ResponseReturnValue:
    host = request.args.get("host", type=int)
    grants = [grant for grant in actor().grants if grant.role is Role.ADMINISTRATOR]
    if host is None and len(grants) == 1:
        host = grants[0].unit_id
    if host is None:
        return redirect(url_for("campaigns.choose_host"))
    return _new_form({"form_id": new_id(), "host": str(host)}, {}, 200)


@blueprint.get("/new/host")
@administrators
def choose_host() -> ResponseReturnValue:
    search = request.args.get("q", "")
    paths = sorted({grant.unit_path for grant in actor().grants if grant.role is Role.ADMINISTRATOR}, key=len)
    path = next((each for each in paths if each == request.args.get("below")), paths[0])
    wanted = UnitFilter(path, today(), search)
    page = asked_page(directory.count_units_below(wanted))
    units = directory.units_below(wanted, limit=page.size, offset=page.offset)
    roots = directory.units([grant.unit_id for grant in actor().grants if grant.role is Role.ADMINISTRATOR])
    return render_template(
        "campaigns/host.html",
        units=units,
        page=page,
        q=search,
        roots=sorted(roots.values(), key=lambda each: each.path),
        below=path,
    )


@blueprint.post("/new")
@administrators
def make() -> ResponseReturnValue:
    sent = request.form.to_dict()
    made, problems = take(
        NewCampaignForm(),
        sent,
        lambda form: actions.create_campaign(actor(), form["form_id"], form["host"], _plan(form)),
    )
    if made is None:
        return _new_form(sent, problems, 422)
    flash("Đã lập đợt kiểm tra. Tiếp theo: chọn đơn vị, lập đoàn, lên lịch.", "good")
    return redirect(url_for("campaigns.show", campaign_id=made), 303)


@blueprint.get("/<campaign_id>/edit")
@administrators
def edit_form(campaign_id: str) -> ResponseReturnValue:
    campaign = managed_here(campaign_id)
    told = vars(campaign) | vars(campaign.grounds)
    values = {each.name: str(told[each.name] or "") for each in fields(actions.Plan)}
    return _edit_form(campaign, values, {}, 200)


@blueprint.post("/<campaign_id>/edit")
@administrators
def edit(campaign_id: str) -> ResponseReturnValue:
    sent = request.form.to_dict()
    try:
        _, problems = take(
            EditForm(),
            sent,
            lambda form: actions.edit_campaign(actor(), campaign_id, form["revision"], _plan(form), form["reason"]),
        )
    except OutOfDate as error:  # what was typed is kept, beside what stands now
        problems = {"": [label("error", error.code)]}
    if problems:
        return _edit_form(managed_here(campaign_id), sent, problems, 409 if "" in problems else 422)
    flash("Đã lưu thay đổi.", "good")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


@blueprint.post("/<campaign_id>/finish")
@administrators
def finish(campaign_id: str) -> ResponseReturnValue:
    _, problems = take(
        ChangeForm(),
        request.form.to_dict(),
        lambda form: actions.finish_campaign(actor(), campaign_id, form["revision"]),
    )
    for message in (each for messages in problems.values() for each in messages):
        flash(message, "bad")
    if not problems:
        flash("Đã kết thúc đợt kiểm tra.", "good")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


@blueprint.get("/<campaign_id>/cancel")
@administrators
def cancel_form(campaign_id: str) -> ResponseReturnValue:
    return render_template("campaigns/cancel.html", campaign=managed_here(campaign_id), values={}, problems={})


@blueprint.post("/<campaign_id>/cancel")
@administrators
def cancel(campaign_id: str) -> ResponseReturnValue:
    sent = request.form.to_dict()
    count, problems = take(
        ReasonForm(),
        sent,
        lambda form: actions.cancel_campaign(actor(), campaign_id, form["revision"], form["reason"]),
    )
    if count is None:
        page = render_template(
            "campaigns/cancel.html", campaign=managed_here(campaign_id), values=sent, problems=problems
        )
        return page, 422
    flash(f"Đã hủy đợt kiểm tra và {count} cuộc kiểm tra chưa ký.", "good")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


def _plan(form: dict[str, Any]) -> actions.Plan:
    return actions.Plan(**{each.name: form[each.name] for each in fields(actions.Plan)})


def _new_form(values: dict[str, str], problems: Any, status: int) -> ResponseReturnValue:
    host_id = int(values["host"]) if values.get("host", "").isdecimal() else 0
    host = directory.units([host_id]).get(host_id)
    if host is None or not actor().reaches(host.path, Role.ADMINISTRATOR):
        raise NotFound("not_found")
    page = render_template(
        "campaigns/new.html",
        host=host,
        values=values,
        problems=problems,
        versions=_versions(checklists.usable_versions()),
    )
    return page, status


def _edit_form(campaign: CampaignEntry, values: dict[str, str], problems: Any, status: int) -> ResponseReturnValue:
    usable = {each.id: each for each in checklists.usable_versions()}
    usable.setdefault(campaign.checklist_version_id, checklists.version(campaign.checklist_version_id))
    page = render_template(
        "campaigns/edit.html",
        campaign=campaign,
        values=values,
        problems=problems,
        versions=_versions(tuple(usable.values())),
    )
    return page, status


def _versions(versions: tuple[checklists.Version, ...]) -> list[tuple[str, str]]:
    return [(each.id, f"{each.title} · phiên bản {each.version}") for each in versions]
