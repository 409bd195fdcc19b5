"""Taking over an old register from a workbook: read, shown, taken over whole, undone."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries.naming import naming
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Role
from app.domain.register import NAMES
from app.remediation import imports, workbooks
from app.remediation.actions import registers as actions
from app.remediation.pages.blueprint import blueprint
from app.remediation.queries import register_plans
from app.remediation.queries import registers as queries
from app.remediation.schemas import ReasonForm, RegisterForm, TakeOverForm
from app.web.access import actor, roles
from app.web.clock import today
from app.web.labels import label
from app.web.paging import asked_page
from app.web.workbooks import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
MOST_BYTES = 12 * 1024 * 1024


@blueprint.get("/tasks/import")
@roles(Role.ADMINISTRATOR)
def import_register() -> ResponseReturnValue:
    return _upload_page(None, 200)


def _upload_page(problem: str | None, status: int) -> tuple[str, int]:
    page = render_template(
        "remediation/register.html",
        problem=problem,
        names=NAMES,
        hosts=queries.hosts_of(actor()),
        done=queries.taken_over(actor()),
    )
    return page, status


@blueprint.get("/tasks/import/template.xlsx")
@roles(Role.ADMINISTRATOR)
def register_template() -> ResponseReturnValue:
    """The empty workbook, with today's units of every place the actor administers."""
    units = {}
    for host in queries.hosts_of(actor()):
        for each in naming(host.path, today()).units:
            if each.valid_to is None or each.valid_to >= today():
                units[each.id] = (each.code, each.name, each.parent_name)
    content = workbooks.register_template(units.values())
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name="so-theo-doi-khac-phuc.xlsx")


@blueprint.post("/tasks/import")
@roles(Role.ADMINISTRATOR)
def read_register() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page(label("error", "no_file"), 422)
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return _upload_page(label("error", "file_too_big"), 422)
    form = RegisterForm().load({**request.form.to_dict(), "revision": 0})
    try:
        import_id = actions.keep(actor(), form["host"], file.filename, content)
    except Refused as refused:
        return _upload_page(label("error", refused.code), 422)
    except (Invalid, OutOfDate) as error:  # raised before anything was written
        return _upload_page(label("error", error.code), 422)
    return redirect(url_for("remediation.show_register", import_id=import_id), 303)


@blueprint.get("/tasks/import/<import_id>")
@roles(Role.ADMINISTRATOR)
def show_register(import_id: str) -> ResponseReturnValue:
    kept, host = queries.register_of(actor(), import_id)
    if kept.applied_at is not None:
        page = asked_page(queries.number_from(import_id))
        tasks = queries.tasks_from(import_id, limit=page.size, offset=page.offset)
        worked_on = queries.worked_on(import_id)
        return render_template(
            "remediation/register_done.html", kept=kept, host=host, tasks=tasks, page=page, worked_on=worked_on
        )
    plan = register_plans.plan(imports.from_text(kept.rows), host.path, today())
    return render_template(
        "remediation/register_preview.html", kept=kept, host=host, plan=plan, names=NAMES, shown=SHOWN
    )


@blueprint.post("/tasks/import/<import_id>")
@roles(Role.ADMINISTRATOR)
def take_over_register(import_id: str) -> ResponseReturnValue:
    form = TakeOverForm().load({**request.form.to_dict(), "revision": 0})
    number = actions.take_over(actor(), import_id, form["digest"])
    flash(f"Đã nhập {number} nhiệm vụ. Đơn vị thấy ngay trong mục Khắc phục.", "good")
    return redirect(url_for("remediation.show_register", import_id=import_id), 303)


@blueprint.post("/tasks/import/<import_id>/undo")
@roles(Role.ADMINISTRATOR)
def undo_register(import_id: str) -> ResponseReturnValue:
    form = ReasonForm().load({**request.form.to_dict(), "revision": 0})
    number = actions.undo(actor(), import_id, reason=form["reason"])
    flash(f"Đã rút {number} nhiệm vụ của sổ này. Có thể nhập lại tệp đã sửa.", "good")
    return redirect(url_for("remediation.import_register"), 303)
