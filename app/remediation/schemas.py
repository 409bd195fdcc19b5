"""What the forms of remediation may hold. Shapes only; whether it may be done is asked of the actions."""

from marshmallow import fields

from app.findings.schemas import REQUIRED, Form, whole, words


class IssueForm(Form):
    """Number and date of a notice."""

    number = whole(1, 99_999)
    on = fields.Date(required=True, error_messages={**REQUIRED, "invalid": "Ngày cần có dạng năm-tháng-ngày."})


class ReportForm(Form):
    """A unit's report of a repair; the files come beside it."""

    text = words()


class VerifyForm(Form):
    """Accepting a report."""

    note = words(required=False)


class ReturnForm(Form):
    """Sending a report back."""

    reason = words()
