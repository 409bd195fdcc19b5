"""What the review's forms may hold. Shapes only; whether it may be done is asked of the actions."""

from collections.abc import Callable
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

REQUIRED: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "Cần điền ô này.",
    "null": "Cần điền ô này.",
    "invalid": "Giá trị không hợp lệ.",
}
LONGEST = 4000
MOST_DAYS = 250


def _printable(value: str) -> None:
    if any((ord(char) < 32 and char not in "\n\r\t") or 0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise ValidationError("Có ký tự không hợp lệ.")


def words(longest: int = LONGEST, *, required: bool = True) -> fields.String:
    """A text of one or more lines; with `required` it is more than blanks."""
    checks: list[Callable[[str], Any]] = [validate.Length(max=longest, error="Dài nhất {max} ký tự."), _printable]
    if required:
        checks.append(validate.Regexp(r"(?s).*\S", error="Cần điền ô này."))
        return fields.String(required=True, validate=checks, error_messages=REQUIRED)
    return fields.String(load_default="", validate=checks, error_messages=REQUIRED)


def whole(least: int, most: int) -> fields.Integer:
    """A whole number within bounds."""
    limits = validate.Range(least, most, error="Cần là số nguyên từ {min} đến {max}.")
    return fields.Integer(required=True, validate=limits, error_messages=REQUIRED)


class Form(Schema):
    """A desk form: unknown fields (the CSRF token) are left out, texts come stripped with plain line ends."""

    class Meta:
        unknown = EXCLUDE

    revision = whole(0, 2**31 - 1)

    @post_load
    def _tidy(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {key: _tidied(value) if isinstance(value, str) else value for key, value in data.items()}


def _tidied(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class RevisionForm(Form):
    """A step that needs no words."""


class NoteForm(Form):
    """A step that may be explained."""

    note = words(required=False)


class ReasonForm(Form):
    """A step that must be explained."""

    reason = words()


class CommentForm(Form):
    """A comment; it looks at no revision, for it changes nothing."""

    text = words()


def day() -> fields.Date:
    """A day as the browser's date field sends it."""
    return fields.Date(required=True, error_messages={**REQUIRED, "invalid": "Ngày cần có dạng năm-tháng-ngày."})


class CorrectionForm(ReasonForm):
    """A letter that corrects an issued notice's layout."""

    where = words(200)
    printed = words(1000)
    right = words(1000)
    number = whole(1, 99_999)
    on = day()


class PaperForm(Form):
    """Issuing a paper that was read: its number, the fingerprint of what was read, and the word that it was."""

    class Meta(Form.Meta):
        exclude = ("revision",)

    number = whole(1, 99_999)
    fingerprint = words(64)
    confirmed = fields.String(
        load_default="",
        validate=validate.Equal("yes", error="Hãy xem bản xem trước rồi đánh dấu vào ô này."),
    )


class ReportForm(PaperForm):
    """The same with its day: a report may be signed on any day since it was submitted."""

    on = day()


class FindingForm(Form):
    """The wording of a finding."""

    text = words()
    remedy = words(required=False)
    due_working_days = whole(1, MOST_DAYS)


class InstructionForm(Form):
    """An instruction of the vice-chair."""

    text = words()
    due_working_days = whole(1, MOST_DAYS)


class TextsForm(Form):
    """The blocks that are people's own."""

    causes = words(required=False)
    assessment = words(required=False)
    follow_up = words(required=False)
