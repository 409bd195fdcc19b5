"""Units: the list, one unit, and the import of many from a workbook."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts import imports, workbooks
from app.accounts.actions import units as actions
from app.accounts.pages.blueprint import blueprint
from app.accounts.queries import authorities, people, unit_plans
from app.accounts.queries import units as queries
from app.accounts.schemas import ImportForm
from app.domain.authority import CHIEF_TITLE, DEPUTY_TITLE
from app.domain.permissions import Role
from app.web.access import actor, roles
from app.web.clock import today
from app.web.labels import label
from app.web.paging import asked_page
from app.web.workbooks import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200


def _asked() -> queries.UnitSearch:
    arguments = request.args
    parent = arguments.get("parent", "")
    kind, validity = arguments.get("kind", ""), arguments.get("validity", "")
    return queries.UnitSearch(
        text=arguments.get("q", "").strip()[:100],
        kind=kind if kind in imports.KINDS else "",
        validity=validity if validity in {"in_force", "ended"} else "",
        parent_id=int(parent) if parent.isascii() and parent.isdigit() and len(parent) < 10 else None,
    )


@blueprint.get("/units")
@roles(Role.ADMINISTRATOR)
def units() -> ResponseReturnValue:
    search = _asked()
    page = asked_page(queries.number_of_units(actor(), search, today()))
    found = queries.units_found(actor(), search, today(), limit=page.size, offset=page.offset)
    parent = queries.managed_unit(actor(), search.parent_id) if search.parent_id is not None else None
    return render_template(
        "accounts/units.html",
        units=found,
        above=queries.ancestors_of(found),
        page=page,
        search=search,
        parent=parent,
        kinds=imports.KINDS,
        today=today(),
    )


@blueprint.get("/units/<int:unit_id>")
@roles(Role.ADMINISTRATOR)
def unit(unit_id: int) -> ResponseReturnValue:
    return unit_page(unit_id, {}, {})


def unit_page(unit_id: int, values: dict[str, str], problems: dict[str, list[str]]) -> str:
    """One unit; with what was typed into the form for an authority to sign, and what is wrong with it."""
    found = queries.managed_unit(actor(), unit_id)
    return render_template(
        "accounts/unit.html",
        unit=found,
        above=queries.ancestors_of([found])[found.id],
        below=queries.number_below(found),
        predecessors=queries.predecessors_of(found),
        successors=queries.successors_of(found),
        heads=queries.heads_of(found),
        authorities=authorities.of_unit(found.id, today()),
        deputies=authorities.deputies_of(found.id, today()),
        values={"signed_for": CHIEF_TITLE, "title": DEPUTY_TITLE, **values},
        problems=problems,
        traces=people.changes_of(f"unit/{found.id}"),
        today=today(),
    )


@blueprint.get("/units/import")
@roles(Role.ADMINISTRATOR)
def import_units() -> ResponseReturnValue:
    return _upload_page(None, 200)


def _upload_page(code: str | None, status: int) -> tuple[str, int]:
    page = render_template(
        "accounts/import.html",
        problem=label("error", code) if code else None,
        columns=imports.COLUMNS,
        kinds=imports.KINDS,
    )
    return page, status


@blueprint.get("/units/import/template.xlsx")
@roles(Role.ADMINISTRATOR)
def import_template() -> ResponseReturnValue:
    return send_file(BytesIO(workbooks.unit_template()), XLSX, as_attachment=True, download_name="don-vi.xlsx")


@blueprint.post("/units/import")
@roles(Role.ADMINISTRATOR)
def read_import() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page("no_file", 422)
    try:
        rows = imports.read_workbook(file.read())
    except Refused as refused:
        return _upload_page(refused.code, 422)
    import_id = actions.keep_import(actor(), file.filename, rows)
    return redirect(url_for("accounts.show_import", import_id=import_id), 303)


@blueprint.get("/units/import/<import_id>")
@roles(Role.ADMINISTRATOR)
def show_import(import_id: str) -> ResponseReturnValue:
    kept = queries.own_import(actor(), import_id)
    return render_template(
        "accounts/import_preview.html",
        kept=kept,
        plan=unit_plans.plan(imports.from_lines(kept.rows), actor()),
        shown=SHOWN,
    )


@blueprint.post("/units/import/<import_id>")
@roles(Role.ADMINISTRATOR)
def confirm_import(import_id: str) -> ResponseReturnValue:
    form = ImportForm().load(request.form.to_dict())
    done = actions.confirm_import(actor(), import_id, form["digest"])
    flash(f"Đã nhập: thêm {len(done.new)} đơn vị, sửa {len(done.changed)} đơn vị.", "good")
    return redirect(url_for("accounts.units"), 303)
