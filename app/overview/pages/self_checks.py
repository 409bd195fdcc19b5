"""Self-checks: a unit's own list, beginning one, ordering them for a campaign, and one beside the inspection."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import directory
from app.campaigns import queries as campaigns
from app.campaigns.actions import self_checks as actions
from app.campaigns.queries import self_checks as queries
from app.checklists import queries as checklists
from app.domain.errors import Invalid, NotFound
from app.domain.permissions import Role, may
from app.findings.queries import records
from app.overview.queries.self_checks import self_check_view
from app.overview.schemas import BeginSelfCheckForm, OrderSelfChecksForm
from app.transactions import take_back
from app.web.access import actor, roles
from app.web.clock import today
from app.web.labels import label
from app.web.paging import asked_page

blueprint = Blueprint("self_checks", __name__, url_prefix="/self-checks")

WARD = (Role.WARD_HEAD, Role.WARD_OFFICER)
READERS = (*WARD, Role.ADMINISTRATOR, Role.VICE_CHAIR)


@blueprint.get("")
@roles(*READERS)
def index() -> ResponseReturnValue:
    who = actor()
    page = asked_page(queries.count_self_checks(who))
    shown = queries.self_checks(who, limit=page.size, offset=page.offset)
    own = directory.units({grant.unit_id for grant in who.grants if grant.role in WARD})
    newest = checklists.newest_versions({each.slug for each in checklists.usable_versions()}) if own else {}
    return render_template(
        "overview/self_checks.html",
        visits=shown,
        versions=checklists.versions({each.checklist_version_id for each in shown}),
        page=page,
        units=sorted(own.values(), key=lambda unit: unit.id),
        choices=sorted(newest.values(), key=lambda version: version.title),
    )


@blueprint.post("")
@roles(*WARD)
def begin() -> ResponseReturnValue:
    form = BeginSelfCheckForm().load(request.form.to_dict())
    try:
        visit_id = actions.begin_self_check(actor(), form["unit_id"], form["version_id"], today=today())
    except Invalid as error:
        take_back()
        flash(label("error", error.code), "bad")
        return redirect(url_for(".index"), 303)
    flash("Đã tạo cuộc tự kiểm tra. Mở ứng dụng hiện trường trên điện thoại hoặc máy này để làm.", "good")
    return redirect(url_for(".show", visit_id=visit_id), 303)


@blueprint.post("/campaigns/<campaign_id>")
@roles(Role.ADMINISTRATOR)
def order(campaign_id: str) -> ResponseReturnValue:
    form = OrderSelfChecksForm().load(request.form.to_dict())
    back = url_for("campaigns.show", campaign_id=campaign_id)
    try:
        made, passed = actions.order_self_checks(actor(), campaign_id, form["revision"], form["due_on"], today=today())
    except Invalid as error:
        take_back()
        flash(label("error", error.code), "bad")
        return redirect(back, 303)
    more = f" {passed} đơn vị chưa có người đứng đầu hoặc đang tự kiểm tra nên không giao thêm." if passed else ""
    flash(f"Đã giao {made} đơn vị tự kiểm tra.{more}", "good")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<visit_id>")
@roles(*READERS, Role.INSPECTOR, Role.OFFICE)
def show(visit_id: str) -> ResponseReturnValue:
    who = actor()
    visit = queries.self_check(who, visit_id)
    inspection = queries.beside(visit)
    if inspection is not None and not _may_read(inspection):
        inspection = None
    return render_template(
        "overview/self_check.html",
        visit=visit,
        inspection=inspection,
        view=self_check_view(who, visit, inspection),
        mine=who.user_id in visit.subject.member_ids,
    )


@blueprint.get("/of/<visit_id>")
@roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR, Role.OFFICE)
def of_inspection(visit_id: str) -> ResponseReturnValue:
    """From an inspection to the self-check beside it."""
    who = actor()
    inspection = campaigns.visit(who, visit_id)
    visit = queries.beside(inspection) if inspection.kind != campaigns.SELF_CHECK else None
    if visit is None:
        raise NotFound("not_found")
    return render_template(
        "overview/self_check.html",
        visit=visit,
        inspection=inspection,
        view=self_check_view(who, visit, inspection),
        mine=False,
    )


def _may_read(inspection: campaigns.PlannedVisit) -> bool:
    """The unit reads what was found once its conclusion is issued; whoever oversees the visit, at once."""
    who = actor()
    if may(who, "visit.see", inspection.subject):
        return True
    conclusion = records.of_visit(inspection.id)
    return conclusion is not None and may(who, "conclusion.see", records.subject_of(conclusion, inspection))
