"""The history of a draft: every save with its author, its text, and the way back to it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.checklists import drafts
from app.checklists.actions import drafts as actions
from app.checklists.pages.blueprint import administrators, blueprint, number_in
from app.checklists.schemas import RevisionForm
from app.web.access import actor
from app.web.paging import asked_page

A_PAGE = 50


@blueprint.get("/drafts/<draft_id>/saves")
@administrators
def draft_saves(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    page = asked_page(drafts.number_of_saves(draft_id), A_PAGE)
    found = drafts.saves(draft_id, limit=page.size, offset=page.offset)
    return render_template("checklists/draft_saves.html", draft=standing, saves=found, page=page)


@blueprint.get("/drafts/<draft_id>/saves/<revision>")
@administrators
def draft_save(draft_id: str, revision: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    text = drafts.text_at(draft_id, number_in(revision))
    return render_template("checklists/draft_save.html", draft=standing, revision=number_in(revision), text=text)


@blueprint.post("/drafts/<draft_id>/saves/<revision>/restore")
@administrators
def draft_restore(draft_id: str, revision: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form)
    text = drafts.text_at(draft_id, number_in(revision))
    actions.save(actor(), draft_id, form["revision"], text, what=f"Lấy lại lần lưu {revision}")
    flash(f"Đã lấy lại lần lưu {revision}. Các lần lưu sau đó vẫn còn trong lịch sử.", "good")
    return redirect(url_for("checklists.draft", draft_id=draft_id), 303)
