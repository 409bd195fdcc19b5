"""Where an administrator gives the pictures that visible signatures show."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import units
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.findings.actions import pictures as actions
from app.findings.pages.blueprint import blueprint
from app.findings.queries import pictures as queries
from app.findings.schemas import PictureForm, TakePictureForm
from app.findings.signing import agency_signs, is_trial
from app.transactions import take_back
from app.web.access import actor, roles
from app.web.clock import today
from app.web.labels import label

MOST_BYTES = 2 * 1024 * 1024


@blueprint.get("/units/<int:unit_id>/pictures")
@roles(Role.ADMINISTRATOR)
def pictures(unit_id: int) -> ResponseReturnValue:
    return _page(unit_id)


@blueprint.post("/units/<int:unit_id>/pictures")
@roles(Role.ADMINISTRATOR)
def give_picture(unit_id: int) -> ResponseReturnValue:
    form = PictureForm().load(request.form.to_dict())
    file = request.files.get("file")
    content = file.read(MOST_BYTES + 1) if file and file.filename else b""
    try:
        if not content:
            raise Invalid("picture_missing")
        if len(content) > MOST_BYTES:
            raise Invalid("picture_big")
        actions.give(actor(), unit_id, form["whose"], content, today(), width_mm=form["width_mm"])
    except Invalid as error:
        take_back()
        return _page(unit_id, form["whose"], label("error", error.code)), 422
    flash("Đã đặt ảnh. Văn bản ban hành từ nay dùng ảnh này; văn bản đã ban hành không thay đổi.", "good")
    return redirect(url_for("findings.pictures", unit_id=unit_id), 303)


@blueprint.post("/units/<int:unit_id>/pictures/remove")
@roles(Role.ADMINISTRATOR)
def remove_picture(unit_id: int) -> ResponseReturnValue:
    form = TakePictureForm().load(request.form.to_dict())
    actions.take_away(actor(), unit_id, form["whose"], today(), reason=form["reason"])
    flash("Đã bỏ ảnh. Văn bản đã ban hành không thay đổi.", "good")
    return redirect(url_for("findings.pictures", unit_id=unit_id), 303)


@blueprint.get("/units/<int:unit_id>/pictures/<picture_id>.png")
@roles(Role.ADMINISTRATOR)
def picture(unit_id: int, picture_id: str) -> ResponseReturnValue:
    """A picture in use, as it was drawn anew here."""
    return Response(queries.picture(actor(), unit_id, picture_id), mimetype="image/png")


def _page(unit_id: int, wrong: str = "", problem: str = "") -> str:
    return render_template(
        "findings/pictures.html",
        unit=units.managed_unit(actor(), unit_id),
        holders=queries.holders(actor(), unit_id, today()),
        wrong=wrong,
        problem=problem,
        narrowest=actions.NARROWEST,
        widest=actions.WIDEST,
        sealed=agency_signs(),
        trial=is_trial(),
    )
