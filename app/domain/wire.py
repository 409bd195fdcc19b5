"""Bytes on the wire: an operation's body, canonical values, the bytes under an entry's hash.

Twin of offline_client/src/domain/wire.ts; both are held to tests/vectors/wire/. A body is stored as it came,
so nothing here changes bytes: decoding either yields an operation or says why it must be held (docs/sync.md 2).
"""

import hashlib
import json
import re
import struct
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from app.domain.errors import DomainError

Json = Any  # None, bool, int, str, list or dict of these

BODY_LIMIT = 16 * 1024
LONG_LIMIT = 64 * 1024  # a close may have to list 2,000 own operations, a repin 2,000 items
LONG = frozenset({"close", "repin"})
VALUE_LIMIT = 8 * 1024
PARENTS_LIMIT = 16
DEPTH_LIMIT = 16
SAFE_INTEGER = 2**53 - 1  # beyond it JavaScript is not exact

_NFC_GROWTH = 3  # UTF-8 text grows at most threefold by NFC: a small body needs no measuring
BIG_VALUES = frozenset({"resolve", "adopt", "sign", "close", "repin"})
ID = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # 128 bits as base64url: the last character carries two
SHA256 = re.compile(r"[0-9a-f]{64}")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TEXT_LIMITS = {"visit": 64, "user": 64, "dev": 64, "kind": 20, "path": 200, "app": 40}


class BodyError(DomainError):
    """A body that must be stored and held; `code` is the hold reason, BAD_TEXT or BAD_VALUE."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one device minted: an immutable edit of one cell, as its body says."""

    op: str
    visit: str
    chk: str
    kind: str
    path: str
    value: Json
    parents: tuple[str, ...]
    user: str
    dev: str
    wall: str
    app: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Common:
    """What the bodies of one push have in common."""

    visit: str
    chk: str
    user: str
    dev: str
    app: str


@dataclass(frozen=True, slots=True)
class HashedFields:
    """What an entry's hash covers; `received_at` in milliseconds since 1970 UTC."""

    visit: str
    n: int
    prev: bytes
    op: str
    body_hash: bytes
    actor: str
    writer: str
    ws: int
    received_at: int
    status: str
    why: str
    parents: tuple[str, ...]


def is_id(value: object) -> bool:
    """Whether `value` is 128 bits written as 22 characters of base64url."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def lengthen(short: str, common: Common) -> str:
    """The body that a phone has shortened (docs/sync.md 7): its very bytes, or it would have been sent whole.

    Raises ValueError if parts are missing. What they say is not looked at: it is as good as a body that came whole.
    """
    off, unc, wall, op, mono, kind, path, par, value = short.split(" ", 8)
    parents = par and '"' + par.replace(",", '","') + '"'
    return (
        f'{{"v":1,"op":"{op}","visit":"{common.visit}","chk":"{common.chk}","kind":"{kind}","path":"{path}",'
        f'"val":{value},"par":[{parents}],"user":"{common.user}","dev":"{common.dev}",'
        f'"t":{{"wall":"{wall}","mono":{mono},"off":{off},"unc":{unc}}},"app":"{common.app}"}}'
    )


def decode(raw: bytes) -> Operation:
    """Read a body. Raises BodyError with the hold reason BAD_TEXT or BAD_VALUE (docs/sync.md 2)."""
    if len(raw) > LONG_LIMIT:
        raise BodyError("BAD_VALUE", limit=LONG_LIMIT)
    body = _parse(raw)
    if not isinstance(body, dict):
        raise BodyError("BAD_VALUE", field="body")
    operation = _operation(body)
    if len(raw) > BODY_LIMIT and operation.kind not in LONG:
        raise BodyError("BAD_VALUE", limit=BODY_LIMIT)
    if operation.kind not in BIG_VALUES and len(raw) * _NFC_GROWTH > VALUE_LIMIT < len(canonical(operation.value)):
        raise BodyError("BAD_VALUE", limit=VALUE_LIMIT)
    return operation


def canonical(value: Json) -> bytes:
    """Bytes that are equal exactly when two values are: sorted keys, NFC, lists of texts sorted as sets."""
    ordered = _canonical_form(value)
    return _WRITER.encode(ordered).encode()


def entry_bytes(fields: HashedFields) -> bytes:
    """The bytes an entry's hash is taken of, after the table in docs/sync.md 6."""
    parents = b"".join(_text(parent) for parent in fields.parents)
    return b"".join(
        (
            b"VSP1",
            _text(fields.visit),
            struct.pack(">Q", fields.n),
            fields.prev,
            _text(fields.op),
            fields.body_hash,
            _text(fields.actor),
            _text(fields.writer),
            struct.pack(">QQ", fields.ws, fields.received_at),
            b"\x01" if fields.status == "acc" else b"\x02",
            _text(fields.why),
            struct.pack(">H", len(fields.parents)),
            parents,
        )
    )


