"""Picking the units of a campaign: search without diacritics, tick many, in pages that work at any size."""

from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitFilter
from app.campaigns.actions import campaigns as actions
from app.campaigns.pages.blueprint import Problems, administrators, blueprint, managed_here, take
from app.campaigns.queries import CampaignEntry
from app.campaigns.queries import planning as queries
from app.campaigns.schemas import ChangeForm, UnitsForm
from app.web.access import actor
from app.web.paging import asked_page

KINDS = ("ward", "commune", "special_zone", "district", "province", "department")
SHOWN = ("all", "picked", "free")


@blueprint.get("/<campaign_id>/units")
@administrators
def units(campaign_id: str) -> ResponseReturnValue:
    return _page(managed_here(campaign_id), {})


@blueprint.post("/<campaign_id>/units")
@administrators
def pick_units(campaign_id: str) -> ResponseReturnValue:
    campaign = managed_here(campaign_id)
    wanted = _filter(campaign)
    sent = {**request.form.to_dict(), "units": request.form.getlist("units")}

    def pick(form: dict[str, object]) -> int:
        ticked = form["units"]
        assert isinstance(ticked, list)  # noqa: S101 (the schema says so)
        chosen = directory.unit_ids_below(wanted) if form["everything"] else ticked
        return actions.pick_units(actor(), campaign_id, int(str(form["revision"])), chosen)

    added, problems = take(UnitsForm(), sent, pick)
    if added is None:
        return _page(campaign, problems), 422
    flash(f"Đã thêm {added} đơn vị." if added else "Chưa có đơn vị mới nào được chọn.", "good" if added else "warn")
    return redirect(_address(campaign_id), 303)


@blueprint.post("/<campaign_id>/units/<int:unit_id>/drop")
@administrators
def drop_unit(campaign_id: str, unit_id: int) -> ResponseReturnValue:
    managed_here(campaign_id)
    _, problems = take(
        ChangeForm(),
        request.form.to_dict(),
        lambda form: actions.drop_unit(actor(), campaign_id, form["revision"], unit_id),
    )
    for message in (each for messages in problems.values() for each in messages):
        flash(message, "bad")
    if not problems:
        flash("Đã bỏ đơn vị khỏi đợt kiểm tra.", "good")
    return redirect(_address(campaign_id), 303)


def _address(campaign_id: str, drop: int | None = None) -> str:
    """The page as it was filtered, or the address that drops a unit and comes back to it."""
    kept = {key: request.args[key] for key in ("q", "kind", "shown", "page") if key in request.args}
    here = url_for("campaigns.units", campaign_id=campaign_id)
    if drop is not None:
        here = url_for("campaigns.drop_unit", campaign_id=campaign_id, unit_id=drop)
    return f"{here}?{urlencode(kept)}"


def _filter(campaign: CampaignEntry) -> UnitFilter:
    kind = request.args.get("kind", "")
    wanted = queries.units_filter(campaign, request.args.get("q", ""), kind if kind in KINDS else "")
    picked = queries.picked(campaign.id)
    shown = request.args.get("shown", "all")
    return UnitFilter(
        wanted.path,
        wanted.on,
        wanted.search,
        wanted.kinds,
        among=picked if shown == "picked" else None,
        except_for=picked if shown == "free" else None,
    )


def _page(campaign: CampaignEntry, problems: Problems) -> str:
    wanted = _filter(campaign)
    page = asked_page(directory.count_units_below(wanted))
    found = directory.units_below(wanted, limit=page.size, offset=page.offset)
    return render_template(
        "campaigns/units.html",
        campaign=campaign,
        units=found,
        picked=queries.picked_among(campaign.id, [unit.id for unit in found]),
        picked_count=queries.count_picked(campaign.id),
        page=page,
        problems=problems,
        kinds=KINDS,
        kind=wanted.kinds[0] if wanted.kinds else "",
        q=wanted.search,
        shown=request.args.get("shown", "all"),
        drop_url=lambda unit_id: _address(campaign.id, unit_id),
    )
