"""What requests about accounts may hold. Shapes only; whether it may be done is asked of the actions."""

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, pre_load, validate

from app.domain.permissions import Role

REQUIRED: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "Cần điền ô này.",
    "null": "Cần điền ô này.",
    "invalid": "Giá trị không hợp lệ.",
}


def _no_control_characters(value: str) -> None:
    if any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise ValidationError("Có ký tự không hợp lệ.")


def text(longest: int, *, required: bool = True, shortest: int = 1) -> fields.String:
    """A line of text without control characters."""
    limits = validate.Length(min=shortest if required else None, max=longest, error="Cần từ {min} đến {max} ký tự.")
    if required:
        return fields.String(required=True, validate=[limits, _no_control_characters], error_messages=REQUIRED)
    limits = validate.Length(max=longest, error="Dài nhất {max} ký tự.")
    return fields.String(load_default="", validate=[limits, _no_control_characters], error_messages=REQUIRED)


class SignInForm(Schema):
    """The sign-in page."""

    class Meta:
        unknown = EXCLUDE

    login = text(80)
    password = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    shared = fields.Boolean(load_default=False)
    next = fields.String(load_default="")


class DeviceBody(Schema):
    """What an installed field client says of itself."""

    class Meta:
        unknown = RAISE

    id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))
    name = text(150)
    app = text(40, required=False)
    ticket = fields.Boolean(load_default=True)  # False: its store holds none, and asks for one


class SessionBody(Schema):
    """POST /api/session."""

    class Meta:
        unknown = RAISE

    login = text(80)
    password = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    shared = fields.Boolean(load_default=False)
    device = fields.Nested(DeviceBody, load_default=None, allow_none=True)


class LinkBody(Schema):
    """POST /api/session/enrolment/look."""

    class Meta:
        unknown = RAISE

    token = text(100)


class EnrolmentBody(LinkBody):
    """POST /api/session/enrolment."""

    device = fields.Nested(DeviceBody, required=True)


class PasswordForm(Schema):
    """Changing one's own password."""

    class Meta:
        unknown = EXCLUDE

    current = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    chosen = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    again = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)


def _day(*, required: bool = False) -> fields.Date:
    messages = {**REQUIRED, "invalid": "Ngày không hợp lệ."}
    return (
        fields.Date(required=True, error_messages=messages)
        if required
        else fields.Date(load_default=None, allow_none=True, error_messages=messages)
    )


class _Form(Schema):
    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _tidy(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Empty boxes of optional fields were left empty; spaces around a word mean nothing."""
        return {key: value.strip() for key, value in data.items() if isinstance(value, str) and value.strip()}


class AppointmentForm(_Form):
    """A role at a unit for a term."""

    unit_id = fields.Integer(
        required=True, strict=False, validate=validate.Range(1, 2**31 - 1), error_messages=REQUIRED
    )
    role = fields.Enum(Role, by_value=True, required=True, error_messages={**REQUIRED, "unknown": "Vai trò không có."})
    title = text(150, required=False)
    starts_on = _day()
    ends_on = _day()


class PersonForm(AppointmentForm):
    """A new person with the first role."""

    login = text(80, shortest=2)
    name = text(100)


class EndForm(_Form):
    """The last day of an appointment."""

    last_day = _day(required=True)


class AuthorityForm(_Form):
    """Leave for a deputy to sign in the head's place; titles are printed in capitals, as box 7a wants them."""

    user_id = fields.String(
        required=True, validate=validate.Regexp(r"[A-Za-z0-9_-]{22}\Z", error="Hãy chọn trong danh sách."),
        error_messages={**REQUIRED, "required": "Hãy chọn cấp phó."},
    )  # fmt: skip
    signed_for = text(100)
    title = text(100)
    valid_from = _day(required=True)
    valid_to = _day()
    basis = text(200, shortest=5)

    @post_load
    def _capitals(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {key: str(data[key]).upper() for key in ("signed_for", "title")}


class EndAuthorityForm(EndForm):
    """The last day of an authority, and why it ends."""

    reason = text(300, shortest=3)


class ReasonForm(_Form):
    """Why something was done."""

    reason = text(300, shortest=3)


class ImportForm(_Form):
    """The confirmation of what was shown."""

    digest = fields.String(required=True, validate=validate.Length(equal=64), error_messages=REQUIRED)
