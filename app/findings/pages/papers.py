"""The papers of a conclusion: what is issued beside the notice, what is shown as a draft, what can be kept."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.documents.docx import render_docx
from app.documents.notice_html import style_source
from app.documents.official import Official
from app.documents.pdf import render_pdf
from app.domain.authority import lead_capacity
from app.domain.errors import NotFound
from app.domain.permissions import may
from app.findings import papers
from app.findings.actions import recording, reporting
from app.findings.actions.documents import Numbering
from app.findings.pages.blueprint import READERS, WRITERS, blueprint, settings
from app.findings.queries import issued, minutes, notices, records, reports
from app.findings.schemas import ReportForm
from app.findings.signing import is_trial
from app.web.access import actor, roles
from app.web.clock import today
from app.web.downloads import download
from app.web.public_url import public_url

PAPERS = {"notice": "thong-bao-ket-luan", "report": "bao-cao-ket-qua", "minutes": "bien-ban-kiem-tra"}


@blueprint.get("/conclusions/<conclusion_id>/report/issue")
@roles(*WRITERS)
def report_form(conclusion_id: str) -> ResponseReturnValue:
    """The delegation's report as its lead would issue it now, under which number."""
    found = reporting.reportable(actor(), conclusion_id)
    series = records.Series(found.conclusion.issuer_unit_id, today().year, found.paper.symbol)
    return render_template(
        "findings/issue_report.html",
        conclusion=found.conclusion,
        visit=found.visit,
        paper=found.paper,
        fingerprint=found.paper.fingerprint(),
        earlier=reports.latest(conclusion_id),
        number=records.next_in(series),
        submitted_on=found.submitted_on,
        capacity=lead_capacity(),
        trial=is_trial(),
        today=today(),
    )


@blueprint.post("/conclusions/<conclusion_id>/report/issue")
@roles(*WRITERS)
def issue_report(conclusion_id: str) -> ResponseReturnValue:
    form = ReportForm().load(request.form.to_dict())
    wanted = Numbering(form["number"], form["on"], today(), public_url())
    printed = reporting.issue_report(actor(), conclusion_id, wanted, fingerprint=form["fingerprint"])
    return _back(conclusion_id, f"Đã ban hành báo cáo của Đoàn kiểm tra số {printed}.")


@blueprint.get("/conclusions/<conclusion_id>/minutes/issue")
@roles(*WRITERS)
def minutes_form(conclusion_id: str) -> ResponseReturnValue:
    """The signed minutes as their lead would issue them now, under which number."""
    found = recording.recordable(actor(), conclusion_id)
    series = records.Series(found.conclusion.issuer_unit_id, found.signed_on.year, found.paper.symbol)
    return render_template(
        "findings/issue_minutes.html",
        found=found,
        number=records.next_in(series),
        capacity=lead_capacity(),
        trial=is_trial(),
        today=today(),
    )


@blueprint.post("/conclusions/<conclusion_id>/minutes/issue")
@roles(*WRITERS)
def issue_minutes(conclusion_id: str) -> ResponseReturnValue:
    form = ReportForm().load(request.form.to_dict())
    wanted = Numbering(form["number"], form["on"], today(), public_url())
    printed = recording.issue_minutes(actor(), conclusion_id, wanted, fingerprint=form["fingerprint"])
    return _back(conclusion_id, f"Đã ban hành biên bản kiểm tra số {printed}.")


@blueprint.get("/conclusions/<conclusion_id>/documents/<code>.pdf")
@roles(*READERS)
def issued_pdf(conclusion_id: str, code: str) -> ResponseReturnValue:
    """The signed bytes of any document issued for a conclusion; the delegation's report is not for the unit."""
    seen = issued.seen_by(actor(), code)
    content = records.pdf_of(code)
    if seen.row.conclusion_id != conclusion_id or content is None:
        raise NotFound("not_found")
    return download(content, f"{code}.pdf", inline=True)


@blueprint.get("/conclusions/<conclusion_id>/notice")
@roles(*READERS)
def notice(conclusion_id: str) -> ResponseReturnValue:
    """The issued page exactly as frozen; before that, the draft as it stands now."""
    conclusion, visit = records.seen_by(actor(), conclusion_id)
    page = notices.page_of(conclusion, visit)
    response = Response(page, mimetype="text/html")
    rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src {style_source(page)}; {rest}"
    return response


@blueprint.get("/conclusions/<conclusion_id>/frozen.json")
@roles(*READERS)
def frozen(conclusion_id: str) -> ResponseReturnValue:
    """The frozen record itself, to be kept and checked elsewhere.

    Not for the unit: it also holds what was left out of the notice, with the reason, and every wording.
    """
    conclusion, visit = records.seen_by(actor(), conclusion_id)
    if conclusion.frozen is None or not may(actor(), "visit.see", visit.subject):
        raise NotFound("not_found")
    if not notices.is_intact(conclusion):
        abort(500)
    response = Response(conclusion.frozen, mimetype="application/json")
    name = f"ket-luan-{conclusion.number:02d}-{conclusion.issued_year}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/conclusions/<conclusion_id>/<paper>.docx")
@roles(*READERS)
def draft(conclusion_id: str, paper: str) -> ResponseReturnValue:
    """An editable copy: notice, report or minutes in the office's Word template."""
    content = render_docx(_paper(conclusion_id, paper), settings().document_templates)
    return download(content, f"{PAPERS[paper]}.docx")


@blueprint.get("/conclusions/<conclusion_id>/<paper>.pdf")
@roles(*READERS)
def pdf(conclusion_id: str, paper: str) -> ResponseReturnValue:
    """The signed PDF of an issued notice; any other paper as it stands now, a draft marked as one."""
    conclusion, _ = records.seen_by(actor(), conclusion_id)
    if paper == "notice" and conclusion.frozen is not None:
        code = records.notice_of(conclusion_id)
        content = records.pdf_of(code) if code else None
        if content is None or not notices.is_intact(conclusion):
            abort(500)
    else:
        content = _issued_minutes(conclusion_id) if paper == "minutes" else None
        content = content or render_pdf(_paper(conclusion_id, paper))
    return download(content, f"{PAPERS[paper]}.pdf", inline=True)


def _paper(conclusion_id: str, paper: str) -> Official:
    conclusion, visit = records.seen_by(actor(), conclusion_id)
    if paper not in PAPERS:
        raise NotFound("not_found")
    if paper == "notice":
        if conclusion.frozen is not None:
            return papers.issued_notice_paper(conclusion, visit)
        return papers.notice_paper(notices.document_of(conclusion, visit), conclusion)
    if not may(actor(), "visit.see", visit.subject):
        raise NotFound("not_found")
    if paper == "report":
        return papers.report_paper(conclusion, visit)
    recorded = minutes.in_force(visit) if records.stands(conclusion, visit) else None
    if recorded is not None:
        return papers.issued_minutes_paper(visit, conclusion, recorded)
    return papers.minutes_to_issue(visit, conclusion)


def _issued_minutes(conclusion_id: str) -> bytes | None:
    """The signed bytes, once the minutes of what stands are issued and the actor may read them before the notice is."""
    conclusion, visit = records.seen_by(actor(), conclusion_id)
    recorded = minutes.in_force(visit) if records.stands(conclusion, visit) else None
    if recorded is None or not may(actor(), "visit.see", visit.subject):
        return None
    return records.pdf_of(recorded.id)


def _back(conclusion_id: str, told: str) -> ResponseReturnValue:
    flash(told, "good")
    return redirect(url_for("findings.show", conclusion_id=conclusion_id, _anchor="papers"), 303)
