"""Correcting the layout of an issued document by a letter: written, read as it will be printed, then issued."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.accounts.queries import authorities
from app.documents.pdf import render_pdf
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.findings.actions import correcting
from app.findings.actions.documents import Numbering
from app.findings.pages.blueprint import blueprint
from app.findings.papers import Mistake
from app.findings.queries import records
from app.findings.queries.issued import Seen
from app.findings.schemas import MOST_MISTAKES, CorrectionForm, LetterForm
from app.findings.signing import is_trial
from app.web.access import actor, roles
from app.web.clock import today
from app.web.downloads import download
from app.web.labels import label
from app.web.public_url import public_url

BOXES = ("where", "printed", "right")


@blueprint.get("/documents/<code>/correct")
@roles(Role.VICE_CHAIR)
def letter_form(code: str) -> ResponseReturnValue:
    """The boxes in which the mistakes are told."""
    return _form(correcting.correctable(actor(), code))


@blueprint.post("/documents/<code>/correct")
@roles(Role.VICE_CHAIR)
def read_letter(code: str) -> ResponseReturnValue:
    """The letter as it would be issued, to be read before it gets a number; or the boxes again, with what is wrong."""
    seen = correcting.correctable(actor(), code)
    if "again" in request.form:
        return _form(seen)
    try:
        form = CorrectionForm().load(_sent())
        _, paper = correcting.draft_letter(actor(), code, _mistakes(form), reason=form["reason"])
    except ValidationError as problem:
        return _form(seen, _told(problem)), 422
    except Invalid as problem:
        return _form(seen, {"mistakes": [label("error", problem.code)]}), 422
    issuer = seen.row.issuer_unit_id
    capacity = authorities.possible_capacity(actor().user_id, issuer, today())
    return render_template(
        "findings/issue_letter.html",
        seen=seen,
        paper=paper,
        mistakes=form["mistakes"],
        reason=form["reason"],
        back=_back_to(seen),
        fingerprint=paper.fingerprint(),
        number=records.next_in(records.Series(issuer, today().year, paper.symbol)),
        capacity=capacity,
        lines=capacity.lines if capacity else (),
        trial=is_trial(),
        today=today(),
    )


@blueprint.post("/documents/<code>/correct/draft.pdf")
@roles(Role.VICE_CHAIR)
def letter_draft(code: str) -> ResponseReturnValue:
    """The letter as a draft without number, set like every other draft."""
    form = CorrectionForm().load(_sent())
    _, paper = correcting.draft_letter(actor(), code, _mistakes(form), reason=form["reason"])
    return download(render_pdf(paper), "cong-van-dinh-chinh.pdf", inline=True)


@blueprint.post("/documents/<code>/correct/issue")
@roles(Role.VICE_CHAIR)
def issue_letter(code: str) -> ResponseReturnValue:
    form = LetterForm().load(_sent())
    wanted = Numbering(form["number"], form["on"], today(), public_url())
    printed = correcting.correct_layout(
        actor(), code, _mistakes(form), wanted, reason=form["reason"], fingerprint=form["fingerprint"]
    )
    flash(f"Đã ban hành công văn đính chính số {printed}.", "good")
    return redirect(_back_to(correcting.correctable(actor(), code)), 303)


def _sent() -> dict[str, Any]:
    return request.form.to_dict() | {name: request.form.getlist(name) for name in BOXES}


def _told(problem: ValidationError) -> dict[str, list[str]]:
    """What is wrong, beside the reason or above the boxes."""
    found: dict[str, Any] = dict(problem.messages_dict)
    reason = found.pop("reason", None)
    boxes = next((each for each in found.values() if isinstance(each, list)), ["Có ô dài quá hoặc có ký tự lạ."])
    return ({"reason": reason} if reason else {}) | ({"mistakes": boxes} if found else {})


def _mistakes(form: dict[str, Any]) -> list[Mistake]:
    return [Mistake(*each) for each in form["mistakes"]]


def _form(seen: Seen, problems: dict[str, list[str]] | None = None) -> str:
    boxes = [(request.form.getlist(name) + [""] * MOST_MISTAKES)[:MOST_MISTAKES] for name in BOXES]
    return render_template(
        "findings/letter_form.html",
        seen=seen,
        rows=list(zip(*boxes, strict=True)),
        reason=request.form.get("reason", ""),
        problems=problems or {},
        back=_back_to(seen),
    )


def _back_to(seen: Seen) -> str:
    """The page of what the document belongs to."""
    if seen.conclusion is not None:
        return url_for("findings.show", conclusion_id=seen.conclusion.id, _anchor="papers")
    return url_for("overview.summary", campaign_id=seen.row.campaign_id)
