"""A phone of the demo: mints operations as the field client does and pushes them through the real protocol."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.permissions import Actor
from app.domain.visits import answer_cells, answers_digest
from app.domain.wire import Json
from app.extensions import new_id, now
from app.sync import queries
from app.sync.actions import evidence
from app.sync.actions.push import Sender, Sent, push
from app.transactions import own_transaction

APP = "demo"


@dataclass
class Phone:
    """One person's phone in one visit. Everything it minted waits in `outbox` until `send`."""

    actor: Actor
    device_id: str
    visit_id: str
    chk: str
    writer: str = field(default_factory=new_id)
    sent: int = 0
    outbox: list[tuple[str, bytes]] = field(default_factory=list)

    def mint(self, kind: str, path: str, value: Json, parents: Sequence[str] = ()) -> str:
        """Make an operation as it would be made at this moment; returns its id."""
        op = new_id()
        body = {
            "v": 1,
            "op": op,
            "visit": self.visit_id,
            "chk": self.chk,
            "kind": kind,
            "path": path,
            "val": value,
            "par": list(parents),
            "user": self.actor.user_id,
            "dev": self.device_id,
            "t": {"wall": now().astimezone().isoformat(timespec="milliseconds"), "mono": 0, "off": 0, "unc": 200},
            "app": APP,
        }
        self.outbox.append((op, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()))
        return op

    def answer(self, cells: Iterable[tuple[str, Any]]) -> None:
        """Answer cells that nobody answered before."""
        for path, value in cells:
            self.mint("set", path, value)

    def send(self) -> list[str]:
        """Push the outbox; returns the statuses the server gave (`acc`, or why it was held)."""
        said: list[str] = []
        while self.outbox:
            batch, self.outbox = self.outbox[:200], self.outbox[200:]
            numbered = [Sent(op, self.sent + k, body) for k, (op, body) in enumerate(batch, 1)]
            with own_transaction():
                pushed = push(Sender(self.actor, "", self.device_id), self.visit_id, self.writer, numbered)
            self.sent += len(batch)
            said += [result.entry.why or result.entry.status for result in pushed.results if result.entry]
        return said

    def photograph(
        self, of: str, picture: Path, photo_id: str, *, caption: str = "", place: dict[str, int] | None = None
    ) -> None:
        """Attach a picture and upload its bytes, as the phone does after its operations."""
        content = picture.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        taken = now().astimezone().isoformat(timespec="seconds")
        value: dict[str, Any] = {
            "of": of, "sha256": sha256, "size": len(content), "mime": "image/jpeg", "taken_at": taken
        }  # fmt: skip
        self.mint("attach", f"photo/{photo_id}", value | ({"place": place} if place else {}))
        if caption:
            self.mint("set", f"photo/{photo_id}/caption", caption)
        self.send()
        with own_transaction():
            upload = evidence.begin_upload(
                self.actor, self.visit_id, sha256=sha256, size=len(content), mime="image/jpeg"
            )
        if upload is not None:
            with own_transaction():
                evidence.continue_upload(self.actor, self.visit_id, upload, at=0, blocks=[content])

    def heads(self, path: str) -> list[Any]:
        """What stands in a cell, as the log says."""
        entries = queries.entries_of(self.visit_id)
        return list(answer_cells(entries).get(path, ()))

    def close_and_sign(
        self, lead: tuple[str, str], unit: tuple[str, str], objections: Sequence[dict[str, str]]
    ) -> None:
        """Freeze what the log holds and sign for both parties, as the lead's phone does."""
        self.send()
        entries = queries.entries_of(self.visit_id)
        head = queries.log_head(self.visit_id)
        digest = answers_digest(answer_cells(entries))
        closing = self.mint("close", "visit/closing", {"n": head.n, "h": head.hash.hex(), "own": [], "digest": digest})
        for party, (name, title) in (("unit", unit), ("lead", lead)):
            value: dict[str, Any] = {"close": closing, "digest": digest, "name": name, "title": title}
            value["strokes"] = STROKES[party]
            if party == "unit" and objections:
                value["objections"] = list(objections)
            self.mint("sign", f"sign/{party}", value)
        self.send()


STROKES = {
    "unit": "M20 70C40 20 60 20 62 60S80 90 100 50S130 20 140 60S170 80 190 40M60 80L200 76",
    "lead": "M15 50C30 90 60 90 70 40S90 10 100 50S110 90 140 60S180 30 210 55M40 88C90 80 150 84 220 74",
}
