"""What a device reads of a log: entries worked out from a page, and the chain that proves them (docs/sync.md 6, 7).

Written from the contract, not from the client's code, so that the two can be wrong in different ways only.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import operations, wire


@dataclass(frozen=True)
class LogEntry:
    """An entry as a device holds it; `body` is None where it is hidden from this person."""

    n: int
    op: str
    body: bytes | None
    body_hash: str
    actor: str
    writer: str
    ws: int
    received: int
    why: str
    parents: tuple[str, ...]
    h: str

    @property
    def status(self) -> str:
        return operations.HELD if self.why else operations.ACCEPTED

    def as_domain(self) -> operations.Entry | None:
        """What the fold reads, or None for what cannot be read."""
        try:
            content = wire.decode(self.body or b"")
        except wire.BodyError:
            return None
        facts = {"n": self.n, "received_at": self.received, "status": self.status, "why": self.why}
        facts |= {"writer": self.writer, "ws": self.ws}
        return operations.entry_of(content, actor=self.actor, parents=self.parents, **facts)


@dataclass(frozen=True)
class Mine:
    """The operations of the push that this page answers: `{"mine": k}` stands for the next k of those stored now."""

    actor: str
    writer: str
    stored: Sequence[tuple[int, bytes]] = ()  # ws and body


class Broken(AssertionError):
    """What the server sent does not prove itself."""


def read_page(visit: str, page: Mapping[str, Any], n: int, h: str, key: bytes, mine: Mine | None) -> list[LogEntry]:
    """The entries of `{after, entries, more, h, sig}` behind entry n with hash h. Raises Broken."""
    if page["after"] != n:
        raise Broken(f"asked after {n}, told after {page['after']}")
    reader = _Reader(visit, n, h, list(mine.stored) if mine else [], mine)
    for shown in page["entries"]:
        reader.take(shown)
    if reader.entries:
        if reader.h != page["h"]:
            raise Broken(f"the page ends with hash {page['h']}, its entries with {reader.h}")
        verify(key, reader.h, page["sig"])
    return reader.entries


def verify(key: bytes, h: str, sig: str) -> None:
    """Raise unless the server signed this hash."""
    padded = sig + "=" * (-len(sig) % 4)
    Ed25519PublicKey.from_public_bytes(key).verify(base64.urlsafe_b64decode(padded), bytes.fromhex(h))


class _Reader:
    def __init__(self, visit: str, n: int, h: str, own: list[tuple[int, bytes]], mine: Mine | None) -> None:
        self.visit, self.n, self.h, self.own, self.mine = visit, n, h, own, mine
        self.entries: list[LogEntry] = []

    def take(self, shown: Mapping[str, Any]) -> None:
        if "mine" in shown:
            for _ in range(shown["mine"]):
                assert self.mine is not None
                ws, body = self.own.pop(0)
                self._add({"actor": self.mine.actor, "writer": self.mine.writer, "ws": ws, "recv": shown["recv"]}, body)
            return
        body_shown = _body_of(shown)
        self._add(shown, body_shown)
        if self.own and self.own[0][1] == body_shown:
            self.own.pop(0)  # one of ours that was not stored as plainly as the others

    def _add(self, shown: Mapping[str, Any], body: bytes | None) -> None:
        before = self.entries[-1] if self.entries else None
        content = _content(body)
        why = shown.get("why", "")
        writer = shown["writer"] if "writer" in shown else _of(before, "writer")
        ws = shown["ws"] if "ws" in shown else _last_ws(self.entries, writer) + 1
        op = shown["op"] if "op" in shown else content["op"]
        named = shown.get("epar", [] if why else content.get("par", []))
        fields = wire.HashedFields(
            visit=self.visit, n=self.n + 1, prev=bytes.fromhex(self.h), op=op,
            body_hash=bytes.fromhex(shown["bh"]) if body is None else hashlib.sha256(body).digest(),
            actor=shown["actor"] if "actor" in shown else _of(before, "actor"), writer=writer, ws=ws,
            received_at=shown["recv"] if "recv" in shown else _of(before, "received"),
            status=operations.HELD if why else operations.ACCEPTED, why=why, parents=tuple(named),
        )  # fmt: skip
        self.n, self.h = self.n + 1, wire.entry_hash(fields).hex()
        self.entries.append(
            LogEntry(
                self.n, fields.op, body, fields.body_hash.hex(), fields.actor, writer, ws, fields.received_at, why,
                fields.parents, self.h,
            )
        )  # fmt: skip


def _of(before: LogEntry | None, name: str) -> Any:
    if before is None:
        raise Broken(f"{name} is left out of a page's first entry")
    return getattr(before, name)


def _last_ws(entries: Sequence[LogEntry], writer: str) -> int:
    if not entries or entries[-1].writer != writer:
        raise Broken("ws is left out although the writer changed")
    return entries[-1].ws


def _body_of(shown: Mapping[str, Any]) -> bytes | None:
    if shown.get("body") is not None:
        return str(shown["body"]).encode()
    return base64.b64decode(shown["body_b64"]) if "body_b64" in shown else None


def _content(body: bytes | None) -> Mapping[str, Any]:
    """A body as a table, however wrong it may be; {} if it is none or hidden."""
    try:
        said = json.loads(body.decode(), parse_constant=_no_constant) if body is not None else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _no_constant(name: str) -> None:
    raise ValueError(name)
