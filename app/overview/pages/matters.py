"""The desk's page of what waits for a decision: shown here, decided on the lead's phone."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from app.overview.queries import matters as queries
from app.web.access import actor, roles
from app.web.paging import asked_page, asked_text

blueprint = Blueprint("matters", __name__, url_prefix="/matters")


@blueprint.get("")
@roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
def index() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    search = queries.MatterSearch(
        decided=request.args.get("state") == "decided",
        kind=kind if kind in {"contested", "held"} else "",
        visit_id=asked_text("visit", 22),
        text=asked_text("q"),
    )
    queue = queries.queue_of_visit(actor(), search) if search.visit_id else None
    if queue is not None:
        page = asked_page(queue.total)
        found = [queue.part(limit=page.size, offset=page.offset)]
    else:
        page = asked_page(queries.number_of_visits(actor(), search), queries.VISITS_A_PAGE)
        found = list(queries.matters_found(actor(), search, limit=page.size, offset=page.offset))
    return render_template("overview/matters.html", found=found, page=page, search=search)
