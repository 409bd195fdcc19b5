"""Issuing a conclusion with the deadlines it sets, and the letter that demands what is not repaired."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import authorities
from app.documents.docx import render_docx
from app.documents.official import Official
from app.documents.pdf import render_pdf
from app.domain.errors import NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Role, may
from app.domain.remediation import Standing
from app.findings.actions.correcting import replacing
from app.findings.actions.documents import Numbering
from app.findings.queries import issued, orders
from app.findings.queries import records as conclusions
from app.findings.schemas import PreviewForm, ReplacingForm
from app.findings.signing import is_trial
from app.remediation import actions, papers
from app.remediation.pages.blueprint import VERIFIERS, blueprint, settings
from app.remediation.queries import tasks as queries
from app.remediation.queries.orders import plan_of
from app.remediation.schemas import IssueForm
from app.web.access import actor, roles
from app.web.clock import today
from app.web.downloads import download
from app.web.public_url import public_url


@blueprint.get("/conclusions/<conclusion_id>/issue")
@roles(Role.VICE_CHAIR)
def issue_form(conclusion_id: str) -> ResponseReturnValue:
    """What will be ordered, and by when, if it is issued today; a conclusion not approved yet has no such page."""
    conclusion, visit = conclusions.seen_by(actor(), conclusion_id)
    if not may(actor(), "conclusion.issue", conclusions.subject_of(conclusion, visit)):
        raise NotAllowed("not_allowed")
    if conclusion.state != "approved":
        raise OutOfDate("conclusion_state")
    plan = plan_of(conclusion.id, today())
    head = queries.head_of(visit.unit_id, today())
    return render_template(
        "remediation/issue.html",
        conclusion=conclusion,
        visit=visit,
        number=conclusions.next_number(conclusion.issuer_unit_id, today().year),
        approved_on=conclusions.approved_on(conclusion.id),
        today=today(),
        plan=plan,
        replaced=orders.replaced_number(conclusion),
        reason=orders.replacement_reason(conclusion),
        head=head.name if head else "",
        trial=is_trial(),
        capacity=authorities.possible_capacity(actor().user_id, conclusion.issuer_unit_id, today()),
    )


@blueprint.post("/conclusions/<conclusion_id>/issue")
@roles(Role.VICE_CHAIR)
def issue(conclusion_id: str) -> ResponseReturnValue:
    form = IssueForm().load(request.form.to_dict())
    number = actions.issue_conclusion(actor(), conclusion_id, today=today(), public_url=public_url(), **form)
    flash(f"Đã ban hành Thông báo số {number} và giao nhiệm vụ cho đơn vị.", "good")
    return redirect(url_for("findings.show", conclusion_id=conclusion_id), 303)


@blueprint.get("/conclusions/<conclusion_id>/demand.pdf")
@roles(*VERIFIERS)
def demand(conclusion_id: str) -> ResponseReturnValue:
    """The letter that demands what is not repaired yet, as a draft."""
    return download(render_pdf(_demand(conclusion_id)), "cong-van-yeu-cau-khac-phuc.pdf", inline=True)


@blueprint.get("/conclusions/<conclusion_id>/demand.docx")
@roles(*VERIFIERS)
def demand_draft(conclusion_id: str) -> ResponseReturnValue:
    """The same in the office's Word template."""
    content = render_docx(_demand(conclusion_id), settings().document_templates)
    return download(content, "cong-van-yeu-cau-khac-phuc.docx")


@blueprint.get("/conclusions/<conclusion_id>/demand/issue")
@roles(Role.VICE_CHAIR)
def demand_form(conclusion_id: str) -> ResponseReturnValue:
    """The demand as it would be issued today, by whom and under which number; in `replaces`, in whose place."""
    paper = actions.draft_demand(actor(), conclusion_id, today())
    conclusion, visit = conclusions.seen_by(actor(), conclusion_id)
    documents = conclusions.issued_documents_of(conclusion.id)
    demands = [each for each in documents if each.kind == "demand"]
    offered = issued.offered(actor(), demands, conclusions.subject_of(conclusion, visit))
    code = request.args.get("replaces", "")
    capacity = authorities.possible_capacity(actor().user_id, conclusion.issuer_unit_id, today())
    series = conclusions.Series(conclusion.issuer_unit_id, today().year, paper.symbol)
    return render_template(
        "remediation/issue_demand.html",
        conclusion=conclusion,
        visit=visit,
        rows=[row for row in queries.tasks_of(conclusion.id, today()) if row.standing is not Standing.DONE],
        issued=offered,
        replacing=next((each for each in offered if each.row.id == code and each.may_replace), None),
        fingerprint=paper.fingerprint(),
        number=conclusions.next_in(series),
        symbol=paper.symbol,
        capacity=capacity,
        lines=capacity.lines if capacity else (),
        trial=is_trial(),
        today=today(),
    )


@blueprint.post("/conclusions/<conclusion_id>/demand/preview")
@roles(Role.VICE_CHAIR)
def preview_demand(conclusion_id: str) -> ResponseReturnValue:
    """The demand as it would be issued, with what it replaces, marked as a draft."""
    form = PreviewForm().load(request.form.to_dict())
    paper = actions.draft_demand(actor(), conclusion_id, today(), replacing(form["replaces"], form["reason"]))
    return download(render_pdf(paper), "cong-van-yeu-cau-khac-phuc.pdf", inline=True)


@blueprint.post("/conclusions/<conclusion_id>/demand/issue")
@roles(Role.VICE_CHAIR)
def issue_demand(conclusion_id: str) -> ResponseReturnValue:
    form = ReplacingForm().load(request.form.to_dict())
    wanted = Numbering(form["number"], today(), today(), public_url())
    earlier = replacing(form["replaces"], form["reason"])
    printed = actions.issue_demand(actor(), conclusion_id, wanted, fingerprint=form["fingerprint"], replacing=earlier)
    flash(f"Đã ban hành công văn yêu cầu khắc phục số {printed}.", "good")
    return redirect(url_for("findings.show", conclusion_id=conclusion_id), 303)


def _demand(conclusion_id: str) -> Official:
    conclusion, visit = conclusions.seen_by(actor(), conclusion_id)
    if not may(actor(), "visit.see", visit.subject):
        raise NotFound("not_found")
    return papers.demand_paper(conclusion.id, conclusion.issued_on, today())
