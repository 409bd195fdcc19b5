"""The desk pages of a conclusion: the review with its steps, and its papers."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.documents.docx import render_docx
from app.documents.notice_html import style_source
from app.documents.official import Official
from app.documents.pdf import render_pdf
from app.domain.authority import lead_capacity
from app.domain.errors import NotFound
from app.domain.permissions import Role, may
from app.findings import papers
from app.findings.actions import drafting, reporting, reviewing, wording
from app.findings.actions.documents import Numbering
from app.findings.pages.blueprint import CHECKERS, READERS, WRITERS, blueprint, settings
from app.findings.queries import issued, notices, records, reports, reviews
from app.findings.schemas import (
    CommentForm,
    FindingForm,
    InstructionForm,
    NoteForm,
    ReasonForm,
    ReportForm,
    RevisionForm,
    TextsForm,
)
from app.findings.signing import is_trial
from app.web.access import actor, roles
from app.web.clock import today
from app.web.downloads import download
from app.web.public_url import public_url

PAPERS = {"notice": "thong-bao-ket-luan", "report": "bao-cao-ket-qua", "minutes": "bien-ban-kiem-tra"}


@blueprint.post("/visits/<visit_id>/conclusion")
@roles(*WRITERS)
def begin(visit_id: str) -> ResponseReturnValue:
    conclusion = drafting.begin(actor(), visit_id)
    return _back(conclusion.id)


@blueprint.get("/conclusions/<conclusion_id>")
@roles(*READERS)
def show(conclusion_id: str) -> ResponseReturnValue:
    conclusion, visit = records.seen_by(actor(), conclusion_id)
    if not may(actor(), "visit.see", visit.subject):
        subject = records.subject_of(conclusion, visit)
        papers_of = issued.offered(actor(), records.issued_documents_of(conclusion_id), subject)
        return render_template(
            "findings/issued.html",
            conclusion=conclusion,
            visit=visit,
            notice=next((each for each in papers_of if each.row.kind == "notice"), None),
            documents=[each for each in papers_of if each.row.kind != "notice"],
            replacement=records.replaced_by(conclusion_id),
        )
    return render_template("findings/review.html", review=reviews.review(actor(), conclusion_id), today=today())


@blueprint.post("/conclusions/<conclusion_id>/findings/<finding_id>")
@roles(*WRITERS)
def edit_finding(conclusion_id: str, finding_id: str) -> ResponseReturnValue:
    form = FindingForm().load(request.form.to_dict())
    words = wording.FindingWords(form["text"], form["remedy"], form["due_working_days"])
    wording.edit_finding(actor(), conclusion_id, finding_id, revision=form["revision"], words=words)
    return _back(conclusion_id, "Đã lưu nội dung tồn tại.", f"finding-{finding_id}")


@blueprint.post("/conclusions/<conclusion_id>/findings/<finding_id>/keep")
@roles(*WRITERS)
def keep_words(conclusion_id: str, finding_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    wording.keep_words(actor(), conclusion_id, finding_id, **form)
    return _back(conclusion_id, "Đã giữ câu này.", f"finding-{finding_id}")


@blueprint.post("/conclusions/<conclusion_id>/findings/<finding_id>/recompose")
@roles(*WRITERS)
def recompose(conclusion_id: str, finding_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form.to_dict())
    wording.recompose(actor(), conclusion_id, finding_id, **form)
    return _back(conclusion_id, "Đã lấy câu tính lại.", f"finding-{finding_id}")


@blueprint.post("/conclusions/<conclusion_id>/findings/<finding_id>/exclude")
@roles(*WRITERS)
def exclude_finding(conclusion_id: str, finding_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    wording.exclude_finding(actor(), conclusion_id, finding_id, **form)
    return _back(conclusion_id, "Đã để tồn tại này ngoài thông báo.", f"finding-{finding_id}")


@blueprint.post("/conclusions/<conclusion_id>/findings/<finding_id>/include")
@roles(*WRITERS)
def include_finding(conclusion_id: str, finding_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form.to_dict())
    wording.include_finding(actor(), conclusion_id, finding_id, **form)
    return _back(conclusion_id, "Đã đưa tồn tại này trở lại thông báo.", f"finding-{finding_id}")


@blueprint.post("/conclusions/<conclusion_id>/instructions")
@roles(*WRITERS)
def add_instruction(conclusion_id: str) -> ResponseReturnValue:
    form = InstructionForm().load(request.form.to_dict())
    wording.add_instruction(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã thêm chỉ đạo.", "instructions")


@blueprint.post("/conclusions/<conclusion_id>/instructions/<instruction_id>/remove")
@roles(*WRITERS)
def remove_instruction(conclusion_id: str, instruction_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form.to_dict())
    wording.remove_instruction(actor(), conclusion_id, instruction_id, **form)
    return _back(conclusion_id, "Đã bỏ chỉ đạo.", "instructions")


@blueprint.post("/conclusions/<conclusion_id>/texts")
@roles(*WRITERS)
def write_texts(conclusion_id: str) -> ResponseReturnValue:
    form = TextsForm().load(request.form.to_dict())
    revision = form.pop("revision")
    wording.write_texts(actor(), conclusion_id, revision=revision, texts=form)
    return _back(conclusion_id, "Đã lưu phần đánh giá.", "texts")


@blueprint.post("/conclusions/<conclusion_id>/texts/keep")
@roles(*WRITERS)
def keep_texts(conclusion_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    wording.keep_texts(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã giữ phần đánh giá.", "texts")


@blueprint.post("/conclusions/<conclusion_id>/recompute")
@roles(*WRITERS)
def recompute(conclusion_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form.to_dict())
    drafting.recompute(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã tính lại theo biên bản đang có hiệu lực.")


@blueprint.post("/conclusions/<conclusion_id>/submit")
@roles(*WRITERS)
def submit(conclusion_id: str) -> ResponseReturnValue:
    form = NoteForm().load(request.form.to_dict())
    reviewing.submit(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã trình thẩm định.")


@blueprint.post("/conclusions/<conclusion_id>/forward")
@roles(*CHECKERS)
def forward(conclusion_id: str) -> ResponseReturnValue:
    """A step of the chain is done."""
    form = NoteForm().load(request.form.to_dict())
    reviewing.forward(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã ghi thẩm tra và trình tiếp.")


@blueprint.post("/conclusions/<conclusion_id>/approve")
@roles(Role.VICE_CHAIR)
def approve(conclusion_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form.to_dict())
    reviewing.approve(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã duyệt. Bước tiếp theo là ban hành.")


@blueprint.post("/conclusions/<conclusion_id>/return")
@roles(*CHECKERS)
def return_to_lead(conclusion_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    reviewing.return_to_lead(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã trả lại trưởng đoàn.")


@blueprint.post("/conclusions/<conclusion_id>/comments")
@roles(*WRITERS, Role.OFFICE)
def comment(conclusion_id: str) -> ResponseReturnValue:
    form = CommentForm().load(request.form.to_dict())
    reviewing.comment(actor(), conclusion_id, text=form["text"])
    return _back(conclusion_id, "Đã gửi ý kiến.", "comments")


@blueprint.post("/conclusions/<conclusion_id>/replace")
@roles(*WRITERS)
def replace(conclusion_id: str) -> ResponseReturnValue:
    """Begin the notice that will replace an issued one."""
    form = ReasonForm().load(request.form.to_dict())
    conclusion = drafting.begin_replacement(actor(), conclusion_id, reason=form["reason"])
    return _back(conclusion.id, "Đã lập dự thảo thay thế. Văn bản cũ còn hiệu lực đến khi bản này được ban hành.")


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
    return _back(conclusion_id, f"Đã ban hành báo cáo của Đoàn kiểm tra số {printed}.", "papers")


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
        content = render_pdf(_paper(conclusion_id, paper))
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
    return papers.report_paper(conclusion, visit) if paper == "report" else papers.minutes_paper(visit, conclusion)


def _back(conclusion_id: str, told: str = "", anchor: str | None = None) -> ResponseReturnValue:
    if told:
        flash(told, "good")
    return redirect(url_for("findings.show", conclusion_id=conclusion_id, _anchor=anchor), 303)
