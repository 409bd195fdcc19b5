"""The file a phone exports when nothing else helps: everything the server does not have, one JSON value per line.

Hostile until checked: it is read line by line with limits, and a line that cannot be read is counted and passed over,
so that one damaged line costs nothing but itself. Files lie under the data folder until they were imported.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask import current_app

from app.domain.wire import SHA256, is_id
from config import Settings

FILE_LIMIT = 1024 * 1024 * 1024
LINE_LIMIT = 200 * 1024  # an operation's body is at most 64 KiB, written as JSON
PHOTO_LINE_LIMIT = 17 * 1024 * 1024  # 12 MiB in base64
MOST_LINES = 60_000
_BLOCK = 1024 * 1024


class Refused(Exception):
    """The file is none of ours, or too big."""

    def __init__(self, code: str) -> None:
        self.code = code


@dataclass(frozen=True, slots=True)
class FileHead:
    """Whose file it says it is. `ticket` proves whose device made it; the rest is only said."""

    user: str
    login: str
    device: str
    ticket: str
    app: str
    exported_at: str


@dataclass(frozen=True, slots=True)
class OpLine:
    """An operation the phone had not seen in the log, or an entry that it keeps as evidence of an earlier one."""

    visit: str
    op: str
    body: bytes
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class PhotoLine:
    visit: str
    sha256: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DraftLine:
    """Something typed and never saved: for people to read, no operation."""

    visit: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class EndLine:
    ops: int
    photos: int


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be read."""


Line = OpLine | PhotoLine | DraftLine | EndLine | BadLine


def place(import_id: str) -> Path:
    """Where an uploaded file lies."""
    settings: Settings = current_app.config["SETTINGS"]
    folder = settings.data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{import_id}.ndjson"


def keep(import_id: str, source: IO[bytes]) -> tuple[str, int]:
    """Put an upload on the disk in blocks; returns its SHA-256 and size. Raises Refused and leaves nothing."""
    target, digest, size = place(import_id), hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > FILE_LIMIT:
                    raise Refused("outbox_too_big")
                digest.update(block)
                file.write(block)
        with target.open("rb") as file:
            head_of(file)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def head_of(file: IO[bytes]) -> FileHead:
    """Read the first line. Raises Refused if it is not that of an exported outbox."""
    value = _json(file.readline(LINE_LIMIT))
    if not isinstance(value, dict) or value.get("format") != "congvu-outbox" or value.get("version") != 1:
        raise Refused("not_an_outbox")
    return FileHead(*(_text(value.get(name), 100) for name in FileHead.__slots__))


def lines(path: Path) -> Iterator[Line]:
    """Everything after the first line. Raises Refused for a file of too many lines."""
    with path.open("rb") as file:
        head_of(file)
        for _ in range(MOST_LINES):
            raw = file.readline(PHOTO_LINE_LIMIT)
            if not raw:
                return
            if not raw.endswith(b"\n") and len(raw) == PHOTO_LINE_LIMIT:
                _skip(file)
            if raw.strip():
                yield _line(raw)
        if file.read(1):
            raise Refused("outbox_too_big")


def _skip(file: IO[bytes]) -> None:
    """Pass over the rest of a line that is too long."""
    while (rest := file.readline(_BLOCK)) and not rest.endswith(b"\n"):
        pass


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _line(raw: bytes) -> Line:
    value = _json(raw) if len(raw) <= LINE_LIMIT or b'"photo"' in raw[:200] else None
    if not isinstance(value, dict):
        return BadLine()
    readers = {"op": _op, "evidence": _op, "photo": _photo, "draft": _draft, "end": _end}
    reader = readers.get(str(value.get("t")))
    found = reader(value) if reader else None
    return found or BadLine()


def _op(value: dict[str, Any]) -> OpLine | None:
    visit, op, body, said = value.get("visit"), value.get("op"), value.get("body"), value.get("t")
    if not is_id(visit) or not is_id(op) or not isinstance(body, str):
        return None
    return OpLine(str(visit), str(op), body.encode("utf-8", "surrogatepass"), said == "evidence")


def _photo(value: dict[str, Any]) -> PhotoLine | None:
    visit, sha256, mime, encoded = value.get("visit"), value.get("sha256"), value.get("mime"), value.get("b64")
    if not is_id(visit) or not isinstance(sha256, str) or not SHA256.fullmatch(sha256) or not isinstance(encoded, str):
        return None
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    return PhotoLine(str(visit), sha256, _text(mime, 40), content)


def _draft(value: dict[str, Any]) -> DraftLine | None:
    if not is_id(value.get("visit")):
        return None
    text = value.get("text")
    text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    return DraftLine(str(value["visit"]), _text(value.get("path"), 200), _text(text, 2000))


def _end(value: dict[str, Any]) -> EndLine | None:
    ops, photos = value.get("ops"), value.get("photos")
    return EndLine(ops, photos) if type(ops) is int and type(photos) is int else None


def _text(value: Any, longest: int) -> str:
    said = value if isinstance(value, str) else ""
    return "".join(char for char in said if char.isprintable() or char in "\n\t")[:longest]
