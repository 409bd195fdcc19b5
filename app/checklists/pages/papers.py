"""Checklists on paper: versions and drafts as forms to be filled by hand."""

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.checklists import drafts, linting, queries
from app.checklists.pages.blueprint import administrators, blueprint, readers
from app.documents.paper_forms import paper_form
from app.web.downloads import download


@blueprint.get("/<version_id>/paper")
@readers
def paper(version_id: str) -> Response:
    version = queries.version(version_id)
    pdf = paper_form(queries.checklist_by_chk(version.chk))
    return download(pdf, f"phieu-giay-{version.slug}-v{version.version}.pdf", inline=True)


@blueprint.get("/drafts/<draft_id>/paper")
@administrators
def draft_paper(draft_id: str) -> ResponseReturnValue:
    checklist = linting.lint(drafts.draft(draft_id).text).checklist
    if checklist is None:
        flash("Bản nháp còn lỗi chưa đọc được thành phiếu nên chưa in được. Hãy sửa các lỗi ở dưới.", "warn")
        return redirect(url_for("checklists.draft", draft_id=draft_id), 303)
    return download(paper_form(checklist, draft=True), "phieu-giay-ban-nhap.pdf", inline=True)
