"""A server that was restored: which devices have not yet given back what they hold, and ending the wait."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries.directory import names_of_people
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.extensions import now
from app.sync.actions import recovery
from app.transactions import take_back
from app.web.access import actor, roles
from app.web.labels import label
from app.web.paging import asked_page

blueprint = Blueprint("recovery", __name__, url_prefix="/devices/recovery")


def _page(code: str | None, status: int) -> tuple[str, int]:
    running = recovery.current()
    waited = recovery.unreported(running) if running else ()
    page = asked_page(len(waited))
    shown = waited[page.offset : page.offset + page.size]
    body = render_template(
        "sync/recovery.html",
        running=running,
        waited=shown,
        page=page,
        names=names_of_people({each.user_id for each in shown}) if shown else {},
        at=now(),
        problem=label("error", code) if code else None,
    )
    return body, status


@blueprint.get("")
@roles(Role.ADMINISTRATOR)
def show() -> ResponseReturnValue:
    return _page(None, 200)


@blueprint.post("")
@roles(Role.ADMINISTRATOR)
def end() -> ResponseReturnValue:
    try:
        recovery.end(actor(), request.form.get("reason", "")[:1000])
    except Invalid as error:
        take_back()
        return _page(error.code, 422)
    flash("Đã kết thúc khôi phục. Có thể chốt và ký biên bản.", "good")
    return redirect(url_for(".show"), 303)
