"""What follows a cursor, written so that only what cannot be worked out is on the wire (docs/sync.md 7, News).

Twin of offline_client/src/domain/news.ts; both are held to tests/vectors/news/. The hash of the last entry
proves that what was left out was worked out rightly: `lean` and `expand` undo each other, or the chain breaks.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from app.domain.errors import Invalid
from app.domain.operations import ACCEPTED, HELD
from app.domain.wire import PARENTS_LIMIT, SAFE_INTEGER, SHA256, HashedFields, Json, entry_hash, is_id


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as both sides know it. `body` is None where it is hidden; then `body_hash` alone stands for it."""

    n: int
    op: str
    body: bytes | None
    body_hash: bytes
    actor: str
    writer: str
    ws: int
    received_ms: int
    status: str
    why: str
    parents: tuple[str, ...]


def lean(records: Sequence[Record], mine: Collection[str] = ()) -> list[Json]:
    """Write records that follow each other. `mine`: ops the reader has just sent; they shrink to runs."""
    written: list[Json] = []
    before: Record | None = None
    for record in records:
        if record.op in mine and _follows_its_body(record):
            run = written[-1] if written and "mine" in written[-1] else None
            if run is not None and run["recv"] == record.received_ms:
                run["mine"] += 1
            else:
                written.append({"mine": 1, "recv": record.received_ms})
        else:
            written.append(_written(record, before))
        before = record
    return written


def _follows_its_body(record: Record) -> bool:
    said = _said(record.body)
    return record.status == ACCEPTED and said is not None and list(record.parents) == said.get("par")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_READER = json.JSONDecoder(parse_constant=_refuse_constant)  # JavaScript reads no NaN either


def _said(body: bytes | None) -> dict[str, Any] | None:
    """A body as a table, None if it is hidden or no JSON table: then nothing can be worked out from it."""
    try:
        said = _READER.decode(body.decode()) if body is not None else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _written(record: Record, before: Record | None) -> dict[str, Json]:
    said = _said(record.body)
    entry: dict[str, Json] = {}
    if record.body is None:
        entry["bh"] = record.body_hash.hex()
    else:
        try:
            entry["body"] = record.body.decode()
        except UnicodeDecodeError:
            entry["body_b64"] = base64.b64encode(record.body).decode()
    if said is None or said.get("op") != record.op:
        entry["op"] = record.op
    same_writer = before is not None and before.writer == record.writer
    if before is None or before.actor != record.actor:
        entry["actor"] = record.actor
    if not same_writer:
        entry["writer"] = record.writer
    if before is None or before.received_ms != record.received_ms:
        entry["recv"] = record.received_ms
    if before is None or not same_writer or record.ws != before.ws + 1:
        entry["ws"] = record.ws
    if record.status != ACCEPTED:
        entry["why"] = record.why
    known = [] if record.status != ACCEPTED else said.get("par") if said is not None else None
    if list(record.parents) != known:
        entry["epar"] = list(record.parents)
    return entry


def expand(after: int, entries: Iterable[Json]) -> list[Record]:
    """Work out the records of a piece of chain that came from outside. Raises Invalid("BAD_ENVELOPE")."""
    records: list[Record] = []
    before: Record | None = None
    for n, entry in enumerate(entries, start=after + 1):
        if not isinstance(entry, dict):
            raise Invalid("BAD_ENVELOPE")
        before = _expanded(n, entry, before)
        records.append(before)
    return records


def _expanded(n: int, entry: dict[str, Json], before: Record | None) -> Record:
    body = _body_of(entry)
    said = _said(body) or {}
    writer = entry.get("writer", before.writer if before else None)
    follows = before is not None and before.writer == writer
    held = "why" in entry
    values: dict[str, Any] = {
        "op": entry.get("op", said.get("op")),
        "actor": entry.get("actor", before.actor if before else None),
        "writer": writer,
        "ws": entry.get("ws", before.ws + 1 if before and follows else None),
        "received_ms": entry.get("recv", before.received_ms if before else None),
        "why": entry.get("why", ""),
    }
    parents = entry.get("epar", [] if held else said.get("par"))
    if not _is_sound(values, held=held) or not _are_parents(parents):
        raise Invalid("BAD_ENVELOPE")
    digest = hashlib.sha256(body).digest() if body is not None else _hash_of(entry)
    status = HELD if held else ACCEPTED
    return Record(n=n, body=body, body_hash=digest, status=status, parents=tuple(parents or ()), **values)


def _body_of(entry: dict[str, Json]) -> bytes | None:
    body, coded = entry.get("body"), entry.get("body_b64")
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(coded, str):
        try:
            return base64.b64decode(coded, validate=True)
        except ValueError:  # and binascii.Error, which is one
            raise Invalid("BAD_ENVELOPE") from None
    return None


def _hash_of(entry: dict[str, Json]) -> bytes:
    told = entry.get("bh")
    if not isinstance(told, str) or not SHA256.fullmatch(told):
        raise Invalid("BAD_ENVELOPE")
    return bytes.fromhex(told)


def _is_sound(values: dict[str, Any], *, held: bool) -> bool:
    texts = (values["actor"], values["writer"], values["op"])
    why, numbers = values["why"], (values["ws"], values["received_ms"])
    return (
        all(isinstance(text, str) and 0 < len(text) <= 64 and text.isascii() for text in texts)
        and isinstance(why, str)
        and len(why) <= 30
        and why.isascii()
        and held == (why != "")
        and all(type(number) is int and 0 <= number <= SAFE_INTEGER for number in numbers)
    )


def _are_parents(parents: Json) -> bool:
    return isinstance(parents, list) and len(parents) <= PARENTS_LIMIT and all(is_id(each) for each in parents)


def chain(visit: str, prev: bytes, records: Iterable[Record]) -> list[bytes]:
    """The hash of each record, the first linked to `prev`."""
    hashes = []
    for record in records:
        prev = entry_hash(
            HashedFields(
                visit=visit,
                n=record.n,
                prev=prev,
                op=record.op,
                body_hash=record.body_hash,
                actor=record.actor,
                writer=record.writer,
                ws=record.ws,
                received_at=record.received_ms,
                status=record.status,
                why=record.why,
                parents=record.parents,
            )
        )
        hashes.append(prev)
    return hashes
