"""What the forms of remediation may hold. Shapes only; whether it may be done is asked of the actions."""

from typing import Any

from marshmallow import fields, pre_load, validate

from app.domain.remediation import TaskKind, VerifiedHow
from app.findings.schemas import REQUIRED, Form, whole, words

MOST_MONTHS = 36
MOST_DOSSIERS = 100_000


def _day(*, required: bool = True) -> fields.Date:
    told = {**REQUIRED, "invalid": "Ngày cần có dạng năm-tháng-ngày."}
    if required:
        return fields.Date(required=True, error_messages=told)
    return fields.Date(load_default=None, error_messages=told)


def _one_of(*values: str) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(values), error_messages=REQUIRED)


class IssueForm(Form):
    """Number and date of a notice."""

    number = whole(1, 99_999)
    on = _day()


class PlanForm(Form):
    """How a unit means to repair it, and what it came from."""

    plan = words()
    root_cause = words(required=False)


class DelegateForm(Form):
    """Who does the work."""

    owner_id = words(22)


class ArrangeForm(Form):
    """The kind of task and the proof asked for."""

    kind = _one_of(*(each.value for each in TaskKind))
    evidence_asked = words(required=False)


class ReportForm(Form):
    """A unit's report of a repair; the files come beside it."""

    text = words()
    root_cause = words(required=False)
    sent_on = _day(required=False)
    dossiers = fields.Integer(load_default=None, validate=validate.Range(1, MOST_DOSSIERS), error_messages=REQUIRED)

    @pre_load
    def _without_empty(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {key: value for key, value in data.items() if value or key not in ("sent_on", "dossiers")}


class VerifyForm(Form):
    """Accepting a report: how it was checked, and when to look again."""

    note = words(required=False)
    how = _one_of(*(each.value for each in VerifiedHow))
    recheck_months = whole(0, MOST_MONTHS)


class SiteVisitForm(Form):
    """A short visit: which tasks it looks at, and when."""

    tasks = fields.List(
        fields.String(validate=validate.Length(max=22)), required=True, validate=validate.Length(max=200)
    )
    day = _day()


class ConfirmForm(Form):
    """What a short visit saw is good; when to look again."""

    recheck_months = whole(0, MOST_MONTHS)


class ReasonForm(Form):
    """Sending a report back, refusing more time, undoing an import: why."""

    reason = words()


class TimeForm(Form):
    """Asking for more time, or granting it: until when, and why."""

    until = _day()
    reason = words()


class SwapForm(Form):
    """A day that was moved by an official notice."""

    day = _day()
    off = _one_of("yes", "no")
    name = words(200)
    source = words(300)


class CorrectSwapForm(SwapForm):
    """Another word on a day that was announced, and why."""

    reason = words()


class WithdrawSwapForm(Form):
    """An announced swap is taken back: by which document, and why."""

    source = words(300)
    reason = words()


class RegisterForm(Form):
    """For which unit an old register is taken over; the file comes beside it."""

    host = whole(1, 2**31 - 1)


class TakeOverForm(Form):
    """The confirmation of what was shown."""

    digest = fields.String(required=True, validate=validate.Length(equal=64), error_messages=REQUIRED)
