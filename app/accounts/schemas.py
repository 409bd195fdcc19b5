"""What requests about accounts may hold. Shapes only; whether it may be done is asked of the actions."""

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

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


class SessionBody(Schema):
    """POST /api/session."""

    class Meta:
        unknown = RAISE

    login = text(80)
    password = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    shared = fields.Boolean(load_default=False)
    device = fields.Nested(DeviceBody, load_default=None, allow_none=True)


class PasswordForm(Schema):
    """Changing one's own password."""

    class Meta:
        unknown = EXCLUDE

    current = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    chosen = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
    again = fields.String(required=True, validate=validate.Length(min=1, max=1024), error_messages=REQUIRED)
