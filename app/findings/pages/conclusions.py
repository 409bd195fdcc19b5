"""The desk pages of a conclusion: the review with its steps."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role, may
from app.findings.actions import drafting, reviewing, wording
from app.findings.pages.blueprint import CHECKERS, READERS, WRITERS, blueprint
from app.findings.queries import issued, records, reviews
from app.findings.schemas import (
    CommentForm,
    FindingForm,
    InstructionForm,
    NoteForm,
    ReasonForm,
    RevisionForm,
    TextsForm,
)
from app.web.access import actor, roles
from app.web.clock import today


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


def _back(conclusion_id: str, told: str = "", anchor: str | None = None) -> ResponseReturnValue:
    if told:
        flash(told, "good")
    return redirect(url_for("findings.show", conclusion_id=conclusion_id, _anchor=anchor), 303)
