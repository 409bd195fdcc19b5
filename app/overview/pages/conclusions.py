"""The review desk's queue: which conclusions wait, for how long, and what stands in their way."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from app.overview.queries import conclusions as queries
from app.web.access import actor, roles
from app.web.clock import today
from app.web.paging import asked_page, asked_text

blueprint = Blueprint("conclusions", __name__, url_prefix="/conclusions")


@blueprint.get("")
@roles(Role.VICE_CHAIR, Role.INSPECTOR, Role.OFFICE, Role.WARD_HEAD, Role.WARD_OFFICER)
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    search = queries.QueueSearch(state if state in queries.STATES else "", asked_text("q"))
    counts = queries.counts(actor(), search)
    page = asked_page(counts[search.state] if search.state else sum(counts.values()))
    return render_template(
        "overview/conclusions.html",
        rows=queries.queue(actor(), search, today(), limit=page.size, offset=page.offset),
        counts=counts,
        search=search,
        page=page,
    )
