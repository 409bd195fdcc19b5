"""The working calendar that due dates are counted with, and the announcing, correcting and withdrawing of swaps."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from app.remediation.actions import deadlines
from app.remediation.holidays import Swap
from app.remediation.pages.blueprint import blueprint
from app.remediation.queries import calendars
from app.remediation.schemas import CorrectSwapForm, SwapForm, WithdrawSwapForm
from app.web.access import actor, roles
from app.web.clock import today


@blueprint.get("/calendar")
@roles(Role.ADMINISTRATOR)
def working_days() -> ResponseReturnValue:
    year = today().year
    return render_template(
        "remediation/working_days.html",
        years=[(each, calendars.moved_days(each)) for each in (year - 1, year, year + 1)],
        version=calendars.calendar_of(year).version,
        today=today(),
    )


@blueprint.post("/calendar")
@roles(Role.ADMINISTRATOR)
def announce_swap() -> ResponseReturnValue:
    form = SwapForm().load({**request.form.to_dict(), "revision": 0})
    swap = Swap(form["day"], form["off"] == "yes", form["name"], form["source"])
    return _counted("Đã ghi vào lịch.", deadlines.announce_swap(actor(), swap))


@blueprint.post("/calendar/<announcement_id>/correct")
@roles(Role.ADMINISTRATOR)
def correct_swap(announcement_id: str) -> ResponseReturnValue:
    """Say something else of a day that was announced."""
    form = CorrectSwapForm().load({**request.form.to_dict(), "revision": 0})
    swap = Swap(form["day"], form["off"] == "yes", form["name"], form["source"])
    return _counted("Đã sửa lịch.", deadlines.correct_swap(actor(), announcement_id, swap, reason=form["reason"]))


@blueprint.post("/calendar/<announcement_id>/withdraw")
@roles(Role.ADMINISTRATOR)
def withdraw_swap(announcement_id: str) -> ResponseReturnValue:
    """Take an announced swap back."""
    form = WithdrawSwapForm().load({**request.form.to_dict(), "revision": 0})
    moved = deadlines.withdraw_swap(actor(), announcement_id, source=form["source"], reason=form["reason"])
    return _counted("Đã rút hoán đổi.", moved)


def _counted(told: str, moved: int) -> ResponseReturnValue:
    flash(f"{told} {moved} hạn khắc phục được tính lại, mỗi hạn có ghi lý do.", "good")
    return redirect(url_for("remediation.working_days"), 303)
