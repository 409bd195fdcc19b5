"""What the desk's forms about checklists may hold. What a part's form may hold is in `editing.forms`."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

_LINE: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "Cần điền ô này.", "null": "Cần điền ô này."}


class WithdrawForm(Schema):
    """Withdrawing a version."""

    class Meta:
        unknown = EXCLUDE

    reason = fields.String(
        load_default="",
        validate=validate.Length(min=5, max=1000, error="Hãy ghi lý do, từ {min} đến {max} ký tự."),
    )


class NewDraftForm(Schema):
    """A checklist from nothing."""

    class Meta:
        unknown = EXCLUDE

    title = fields.String(
        required=True,
        validate=validate.Length(min=1, max=300, error="Hãy ghi tên phiếu, dài nhất {max} ký tự."),
        error_messages=_LINE,
    )
    slug = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[a-z0-9]+(-[a-z0-9]+)*\Z", error="Chỉ gồm chữ thường không dấu, chữ số, nối bằng gạch ngang."
        ),
        error_messages=_LINE,
    )


class RevisionForm(Schema):
    """A button on a draft: which save its page showed, and what is to be done."""

    class Meta:
        unknown = EXCLUDE

    revision = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=10**9),
        error_messages={**_LINE, "invalid": "Giá trị không hợp lệ."},
    )
    do = fields.String(load_default="", validate=validate.Length(max=300))


class PublishForm(RevisionForm):
    """Publishing a draft."""

    note = fields.String(
        load_default="",
        validate=validate.Length(min=5, max=2000, error="Hãy ghi đã đổi những gì và vì sao, từ {min} đến {max} ký tự."),
    )
