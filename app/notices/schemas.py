"""What the forms of notices may hold."""

from marshmallow import EXCLUDE, Schema, fields, validate

from app.accounts.schemas import REQUIRED, text


class _Form(Schema):
    class Meta:
        unknown = EXCLUDE


class AddressForm(_Form):
    """An e-mail address; its shape is judged by the domain."""

    email = text(254)


class CodeForm(_Form):
    """The code from the letter."""

    code = text(20)


class BrowserForm(_Form):
    """A push subscription as the browser's script gives it."""

    endpoint = text(1000)
    p256dh = text(100)
    auth = text(30)


class WishesForm(_Form):
    """Which kinds by which channel, and quiet hours; empty hours are the office's."""

    quiet_from = fields.String(load_default="", validate=validate.Length(max=5), error_messages=REQUIRED)
    quiet_to = fields.String(load_default="", validate=validate.Length(max=5), error_messages=REQUIRED)
