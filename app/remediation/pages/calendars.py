"""The working calendar that due dates are counted with, and the announcing of swaps."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from app.remediation.actions import deadlines
from app.remediation.holidays import Swap
from app.remediation.pages.blueprint import blueprint
from app.remediation.queries import calendars
from app.remediation.schemas import SwapForm
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
    moved = deadlines.announce_swap(actor(), swap)
    flash(f"Đã ghi vào lịch. {moved} hạn khắc phục được tính lại, mỗi hạn có ghi lý do.", "good")
    return redirect(url_for("remediation.working_days"), 303)
