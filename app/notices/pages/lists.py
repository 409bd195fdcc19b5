"""One's own notices: a list that works without scripts and holds everything, whatever else reached the person."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.notices.actions import reading
from app.notices.pages.blueprint import blueprint
from app.notices.queries import lists
from app.web.access import actor, signed_in
from app.web.paging import asked_page


@blueprint.get("/notices")
@signed_in
def index() -> ResponseReturnValue:
    page = asked_page(lists.number_of(actor().user_id), 20)
    rows = lists.page_of(actor().user_id, limit=page.size, offset=page.offset)
    return render_template("notices/index.html", rows=rows, page=page)


@blueprint.post("/notices/<notice_id>/open")
@signed_in
def open_notice(notice_id: str) -> ResponseReturnValue:
    """Mark it as read and go to what it is about."""
    notice = reading.open_notice(actor(), notice_id)
    return redirect(notice.url or url_for("notices.index"), 303)


@blueprint.post("/notices/read")
@signed_in
def read_all() -> ResponseReturnValue:
    reading.read_all(actor())
    flash("Đã đánh dấu tất cả là đã đọc.", "good")
    return redirect(url_for("notices.index"), 303)
