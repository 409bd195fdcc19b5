"""The desk pages of remediation: issuing with its deadlines, the board of tasks, a task with its history."""

from pathlib import Path

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.documents.docx import render_docx
from app.documents.official import Official
from app.documents.pdf import render_pdf
from app.domain.errors import Invalid, NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Role, may
from app.findings.queries import records as conclusions
from app.findings.signing import is_trial
from app.remediation import actions, blobs, papers, queries
from app.remediation.schemas import IssueForm, ReportForm, ReturnForm, VerifyForm
from app.web.access import actor, roles
from app.web.clock import today
from app.web.downloads import download
from app.web.public_url import public_url
from config import Settings

blueprint = Blueprint("remediation", __name__)

READERS = (Role.VICE_CHAIR, Role.INSPECTOR, Role.WARD_HEAD, Role.WARD_OFFICER)
VERIFIERS = (Role.VICE_CHAIR, Role.INSPECTOR)
UNIT = (Role.WARD_HEAD, Role.WARD_OFFICER)


@blueprint.get("/conclusions/<conclusion_id>/issue")
@roles(Role.VICE_CHAIR)
def issue_form(conclusion_id: str) -> ResponseReturnValue:
    """What will be ordered, and by when, if it is issued today; a conclusion not approved yet has no such page."""
    conclusion, visit = conclusions.seen_by(actor(), conclusion_id)
    if not may(actor(), "conclusion.issue", conclusions.subject_of(conclusion, visit)):
        raise NotAllowed("not_allowed")
    if conclusion.state != "approved":
        raise OutOfDate("conclusion_state")
    planned, calendar = queries.planned_work(conclusion.id, today())
    return render_template(
        "remediation/issue.html",
        conclusion=conclusion,
        visit=visit,
        number=conclusions.next_number(conclusion.issuer_unit_id, today().year),
        approved_on=conclusions.approved_on(conclusion.id),
        today=today(),
        planned=planned,
        calendar=calendar,
        head=queries.head_of(visit.unit_path, today())[1],
        trial=is_trial(),
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
    templates: Settings = current_app.config["SETTINGS"]
    content = render_docx(_demand(conclusion_id), templates.document_templates)
    return download(content, "cong-van-yeu-cau-khac-phuc.docx")


def _demand(conclusion_id: str) -> Official:
    conclusion, visit = conclusions.seen_by(actor(), conclusion_id)
    if not may(actor(), "visit.see", visit.subject):
        raise NotFound("not_found")
    return papers.demand_paper(conclusion.id, conclusion.issued_on, today())


@blueprint.get("/tasks")
@roles(*READERS)
def index() -> ResponseReturnValue:
    rows = queries.board(actor(), today())
    state = request.args.get("state", "")
    counts = queries.counts_of(rows)
    shown = [row for row in rows if state in ("", row.task.state, row.standing.value)]
    return render_template(
        "remediation/index.html",
        rows=shown,
        counts=counts,
        total=len(rows),
        state=state if any(state == key for key, _ in counts) else "",
        own_unit=any(role in actor().roles for role in UNIT),
    )


@blueprint.get("/tasks/<task_id>")
@roles(*READERS)
def show(task_id: str) -> ResponseReturnValue:
    view = queries.task_view(actor(), task_id, today())
    return render_template("remediation/task.html", view=view, task=view.row.task, most_files=actions.MOST_FILES)


@blueprint.post("/tasks/<task_id>/report")
@roles(*UNIT)
def report(task_id: str) -> ResponseReturnValue:
    form = ReportForm().load(request.form.to_dict())
    sent = [file for file in request.files.getlist("files") if file.filename]
    if len(sent) > actions.MOST_FILES:
        raise Invalid("too_many_files", most=actions.MOST_FILES)
    files = [_handed(file) for file in sent]
    actions.report(actor(), task_id, files=files, data_dir=_data_dir(), **form)
    flash("Đã gửi báo cáo khắc phục. Trưởng đoàn sẽ xem và xác nhận.", "good")
    return _back(task_id)


@blueprint.post("/tasks/<task_id>/verify")
@roles(*VERIFIERS)
def verify(task_id: str) -> ResponseReturnValue:
    form = VerifyForm().load(request.form.to_dict())
    actions.verify(actor(), task_id, revision=form["revision"], text=form["note"])
    flash("Đã xác nhận đơn vị khắc phục xong.", "good")
    return _back(task_id)


@blueprint.post("/tasks/<task_id>/return")
@roles(*VERIFIERS)
def return_report(task_id: str) -> ResponseReturnValue:
    form = ReturnForm().load(request.form.to_dict())
    actions.return_report(actor(), task_id, **form)
    flash("Đã trả lại báo cáo cho đơn vị.", "good")
    return _back(task_id)


@blueprint.get("/tasks/<task_id>/evidence/<evidence_id>")
@roles(*READERS)
def evidence(task_id: str, evidence_id: str) -> ResponseReturnValue:
    """The file as it was handed in, only ever as a download: no browser runs it here."""
    queries.seen_by(actor(), task_id)
    found = queries.evidence_of(task_id, evidence_id)
    content = blobs.path_of(_data_dir(), task_id, found.sha256).read_bytes()
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.get("/tasks/<task_id>/evidence/<evidence_id>/preview")
@roles(*READERS)
def preview(task_id: str, evidence_id: str) -> ResponseReturnValue:
    """A picture drawn anew from a photo, small and without its metadata."""
    queries.seen_by(actor(), task_id)
    found = queries.evidence_of(task_id, evidence_id)
    view = blobs.view_of(_data_dir(), task_id, found.sha256)
    if not view.exists():
        raise NotFound("not_found")  # a document has no picture
    response = Response(view.read_bytes(), mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _handed(file: FileStorage) -> actions.Handed:
    """Read at most one byte more than is allowed, and say what the bytes are."""
    content = file.stream.read(actions.MOST_BYTES + 1)
    if len(content) > actions.MOST_BYTES:
        raise Invalid("file_too_big", filename=_name(file))
    if not content:
        raise Invalid("file_empty", filename=_name(file))
    return actions.Handed(_name(file), blobs.kind_of(content), content)


def _name(file: FileStorage) -> str:
    """The user's name for the file, for people to read; never part of a path."""
    name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[-200:] or "tep"


def _data_dir() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.data_dir


def _back(task_id: str) -> ResponseReturnValue:
    return redirect(url_for("remediation.show", task_id=task_id), 303)
