"""What was sent, what waits and what went wrong; an administrator may send again what was given up."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from app.extensions import now
from app.notices.actions import reading
from app.notices.pages.blueprint import blueprint, settings
from app.notices.queries import outbox as queries
from app.web.access import actor, roles
from app.web.paging import asked_page


@blueprint.get("/notices/outbox")
@roles(Role.ADMINISTRATOR)
def outbox() -> ResponseReturnValue:
    asked = request.args.get("state", "")
    state = asked if asked in queries.STATES else "waiting"
    counts = queries.counts(actor())
    page = asked_page(counts[state])
    return render_template(
        "notices/outbox.html",
        rows=queries.page_of(actor(), state, limit=page.size, offset=page.offset),
        page=page,
        counts=counts,
        state=state,
        retried=reading.RETRIED,
        mail_ready=bool(settings().smtp_host),
        oldest=queries.oldest_waiting() if settings().smtp_host else None,
        now=now(),
    )


@blueprint.post("/notices/outbox/<sending_id>/retry")
@roles(Role.ADMINISTRATOR)
def retry(sending_id: str) -> ResponseReturnValue:
    reading.retry(actor(), sending_id)
    flash("Sẽ gửi lại trong lần gửi tới.", "good")
    return redirect(url_for("notices.outbox"), 303)
