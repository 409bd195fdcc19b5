"""Desk pages of the item library: what checklists may ask alike, on which law it stands, and who asks it."""

from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.checklists import library, queries
from app.checklists.pages.blueprint import blueprint, readers
from app.domain import checklist_text
from app.domain.errors import NotFound
from app.web.clock import today
from app.web.paging import asked_page, asked_text

PAGE = 25


@blueprint.get("/library")
@readers
def library_index() -> ResponseReturnValue:
    """The entries, searched by words without diacritics and by index."""
    words, index = asked_text("q"), request.args.get("index", "")
    known = library.shipped()
    found = known.found(words, index)
    page = asked_page(len(found), PAGE)
    shown = found[page.offset : page.offset + page.size]
    return render_template(
        "checklists/library.html",
        groups=[(group, list(each)) for group, each in groupby(shown, lambda entry: known.groups[entry.code])],
        used=queries.checklists_using([entry.code for entry in shown]),
        page=page,
        words=words,
        index=index,
        today=today(),
    )


@blueprint.get("/library/<code>")
@readers
def library_entry(code: str) -> ResponseReturnValue:
    """One entry: its basis over time, the criteria of indices it speaks to, and the versions that ask it."""
    known = library.shipped()
    if code not in known.entries:
        raise NotFound("not_found")
    page = asked_page(queries.number_of_uses(code))
    return render_template(
        "checklists/library_entry.html",
        entry=known.entries[code],
        group=known.groups[code],
        uses=queries.uses(code, limit=page.size, offset=page.offset),
        page=page,
        template_words=checklist_text.template_words,
        today=today(),
    )