def entry_hash(fields: HashedFields) -> bytes:
    """SHA-256 of `entry_bytes`: the link of the visit's chain, and what the server signs."""
    return hashlib.sha256(entry_bytes(fields)).digest()


def receipt_hash(visit: str, sha256: bytes, size: int, *, safe: bool) -> bytes:
    """What the server signs to say that it holds a photo, and whether an archive does too (docs/sync.md 7, Safe)."""
    return hashlib.sha256(b"VSPB" + _text(visit) + sha256 + struct.pack(">QB", size, safe)).digest()


def record_hash(about: bytes) -> bytes:
    """What the server signs of an exported visit: its visit.json, which names every other file (docs/sync.md 6)."""
    return hashlib.sha256(b"VSPX" + about).digest()


def base64url(raw: bytes) -> str:
    """base64url without padding: how keys, signatures and tickets are written."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Read `base64url`. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _parse(raw: bytes) -> Json:
    """JSON as JavaScript reads it: no NaN, and numbers that are whole are whole however they are written."""
    try:
        text = raw.decode("utf-8")
        body = _READER.decode(text)
    except RecursionError:
        raise BodyError("BAD_VALUE", field="depth") from None
    except ValueError:
        raise BodyError("BAD_TEXT") from None
    if "\\u" in text:  # strict UTF-8 and strict JSON let nothing bad through that is not written as an escape
        _refuse_bad_text(body)
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _whole(digits: str) -> int | float:
    """Python would read 5,000 digits (or refuse them); more than 20 are out of reach anyway."""
    return int(digits) if len(digits) <= 20 else float("inf")


def _whole_if_exact(digits: str) -> int | float:
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) <= SAFE_INTEGER else number


_READER = json.JSONDecoder(parse_int=_whole, parse_float=_whole_if_exact, parse_constant=_refuse_constant)
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_bad_text(body: Json) -> None:
    """No text or key, however deep, may hold what PostgreSQL or UTF-8 cannot keep."""
    waiting = [body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            if "\0" in part or _LONE_SURROGATE.search(part):
                raise BodyError("BAD_TEXT")
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part)
            waiting.extend(part.values())


def _operation(body: Mapping[str, Json]) -> Operation:
    version = body.get("v")
    if type(version) is not int or not is_id(body.get("op")) or "val" not in body:
        raise BodyError("BAD_VALUE", field="v, op or val")
    texts = {name: _short_text(body, name, limit) for name, limit in _TEXT_LIMITS.items()}
    chk, moment = body.get("chk"), body.get("t")
    if not isinstance(chk, str) or not SHA256.fullmatch(chk):
        raise BodyError("BAD_VALUE", field="chk")
    if not isinstance(moment, dict):
        raise BodyError("BAD_VALUE", field="t")
    _refuse_bad_shape(body["val"], depth=1)
    return Operation(
        op=body["op"],
        chk=chk,
        value=body["val"],
        parents=_parents(body),
        wall=_short_text(moment, "wall", 40),
        version=version,
        **texts,
    )


def _short_text(body: Mapping[str, Json], name: str, limit: int) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= limit:
        raise BodyError("BAD_VALUE", field=name)
    return text


def _parents(body: Mapping[str, Json]) -> tuple[str, ...]:
    parents = body.get("par")
    if (
        not isinstance(parents, list)
        or len(parents) > PARENTS_LIMIT
        or not all(is_id(parent) for parent in parents)
        or len({*parents, body["op"]}) != len(parents) + 1
    ):
        raise BodyError("BAD_VALUE", field="par")
    return tuple(parents)


def _refuse_bad_shape(value: Json, *, depth: int) -> None:
    """Whole numbers within JavaScript's exact reach, nested at most DEPTH_LIMIT deep."""
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > SAFE_INTEGER):
        raise BodyError("BAD_VALUE", field="val")
    if isinstance(value, list | dict):
        if depth > DEPTH_LIMIT:
            raise BodyError("BAD_VALUE", field="val")
        for member in value.values() if isinstance(value, dict) else value:
            _refuse_bad_shape(member, depth=depth + 1)


def _canonical_form(value: Json) -> Json:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", key): _canonical_form(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        members = [_canonical_form(member) for member in value]
        return sorted(members) if all(isinstance(member, str) for member in members) else members
    return value
