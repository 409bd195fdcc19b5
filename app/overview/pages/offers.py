"""Which visits a corrected checklist is offered to: before it is published, and after."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.checklists import drafts, linting
from app.checklists import queries as checklists
from app.domain.checklist import Checklist
from app.domain.permissions import Role
from app.overview.pages.boards import OVERSEERS, blueprint
from app.overview.queries import offers
from app.web.access import actor, roles
from app.web.paging import asked_page


@blueprint.get("/checklists/<version_id>/visits")
@roles(*OVERSEERS)
def offer(version_id: str) -> ResponseReturnValue:
    version = checklists.version(version_id)
    back = url_for("checklists.show", version_id=version_id)
    return _page(checklists.checklist_by_chk(version.chk), back, is_draft=False)


@blueprint.get("/checklists/drafts/<draft_id>/visits")
@roles(Role.ADMINISTRATOR)
def draft_offer(draft_id: str) -> ResponseReturnValue:
    linted = linting.lint(drafts.draft(draft_id).text)
    if linted.checklist is None:
        flash("Bản nháp còn lỗi nên chưa biết cuộc kiểm tra nào phải hỏi lại gì.", "warn")
        return redirect(url_for("checklists.draft", draft_id=draft_id), 303)
    return _page(linted.checklist, url_for("checklists.draft_publish_form", draft_id=draft_id), is_draft=True)


def _page(target: Checklist, back: str, *, is_draft: bool) -> str:
    found = offers.offered(actor(), target)
    page = asked_page(len(found.visits), offers.A_PAGE)
    shown = found.visits[page.offset : page.offset + page.size]
    return render_template(
        "overview/offer.html",
        target=target,
        texts={item.key: item.text.vi for item in target.items()},
        found=found,
        offers=offers.offers(found, target, shown),
        page=page,
        back=back,
        is_draft=is_draft,
    )
