"""What the desk's forms about checklists may hold."""

from marshmallow import EXCLUDE, Schema, fields, validate


class WithdrawForm(Schema):
    """Withdrawing a version."""

    class Meta:
        unknown = EXCLUDE

    reason = fields.String(
        load_default="",
        validate=validate.Length(min=5, max=1000, error="Hãy ghi lý do, từ {min} đến {max} ký tự."),
    )
