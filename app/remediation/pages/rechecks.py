"""Looking on site at what was reported: planning a short visit, and answering what it saw."""

from datetime import date, timedelta

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.calendar import next_working_day
from app.domain.errors import OutOfDate
from app.remediation.actions import rechecks as actions
from app.remediation.pages.blueprint import VERIFIERS, back, blueprint
from app.remediation.queries import calendar_of, tasks
from app.remediation.queries import rechecks as queries
from app.remediation.schemas import ConfirmForm, ReasonForm, SiteVisitForm
from app.web.access import actor, require, roles
from app.web.clock import today


@blueprint.get("/tasks/<task_id>/visit")
@roles(*VERIFIERS)
def site_visit_form(task_id: str) -> ResponseReturnValue:
    """What a short visit could look at, the task that was asked about first chosen."""
    task, subject = tasks.seen_by(actor(), task_id)
    require("task.verify", subject, see="task.see")
    candidates = queries.candidates(actor(), task_id)
    if not candidates:
        raise OutOfDate("not_checkable")
    return render_template(
        "remediation/site_visit.html", task=task, candidates=candidates, today=today(), day=_soon(today())
    )


@blueprint.post("/tasks/<task_id>/visit")
@roles(*VERIFIERS)
def plan_site_visit(task_id: str) -> ResponseReturnValue:
    form = SiteVisitForm().load({**request.form.to_dict(), "revision": 0, "tasks": request.form.getlist("tasks")})
    actions.plan_visit(actor(), task_id, task_ids=form["tasks"], day=form["day"])
    flash(
        f"Đã lên lịch kiểm tra lại ngày {form['day']:%d/%m/%Y}. Đoàn mở cuộc này trên điện thoại khi có mạng.", "good"
    )
    return back(task_id)


@blueprint.post("/tasks/<task_id>/visit/cancel")
@roles(*VERIFIERS)
def cancel_site_visit(task_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    actions.cancel_visit(actor(), task_id, reason=form["reason"])
    flash("Đã hủy cuộc kiểm tra lại.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/confirm")
@roles(*VERIFIERS)
def confirm(task_id: str) -> ResponseReturnValue:
    actions.confirm(actor(), task_id, **ConfirmForm().load(request.form.to_dict()))
    flash("Đã xác nhận đơn vị khắc phục xong, thẩm tra tại chỗ.", "good")
    return back(task_id)


@blueprint.post("/tasks/<task_id>/reject")
@roles(*VERIFIERS)
def reject(task_id: str) -> ResponseReturnValue:
    actions.reject(actor(), task_id, **ReasonForm().load(request.form.to_dict()))
    flash("Đã trả lại cho đơn vị theo kết quả kiểm tra lại.", "good")
    return back(task_id)


def _soon(day: date) -> date:
    return next_working_day(calendar_of(day.year), day + timedelta(days=1))
