"""What a device may send: the push envelope and tus headers. Fields it does not know are ignored, for older servers
take pushes from newer clients; the bodies of operations are not looked at here."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from app.domain.wire import SAFE_INTEGER, SHA256, Common, is_id, lengthen

SentOperation = tuple[str, int, bytes]  # id, number within the writer, exact bytes

OPS_LIMIT = 200
LAST_N = 2**31 - 1  # the largest number of an entry that the database holds
PAGE = 1000
LONGEST_WAIT = 25
_HASH_OR_NOTHING = validate.Regexp(r"^([0-9a-f]{16}|[0-9a-f]{64})?\Z")
EVIDENCE_LIMIT = 20  # pieces of chain
_SHORT_FOR = re.compile(r"([\w-]{8}) ([\w-]{8}) ([0-9a-f]{16}) ([^ ]{1,40}) ([1-9][0-9]{0,14})", re.ASCII)


class Operations(fields.Field[list[SentOperation]]):
    """A list of `{op, ws, body}`. Read by hand: it is the hot path, and a body may hold any text at all."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> list[SentOperation]:
        if not isinstance(value, list):
            raise ValidationError("not a list")
        return [self._sent(each) for each in value]

    def _sent(self, each: Any) -> SentOperation:
        if not isinstance(each, dict):
            raise ValidationError("not an operation")
        op, ws, body = each.get("op"), each.get("ws"), each.get("body")
        if not is_id(op) or type(ws) is not int or not 1 <= ws <= SAFE_INTEGER or not isinstance(body, str):
            raise ValidationError("op, ws or body")
        return str(op), ws, _bytes(body)


def _bytes(body: str) -> bytes:
    """A lone surrogate cannot be UTF-8; these bytes keep it, and decoding them will hold the operation."""
    return body.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class ShortForm:
    """A push told in fewer bytes: how the ids of its person, device and checklist begin, and its operations without
    what all of them have in common, numbered on from `ws`."""

    user: str
    device: str
    chk: str
    app: str
    ws: int
    operations: list[str]

    def whole(self, common: Common) -> list[dict[str, Any]]:
        """The operations as they would have come. Raises ValidationError."""
        try:
            return [
                {"op": short.split(" ", 4)[3], "ws": ws, "body": lengthen(short, common)}
                for ws, short in enumerate(self.operations, self.ws)
            ]
        except (IndexError, ValueError):
            raise ValidationError("short") from None


def short_form(body: Mapping[str, Any]) -> ShortForm | None:
    """What came in the short form; None if the push came whole. Raises ValidationError."""
    if "short" not in body:
        return None
    short, told = body["short"], _SHORT_FOR.fullmatch(str(body.get("for")))
    if told is None or not isinstance(short, list) or not all(isinstance(each, str) for each in short):
        raise ValidationError("short")
    user, device, chk, app, ws = told.groups()
    return ShortForm(user, device, chk, app, int(ws), short)


class PendingBody(Schema):
    """What the device still owes after this push."""

    class Meta:
        unknown = EXCLUDE

    ops = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 1_000_000))
    blobs = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 1_000_000))


class IncidentBody(Schema):
    """Something that must not happen to a phone, as the phone tells it."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,64}\Z"))
    kind = fields.String(required=True, validate=validate.Regexp(r"^[a-z_]{1,30}\Z"))
    visit = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,22}\Z"))
    at = fields.Raw(load_default="", allow_none=True)
    detail = fields.Raw(load_default="", allow_none=True)


def readable(said: Any, longest: int) -> str:
    """Whatever a device said, as text that every database takes."""
    text = said if isinstance(said, str) else "" if said is None else json.dumps(said, ensure_ascii=False)
    return "".join(char for char in text if char.isprintable() or char in "\n\t")[:longest]


def _refuse_bad_id(value: str) -> None:
    if not is_id(value):
        raise ValidationError("not an id")


class PushBody(Schema):
    """The envelope of `POST visits/<id>/push`."""

    class Meta:
        unknown = EXCLUDE

    proto = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1000))
    user = fields.String(load_default=None, allow_none=True)  # whose operations these are
    writer = fields.String(required=True)  # empty if nothing of one's own is pushed
    pending = fields.Nested(PendingBody, load_default=None, allow_none=True)
    # None: nothing is said of it; empty: the device holds nothing that the log lacks
    evidence = fields.List(fields.Raw(), load_default=None, validate=validate.Length(max=EVIDENCE_LIMIT))
    incidents = fields.List(fields.Nested(IncidentBody), load_default=list, validate=validate.Length(max=50))
    after = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, LAST_N))
    h = fields.String(load_default=None, allow_none=True, validate=_HASH_OR_NOTHING)  # None: no news wanted
    ops = Operations(required=True)

    @validates_schema
    def _writer_of_ops(self, data: dict[str, Any], **_: Any) -> None:
        if data["ops"] or data["writer"]:
            _refuse_bad_id(data["writer"])


class DropBody(PushBody):
    """The envelope of `POST drop`: a push that says which visit it is of."""

    visit = fields.String(required=True, validate=_refuse_bad_id)


PUSH, DROP = PushBody(), DropBody()  # made once: making one copies every field


class LogQuery(Schema):
    """The query of `GET visits/<id>/log`: the cursor (n, hash), a page size, how long to wait for news (seconds)."""

    class Meta:
        unknown = EXCLUDE

    after = fields.Integer(load_default=0, validate=validate.Range(0, LAST_N))
    h = fields.String(load_default="", validate=_HASH_OR_NOTHING)
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, PAGE))
    wait = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_WAIT))
    known = fields.String(load_default="", validate=validate.Length(max=140))
    user = fields.String(load_default=None, allow_none=True)  # whose phone asks


def upload_metadata(header: str) -> dict[str, str]:
    """Read tus `Upload-Metadata`: `key base64, key base64`. Raises ValidationError unless it names a SHA-256."""
    found = {}
    for pair in header.split(","):
        key, _, encoded = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode()
        except ValueError:  # binascii.Error and UnicodeDecodeError are
            raise ValidationError({"Upload-Metadata": [key]}) from None
    if not SHA256.fullmatch(found.get("sha256", "")):
        raise ValidationError({"Upload-Metadata": ["sha256"]})
    return found
