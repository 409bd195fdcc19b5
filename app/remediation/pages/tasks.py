"""One task: its page, its whole life on paper, and what each side does to it."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.remediation import actions, blobs
from app.remediation.actions import deadlines
from app.remediation.actions import tasks as acts
from app.remediation.pages.blueprint import READERS, UNIT, VERIFIERS, back, blueprint, data_dir
from app.remediation.queries import lives as queries
from app.remediation.schemas import (
    ArrangeForm,
    DelegateForm,
    PlanForm,
    ReasonForm,
    ReportForm,
    TimeForm,
    VerifyForm,
)
from app.web.access import actor, roles
from app.web.clock import today


@blueprint.get("/tasks/<task_id>")
@roles(*READERS)
def show(task_id: str) -> ResponseReturnValue:
    view = queries.task_view(actor(), task_id, today())
    return render_template(
        "remediation/task.html",
        view=view,
        task=view.row.task,
        most_files=actions.MOST_FILES,
        today=today(),
    )


@blueprint.get("/tasks/<task_id>/history")
@roles(*READERS)
def history(task_id: str) -> ResponseReturnValue:
    """The whole life of a task on one page, to be printed and filed."""
    view = queries.task_view(actor(), task_id, today())
    return render_template("remediation/history.html", view=view, task=view.row.task, today=today())


@blueprint.post("/tasks/<task_id>/plan")
@roles(*UNIT)
def plan(task_id: str) -> ResponseReturnValue:
    acts.plan(actor(), task_id, **PlanForm().load(request.form.to_dict()))
    flash("Đã lưu kế hoạch khắc phục.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/owner")
@roles(Role.WARD_HEAD)
def delegate(task_id: str) -> ResponseReturnValue:
    task = acts.delegate(actor(), task_id, **DelegateForm().load(request.form.to_dict()))
    flash(f"Đã giao cho {task.owner_name}. Người đứng đầu vẫn chịu trách nhiệm.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/arrange")
@roles(*VERIFIERS)
def arrange(task_id: str) -> ResponseReturnValue:
    acts.arrange(actor(), task_id, **ArrangeForm().load(request.form.to_dict()))
    flash("Đã lưu loại nhiệm vụ và minh chứng cần có.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/report")
@roles(*UNIT)
def report(task_id: str) -> ResponseReturnValue:
    form = ReportForm().load(request.form.to_dict())
    sent = [file for file in request.files.getlist("files") if file.filename]
    if len(sent) > actions.MOST_FILES:
        raise Invalid("too_many_files", most=actions.MOST_FILES)
    revision = form.pop("revision")
    done = actions.Repair(files=[_handed(file) for file in sent], **form)
    actions.report(actor(), task_id, done, revision=revision, data_dir=data_dir())
    flash("Đã gửi báo cáo khắc phục. Trưởng đoàn sẽ xem và xác nhận.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/verify")
@roles(*VERIFIERS)
def verify(task_id: str) -> ResponseReturnValue:
    form = VerifyForm().load(request.form.to_dict())
    actions.verify(actor(), task_id, text=form.pop("note"), **form)
    flash("Đã xác nhận đơn vị khắc phục xong.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/return")
@roles(*VERIFIERS)
def return_report(task_id: str) -> ResponseReturnValue:
    actions.return_report(actor(), task_id, **ReasonForm().load(request.form.to_dict()))
    flash("Đã trả lại báo cáo cho đơn vị.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/extension")
@roles(*UNIT)
def ask_for_time(task_id: str) -> ResponseReturnValue:
    deadlines.ask_for_time(actor(), task_id, **TimeForm().load(request.form.to_dict()))
    flash("Đã gửi đề nghị gia hạn. Hạn hiện tại còn nguyên cho đến khi có quyết định.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/extension/grant")
@roles(Role.VICE_CHAIR)
def grant_time(task_id: str) -> ResponseReturnValue:
    task = deadlines.grant_time(actor(), task_id, **TimeForm().load(request.form.to_dict()))
    flash(f"Đã gia hạn đến {task.due_on:%d/%m/%Y}.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/extension/refuse")
@roles(Role.VICE_CHAIR)
def refuse_time(task_id: str) -> ResponseReturnValue:
    deadlines.refuse_time(actor(), task_id, **ReasonForm().load(request.form.to_dict()))
    flash("Đã từ chối gia hạn; hạn cũ còn nguyên.", "good")
    return back(task_id)


def _handed(file: FileStorage) -> actions.Handed:
    """Read at most one byte more than is allowed, and say what the bytes are."""
    content = file.stream.read(actions.MOST_BYTES + 1)
    if len(content) > actions.MOST_BYTES:
        raise Invalid("file_too_big", filename=_name(file))
    if not content:
        raise Invalid("file_empty", filename=_name(file))
    mime = blobs.kind_of(content)
    return actions.Handed(blobs.named(_name(file), mime), mime, content)


def _name(file: FileStorage) -> str:
    """The user's name for the file, for people to read; never part of a path."""
    name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[-200:] or "tep"
