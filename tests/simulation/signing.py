"""What was closed and signed, read plainly from the log: a close freezes no open question, its photos are there and
what was held is handled or it says why not, and whoever signed it signed what it froze (I13).

Written from docs/sync.md 5 and not from the server's check, so that the two can be wrong in different ways only.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain import wire
from app.sync.queries import LogEntry
from tests.simulation.model import heads_of

ANSWERS = ("item/", "photo/", "note/", "visit/")
NO_ANSWERS = ("visit/closing", "visit/checklist")
REASONED = ("resolve", "adopt")
Op = dict[str, Any]
Logged = tuple[LogEntry, Op]
Cells = dict[str, dict[str, Any]]  # path → standing operation → what it says


def problems_of(entries: Sequence[LogEntry], photos: Mapping[str, int], *, went_back: bool) -> list[str]:
    """What is wrong with the closings and signatures of a log. `photos`: when each came, by the server's clock.

    Of a server that `went_back` to a backup something that was closed may still be missing, entries and photos: then
    only what is there whole is looked at.
    """
    accepted = [(each, json.loads(each.body)) for each in entries if each.status == "acc"]
    closes = {body["op"]: body["val"] for _, body in accepted if body["kind"] == "close"}
    problems = []
    for entry, body in accepted:
        if body["kind"] == "close":
            frozen = _frozen(accepted, body["val"])
            said = [*_of_close(frozen, entry, body["val"], photos, went_back)]
            if not went_back and "held_reason" not in body["val"]:
                said += _of_held(entries, frozen, body["val"])
            problems += [f"what was closed at {entry.n} {each} (I13)" for each in said]
        elif body["kind"] == "sign":
            close = closes.get(body["val"]["close"])
            if close["digest"] != body["val"]["digest"] if close else not went_back:
                problems.append(f"the signature at {entry.n} is not of what was closed (I13)")
    return problems


def _frozen(accepted: Iterable[Logged], close: Op) -> list[Logged]:
    return [(each, body) for each, body in accepted if _was_seen(each, close) or each.op in close["own"]]


def _was_seen(entry: LogEntry, close: Op) -> bool:
    """Whether it was in the log that the close was made from."""
    reached: int = close["upto"].get(entry.writer, 0)
    return entry.ws <= reached


def _of_held(entries: Iterable[LogEntry], frozen: Sequence[Logged], close: Op) -> Iterator[str]:
    """What was held had been taken in or closed, as far as the lead could see it."""
    decided = {body["val"]["of"] for _, body in frozen if body["kind"] == "adopt"}
    decided |= {body["path"].removeprefix("held/") for _, body in frozen if body["kind"] == "dismiss"}
    for each in entries:
        if each.status == "held" and _was_seen(each, close) and each.op not in decided:
            yield f"left {each.op[:8]} held, and gave no reason"


def _of_close(
    frozen: Sequence[Logged], closed: LogEntry, close: Op, photos: Mapping[str, int], went_back: bool
) -> Iterator[str]:
    if any(body["kind"] == "repin" for _, body in frozen):
        return  # answers stand under other paths then, of which a plain reading knows nothing
    cells = _cells(frozen)
    if _digest(cells) != close["digest"]:
        if not went_back:
            yield "is not what it says"
        return
    for path, heads in cells.items():
        if len({wire.canonical(value) for value in heads.values()}) > 1:
            yield f"is contested at {path}"
    yield from _of_rows(cells)
    if not went_back and "missing_photos_reason" not in close:
        for sha256 in _photos(cells):
            if photos.get(sha256, closed.received_ms) >= closed.received_ms:
                yield f"had no photo {sha256[:8]} yet, and gave no reason"


def _cells(frozen: Iterable[Logged]) -> Cells:
    """The answers that these entries leave standing."""
    said = {body["op"]: _value(body) for _, body in frozen}
    answers = [(body["path"], body["op"], each.parents) for each, body in frozen]
    return {
        path: {op: said[op] for op in sorted(ops)}
        for path, ops in heads_of(answers).items()
        if path.startswith(ANSWERS) and path not in NO_ANSWERS
    }


def _value(body: Op) -> Any:
    return body["val"]["value"] if body["kind"] in REASONED else body["val"]


def _digest(cells: Cells) -> str:
    said: Any = {path: [{"op": op, "value": value} for op, value in heads.items()] for path, heads in cells.items()}
    return hashlib.sha256(wire.canonical(said)).hexdigest()


def _of_rows(cells: Cells) -> Iterator[str]:
    """No row is deleted by one and edited by another, and no two of a roster are called the same."""
    rows: dict[tuple[str, str], Cells] = defaultdict(dict)
    for path, heads in cells.items():
        if "/row/" in path:
            item, rest = path.split("/row/")
            uuid, field = rest.split("/")
            rows[item, uuid][field] = heads
    names: set[tuple[str, str]] = set()
    for (item, uuid), row in rows.items():
        standing = {op for field, heads in row.items() if field != "deleted" for op in heads}
        deletions = list(row.get("deleted", {}).values())
        if any(deletions):
            if not all(deletions) or not any(standing <= set(each["seen"]) for each in deletions):
                yield f"is contested at {item}/row/{uuid}/deleted"
            continue
        for label in row.get("label", {}).values():
            if label and (item, label) in names:
                yield f"has two rows called {label}"
            names.add((item, label))


def _photos(cells: Cells) -> Iterator[str]:
    for path, heads in cells.items():
        if path.startswith("photo/") and path.count("/") == 1:
            yield from (value["sha256"] for value in heads.values() if value)
