"""The home page, the wards of a campaign side by side, and the way down from a number to what somebody saw."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.campaigns import queries as campaigns
from app.campaigns.queries.self_checks import beside
from app.domain.permissions import Role, may
from app.domain.sampling_text import REPEATING
from app.domain.starting import bounds_text, said_text
from app.domain.vietnamese import unit_sort_key
from app.overview.queries import home as homes
from app.overview.queries import items, visits
from app.overview.queries import wards as comparing
from app.overview.queries.wards import WardRow
from app.web.access import actor, require, roles, signed_in
from app.web.clock import today
from app.web.paging import asked_page

blueprint = Blueprint("overview", __name__)

PAGE = 100
OVERSEERS = (Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)


# What a column sorts by (None: nothing to compare yet), and whether a first click shows the highest first.
SORTS: dict[str, tuple[Callable[[WardRow], Any], bool]] = {
    "unit": (lambda row: unit_sort_key(row.visit.unit_name), False),
    "date": (lambda row: row.visit.planned_on, False),
    "score": (lambda row: row.basis_points, True),
    "findings": (lambda row: row.finding_count if row.conclusion_id else None, True),
    "repaired": (lambda row: row.verified / row.tasks if row.tasks else None, True),
    "overdue": (lambda row: row.overdue if row.tasks else None, True),
}


@blueprint.get("/")
@signed_in
def home() -> ResponseReturnValue:
    who = actor()
    return render_template("overview/home.html", home=homes.home_of(who, today()), roles=who.roles, today=today())


@blueprint.get("/campaigns/<campaign_id>/wards")
@roles(*OVERSEERS)
def wards(campaign_id: str) -> ResponseReturnValue:
    who = actor()
    campaign, subject = campaigns.campaign(who, campaign_id), campaigns.subject_of_campaign(campaign_id)
    require("overview.see", subject, see="campaign.see")
    sort = request.args.get("sort", "score")
    sort = sort if sort in SORTS else "score"
    key, highest_first = SORTS[sort]
    order = request.args.get("order")
    descending = order == "desc" if order in {"asc", "desc"} else highest_first
    compared = comparing.compare(who, campaign_id, today())
    rows = sorted(compared.rows, key=lambda row: (unit_sort_key(row.visit.unit_name), row.visit.id))
    known = sorted((row for row in rows if key(row) is not None), key=key, reverse=descending)
    rows = known + [row for row in rows if key(row) is None]  # what has no figure yet stands last either way
    page = asked_page(len(rows), PAGE)
    shown = rows[page.offset : page.offset + page.size]
    heat = comparing.heat_map(shown)
    return render_template(
        "overview/wards.html",
        campaign=campaign,
        rows=shown,
        hidden=compared.hidden,
        mixed=compared.mixed,
        page=page,
        sort=sort,
        descending=descending,
        grades={grade.key: grade.label.vi for grade in heat.grades},
        first_order={name: "desc" if highest else "asc" for name, (_, highest) in SORTS.items()},
        heat=heat,
        may_export=may(who, "workbook.export", subject),
    )


@blueprint.get("/visits/<visit_id>")
@roles(*OVERSEERS, Role.OFFICE)
def visit(visit_id: str) -> ResponseReturnValue:
    who = actor()
    found = campaigns.visit(who, visit_id)
    view = visits.visit_view(who, found)
    page = asked_page(len(view.outside))
    return render_template(
        "overview/visit.html",
        view=view,
        page=page,
        outside=view.outside[page.offset : page.offset + page.size],
        visit=found,
        self_checked=found.kind != campaigns.SELF_CHECK and beside(found) is not None,
        may_compare=may(who, "overview.see", found.subject),
        said_text=said_text,
        bounds_text=bounds_text,
    )


@blueprint.get("/visits/<visit_id>/items/<item_key>")
@roles(*OVERSEERS, Role.OFFICE)
def item(visit_id: str, item_key: str) -> ResponseReturnValue:
    who = actor()
    found = campaigns.visit(who, visit_id)
    return render_template(
        "overview/item.html",
        view=items.item_view(who, found, item_key),
        repeating=REPEATING,
        visit=found,
        may_take_originals=may(who, "photo.original", found.subject),
    )
