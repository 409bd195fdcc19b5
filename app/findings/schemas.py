"""What the review's forms may hold. Shapes only; whether it may be done is asked of the actions."""

from collections.abc import Callable
from itertools import zip_longest
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


class FreeForm(Form):
    """A form that looks at no revision: what is issued does not change, and drafts are told apart by fingerprint."""

    class Meta(Form.Meta):
        exclude = ("revision",)


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


MOST_MISTAKES = 3  # in one letter


class CorrectionForm(FreeForm):
    """What a letter of correction says: mistakes of an issued document's layout, each in three boxes, and why."""

    reason = words()
    where = fields.List(words(200, required=False), load_default=list, validate=validate.Length(max=MOST_MISTAKES))
    printed = fields.List(words(1000, required=False), load_default=list, validate=validate.Length(max=MOST_MISTAKES))
    right = fields.List(words(1000, required=False), load_default=list, validate=validate.Length(max=MOST_MISTAKES))

    @post_load
    def _mistakes(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Rows of three boxes; a row is filled in whole or left empty, and one there is."""
        rows = zip_longest(data.pop("where"), data.pop("printed"), data.pop("right"), fillvalue="")
        told = [tuple(_tidied(each) for each in row) for row in rows]
        data["mistakes"] = [row for row in told if any(row)]
        if not data["mistakes"] or not all(map(all, data["mistakes"])):
            raise ValidationError("Mỗi sai sót cần đủ ba ô: vị trí, đã in, đính chính thành.", "mistakes")
        return data


class PaperForm(FreeForm):
    """Issuing a paper that was read: its number, the fingerprint of what was read, and the word that it was."""

    number = whole(1, 99_999)
    fingerprint = words(64)
    confirmed = fields.String(
        load_default="",
        validate=validate.Equal("yes", error="Hãy xem bản xem trước rồi đánh dấu vào ô này."),
    )


class LetterForm(PaperForm, CorrectionForm):
    """Issuing a letter of correction that was read."""

    on = day()


class PreviewForm(FreeForm):
    """A paper that may take the place of an issued one: of which, and why."""

    replaces = words(22, required=False)
    reason = words(1000, required=False)


class ReplacingForm(PaperForm, PreviewForm):
    """Issuing it."""


class ReportForm(PaperForm):
    """The same with its day: a report may be signed on any day since it was submitted."""

    on = day()


class PictureForm(FreeForm):
    """Whose picture a file is: the unit's seal, with its true width, or a person's signature."""

    whose = words(22)
    width_mm = fields.Integer(load_default=None, validate=validate.Range(0, 1000), error_messages=REQUIRED)


class TakePictureForm(FreeForm):
    """Using it no longer, and why."""

    whose = words(22)
    reason = words(300)


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
