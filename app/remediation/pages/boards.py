"""The tasks a person sees, as list, board or calendar: plain pages, paged by the database."""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.remediation.pages.blueprint import READERS, UNIT, blueprint
from app.remediation.queries import boards, calendars
from app.web.access import actor, roles
from app.web.clock import today
from app.web.paging import asked_page, asked_text


@blueprint.get("/tasks")
@roles(*READERS)
def index() -> ResponseReturnValue:
    counts, asked = _asked()
    page = asked_page(boards.number_of(actor(), asked, today()))
    rows = boards.page_of(actor(), asked, today(), limit=page.size, offset=page.offset)
    return render_template("remediation/index.html", rows=rows, page=page, **_shared(counts, asked, "list"))


@blueprint.get("/tasks/board")
@roles(*READERS)
def board() -> ResponseReturnValue:
    """What is where: a column for each state."""
    counts, asked = _asked()
    columns = boards.columns(actor(), asked, today())
    return render_template(
        "remediation/board.html", columns=columns, most=boards.PER_COLUMN, **_shared(counts, asked, "board")
    )


@blueprint.get("/tasks/calendar")
@roles(*READERS)
def calendar() -> ResponseReturnValue:
    """A month of due dates; days on which offices are closed are marked."""
    counts, asked = _asked()
    first = _month()
    days = boards.month(actor(), asked, first, today())
    return render_template(
        "remediation/calendar.html",
        weeks=calendars.weeks_of(first),
        days=days,
        first=first,
        today=today(),
        **_shared(counts, asked, "calendar"),
    )


def _asked() -> tuple[boards.Counts, boards.Asked]:
    counts = boards.counts(actor(), today())
    state = request.args.get("state", "")
    known = {key for key, _ in counts.tabs}
    return counts, boards.Asked(state if state in known else "", asked_text("q"))


def _month() -> date:
    """The month asked for, by its first day; today's when nothing sensible was asked."""
    try:
        asked = date.fromisoformat(request.args.get("month", "") + "-01")
    except ValueError:
        asked = today().replace(day=1)
    return asked if abs(asked.year - today().year) <= boards.MOST_YEARS else today().replace(day=1)


def _shared(counts: boards.Counts, asked: boards.Asked, view: str) -> dict[str, object]:
    own_unit = any(role in actor().roles for role in UNIT)
    return {"counts": counts, "state": asked.state, "words": asked.words, "view": view, "own_unit": own_unit}
