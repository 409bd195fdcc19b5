"""An administrator imports the file that a phone exported: upload, look, confirm."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries.directory import names_of_people
from app.campaigns import queries as campaigns
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role
from app.sync import outbox_files
from app.sync.actions import outbox_imports as actions
from app.sync.actions.outbox_imports import Done, Plan
from app.transactions import only_reading, own_transaction
from app.web.access import actor, roles
from app.web.labels import label

blueprint = Blueprint("outbox_imports", __name__, url_prefix="/devices/import")


@blueprint.before_app_request
def _take_big_files() -> None:
    """Before the form's token is looked for, which reads the body; and from those only who may import at all."""
    who: Actor | None = g.get("actor")
    if request.endpoint == "outbox_imports.read" and who is not None and Role.ADMINISTRATOR in who.roles:
        request.max_content_length = outbox_files.FILE_LIMIT + 64 * 1024


def _upload_page(code: str | None, status: int) -> tuple[str, int]:
    return render_template("sync/import.html", problem=label("error", code) if code else None), status


@blueprint.get("")
@roles(Role.ADMINISTRATOR)
def form() -> ResponseReturnValue:
    return _upload_page(None, 200)


@blueprint.post("")
@roles(Role.ADMINISTRATOR)
def read() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page("no_file", 422)
    import_id = actions.fresh_id()
    try:
        sha256, size = outbox_files.keep(import_id, file.stream)
    except outbox_files.Refused as refused:
        return _upload_page(refused.code, 422)
    actions.keep_import(actor(), import_id, file.filename, sha256, size)
    return redirect(url_for(".show", import_id=import_id), 303)


@blueprint.get("/<import_id>")
@roles(Role.ADMINISTRATOR)
def show(import_id: str) -> ResponseReturnValue:
    kept = actions.own_import(actor(), import_id)
    if kept.applied_at is not None:
        return render_template("sync/import_preview.html", kept=kept, plan=None)
    try:
        plan = actions.plan(actor(), import_id)
    except outbox_files.Refused as refused:
        return _upload_page(refused.code, 422)
    return render_template("sync/import_preview.html", kept=kept, plan=plan, **_names(plan))


def _names(plan: Plan) -> dict[str, object]:
    visits = campaigns.planned_visits([visit for visit, standing in plan.standing.items() if standing == actions.OK])
    people = {part.author for part in plan.parts.values()} | {plan.head.user}
    return {"visits": visits, "names": names_of_people(people - {""}), "parts": list(plan.parts.values())}


@blueprint.post("/<import_id>")
@roles(Role.ADMINISTRATOR)
def confirm(import_id: str) -> ResponseReturnValue:
    """Each portion is committed by itself, so a break loses nothing and confirming again goes on."""
    who = actor()
    if actions.own_import(who, import_id).applied_at is not None:
        return redirect(url_for(".show", import_id=import_id), 303)
    try:
        with only_reading():
            plan = actions.plan(who, import_id)
    except outbox_files.Refused:
        raise NotFound("not_found") from None
    done = Done()
    for portion in actions.batches(who, plan, import_id):
        with own_transaction():
            if isinstance(portion, list):
                done.ops += actions.store_ops(who, plan, portion)
                continue
            kept = actions.store_photo(who, plan, portion)
            done.photos += kept is True
            done.refused_photos += kept is None
    with own_transaction():
        actions.finish(who, import_id, plan, done)
    flash(f"Đã nhập: {done.ops} thay đổi được giữ lại chờ trưởng đoàn quyết định, {done.photos} ảnh.", "good")
    return redirect(url_for(".show", import_id=import_id), 303)
