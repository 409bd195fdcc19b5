"""XLSForms on the desk: one is read and shown cell by cell before it becomes a draft; a version goes out as one."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.checklists import loader, queries
from app.checklists.actions import drafts as actions
from app.checklists.editing.yaml_text import authored, write
from app.checklists.pages.blueprint import administrators, blueprint, problems_of, readers
from app.checklists.xlsform import Fate, export_xlsform, import_xlsform, report_workbook
from app.domain.errors import Invalid
from app.web.access import actor
from app.web.clock import today
from app.web.downloads import download
from app.web.labels import label
from app.web.workbooks import Refused

SHOWN = 500  # cells on the page; the report as a file has all of them


@blueprint.get("/xlsform")
@administrators
def xlsform() -> ResponseReturnValue:
    return _upload_page("")


@blueprint.post("/xlsform")
@administrators
def xlsform_read() -> ResponseReturnValue:
    """Show what would become of a form, or hand out the report of every cell; nothing is kept."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _upload_page(label("error", "no_file")), 422
    try:
        imported = import_xlsform(sent.read(), today())
    except Refused as refused:
        place = f" (Ô hoặc trang tính: {refused.place}.)" if refused.place else ""
        return _upload_page(label("error", refused.code) + place), 422
    except Invalid as refusal:
        return _upload_page(label("error", refusal.code)), 422
    if request.form.get("as") == "report":
        return download(report_workbook(imported.report, imported.beside), "bao-cao-nhap-xlsform.xlsx")
    told = [each for each in imported.report if each.fate is not Fate.KEPT]
    told.sort(key=lambda each: each.fate is Fate.CHANGED)  # what was lost comes first; the order of cells stays
    return render_template(
        "checklists/xlsform_preview.html",
        imported=imported,
        counts={fate.value: imported.count(fate) for fate in Fate},
        told=told[:SHOWN],
        more=max(0, len(told) - SHOWN),
        text=write(imported.document) if imported.document["sections"] else "",
        name=sent.filename,
    )


@blueprint.post("/xlsform/draft")
@administrators
def xlsform_draft() -> ResponseReturnValue:
    """Keep what the preview showed as a draft; its text is judged like any other."""
    try:
        text = loader.clean(request.form.get("text", "").encode())
        loader.read_yaml(text)
        draft_id = actions.start(actor(), text, what="Nhập từ XLSForm")
    except Invalid as refusal:
        return _upload_page("; ".join(each.message for each in problems_of(refusal))), 422
    return redirect(url_for("checklists.draft", draft_id=draft_id), 303)


@blueprint.get("/<version_id>/xlsform")
@readers
def download_xlsform(version_id: str) -> Response:
    version = queries.version(version_id)
    exported = export_xlsform(authored(queries.checklist_by_chk(version.chk)))
    return download(exported.content, f"{version.slug}-v{version.version}.xlsx")


def _upload_page(problem: str) -> str:
    return render_template("checklists/xlsform.html", problem=problem)
