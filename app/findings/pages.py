"""The desk pages of conclusions: the queue, the review, the printable notice."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.documents.notice_html import style_source
from app.domain.errors import NotFound
from app.domain.permissions import Role, may
from app.findings.actions import drafting, reviewing, wording
from app.findings.queries import lists, notices, records, reviews
from app.findings.schemas import FindingForm, InstructionForm, NoteForm, ReasonForm, RevisionForm, TextsForm
from app.web.access import actor, roles
from app.web.clock import today

blueprint = Blueprint("findings", __name__)


@blueprint.app_template_global()
def photo_url(visit_id: str, sha256: str) -> str:
    """Where a visit's photo is shown, drawn anew without metadata."""
    return url_for("sync_api.blob", visit_id=visit_id, sha256=sha256)


@blueprint.app_template_global()
def item_url(visit_id: str, item_key: str) -> str:
    """Where an item's answers and their authors are shown."""
    return url_for("overview.item", visit_id=visit_id, item_key=item_key)


READERS = (Role.VICE_CHAIR, Role.INSPECTOR, Role.WARD_HEAD, Role.WARD_OFFICER)
WRITERS = (Role.VICE_CHAIR, Role.INSPECTOR)


@blueprint.get("/conclusions")
@roles(*READERS)
def index() -> ResponseReturnValue:
    rows = lists.queue(actor())
    state = request.args.get("state", "")
    shown = [row for row in rows if state in ("", row.state)]
    return render_template(
        "findings/index.html",
        rows=shown,
        total=len(rows),
        counts=lists.state_counts(rows),
        state=state if state in lists.STATES else "",
        today=today(),
    )


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
        return render_template("findings/issued.html", conclusion=conclusion, visit=visit)
    return render_template("findings/review.html", review=reviews.review(actor(), conclusion_id))


@blueprint.post("/conclusions/<conclusion_id>/findings/<finding_id>")
@roles(*WRITERS)
def edit_finding(conclusion_id: str, finding_id: str) -> ResponseReturnValue:
    form = FindingForm().load(request.form.to_dict())
    words = wording.FindingWords(form["text"], form["remedy"], form["due_working_days"])
    wording.edit_finding(actor(), conclusion_id, finding_id, revision=form["revision"], words=words)
    return _back(conclusion_id, "Đã lưu nội dung tồn tại.", f"finding-{finding_id}")


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


@blueprint.post("/conclusions/<conclusion_id>/approve")
@roles(Role.VICE_CHAIR)
def approve(conclusion_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form.to_dict())
    reviewing.approve(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã duyệt. Bước tiếp theo là ban hành.")


@blueprint.post("/conclusions/<conclusion_id>/return")
@roles(Role.VICE_CHAIR)
def return_to_lead(conclusion_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    reviewing.return_to_lead(actor(), conclusion_id, **form)
    return _back(conclusion_id, "Đã trả lại trưởng đoàn.")


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
    """The frozen record itself, to be kept and checked elsewhere."""
    conclusion, _ = records.seen_by(actor(), conclusion_id)
    if conclusion.frozen is None:
        raise NotFound("not_found")
    if not notices.is_intact(conclusion):
        abort(500)
    response = Response(conclusion.frozen, mimetype="application/json")
    name = f"ket-luan-{conclusion.number:02d}-{conclusion.issued_year}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _back(conclusion_id: str, told: str = "", anchor: str | None = None) -> ResponseReturnValue:
    if told:
        flash(told, "good")
    return redirect(url_for("findings.show", conclusion_id=conclusion_id, _anchor=anchor), 303)
