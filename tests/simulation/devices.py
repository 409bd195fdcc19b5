"""A simulated phone: it mints, keeps an outbox, pushes, pulls with a cursor and repairs, as docs/sync.md says.

Its outbox is what the verified log does not show yet; an acknowledgement is only a hint. Everything it tries and learns
is written into the run's history. The real client's engine is driven by L3 and L5; this one is small enough to be
believed and fast enough to load a server.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain import operations, visits, wire
from tests.simulation.history import Recorder
from tests.simulation.links import Link, Lost, Reply
from tests.simulation.reading import LogEntry, Mine, read_page, verify

SYNC = "/api/sync/v1"
TUS = {"Tus-Resumable": "1.0.0"}
Ids = Callable[[], str]


class Refused(Exception):
    """The server answered, and not with what was asked for."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.content[:300]!r}")
        self.reply = reply


@dataclass
class Minted:
    """An operation in its exact bytes, with its place in the writer's count."""

    op: str
    ws: int
    body: bytes
    writer: str
    path: str = ""  # "" if the body cannot be read
    parents: tuple[str, ...] = ()


@dataclass
class Copy:
    """One visit on one phone."""

    visit: str
    chk: str
    writer: str
    ws: int = 0
    minted: dict[str, Minted] = field(default_factory=dict)
    log: list[LogEntry] = field(default_factory=list)
    pages: list[Mapping[str, Any]] = field(default_factory=list)  # as they came, signed: evidence after a restore
    seen: set[str] = field(default_factory=set)  # proven to be in the log
    waiting: dict[str, Minted] = field(default_factory=dict)
    removed: bool = False
    folded: operations.Fold = field(default_factory=operations.Fold)

    @property
    def cursor(self) -> tuple[int, str]:
        return (self.log[-1].n, self.log[-1].h) if self.log else (0, visits.NO_HASH)

    @property
    def outbox(self) -> list[Minted]:
        """Everything minted that the log does not show, the present writer's first, by number."""
        return sorted(self.waiting.values(), key=lambda each: (each.writer != self.writer, each.ws))

    def learn(self, entries: Sequence[LogEntry]) -> None:
        """Keep verified entries."""
        for entry in entries:
            self.log.append(entry)
            self.prove(entry.op)
            content = entry.as_domain()
            if content is not None:
                self.folded.apply(content)

    def prove(self, op: str) -> None:
        """The log has this operation: it waits no longer."""
        self.seen.add(op)
        self.waiting.pop(op, None)

    def heads(self, path: str) -> tuple[str, ...]:
        """What the screen shows in a cell: the ids of its heads, the outbox's included."""
        heads = [head.op for head in self.folded.cells.get(path, ())]
        for each in self.outbox:
            if each.path == path:
                heads = [op for op in heads if op not in each.parents] + [each.op]
        return tuple(heads)

    def entries(self) -> list[operations.Entry]:
        """The log and the outbox as the domain folds them."""
        logged = [content for entry in self.log if (content := entry.as_domain()) is not None]
        waiting = [wire.decode(each.body) for each in self.outbox if each.path]
        return logged + [operations.entry_of(each, actor="", parents=each.parents) for each in waiting]


@dataclass
class Device:
    """One person's phone. `ids` makes ids (seeded), `name` is its process in the history."""

    name: str
    user: str
    link: Link
    ids: Ids
    history: Recorder
    key: bytes
    device: str = ""
    copies: dict[str, Copy] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)  # sha256 → where it is being sent

    def sign_in(self, login: str, password: str) -> None:
        device = {"id": self.device or None, "name": "Điện thoại thử", "app": "test"}
        reply = self.link.ask("POST", "/api/session", {"login": login, "password": password, "device": device})
        if reply.status != 200:
            raise Refused(reply)
        self.device = reply.body["device"]["id"]

    def carry(self, visit: str, chk: str) -> Copy:
        """Take a visit along."""
        return self.copies.setdefault(visit, Copy(visit, chk, self.ids()))

    # --- editing ------------------------------------------------------------------------------------------

    def mint(
        self,
        copy: Copy,
        kind: str,
        path: str,
        value: Any,
        parents: Sequence[str] = (),
        *,
        forged: Mapping[str, Any] = {},
        raw: bytes | None = None,
    ) -> Minted:
        """Make an operation; it is saved, and so the screen says so. `raw` replaces the whole body, `forged` parts."""
        op = self.ids()
        body = {
            "v": 1, "op": op, "visit": copy.visit, "chk": copy.chk, "kind": kind, "path": path, "val": value,
            "par": list(parents), "user": self.user, "dev": self.device or "D",
            "t": {"wall": "2026-11-22T08:00:00.000+07:00"}, "app": "test",
        }  # fmt: skip
        text = (
            raw
            if raw is not None
            else json.dumps({**body, **forged}, ensure_ascii=False, separators=(",", ":")).encode()
        )
        copy.ws += 1
        readable = raw is None and not forged
        minted = Minted(op, copy.ws, text, copy.writer, path if readable else "", tuple(parents))
        copy.minted[op] = copy.waiting[op] = minted
        self.history.add(self.name, "info", "save", ops={op: sha256(text)})
        return minted

    # --- talking ------------------------------------------------------------------------------------------

    def push(self, copy: Copy, batch: Sequence[Minted], **envelope: Any) -> dict[str, str]:
        """Send these under the copy's writer; returns op → what became of it (ok, dup, forked, gap …).

        Raises Lost (nobody knows) or Refused.
        """
        n, h = copy.cursor
        body = {
            "proto": 1, "user": self.user, "dev": self.device, "writer": copy.writer, "after": n, "h": h,
            "ops": [{"op": e.op, "ws": e.ws, "body": e.body.decode("utf-8", "surrogatepass")} for e in batch],
        }  # fmt: skip
        sent = {each.op: sha256(each.body) for each in batch}
        self.history.add(self.name, "invoke", "push", visit=copy.visit, user=self.user, ops=sent)
        reply = self._told("push", "POST", f"{SYNC}/visits/{copy.visit}/push", body | envelope)
        results = results_of(reply, [each.op for each in batch])
        stored = [op for op, r in results.items() if r in {"ok", "dup"}]
        self.history.add(self.name, "ok", "push", ops=stored)
        if "entries" in reply.get("news", {}):
            self._read_news(copy, reply["news"], [each for each in batch if results.get(each.op) == "ok"])
        return results

    def _read_news(self, copy: Copy, page: Mapping[str, Any], stored: Sequence[Minted]) -> None:
        """What the push's reply shows of the log, this push's own operations among it."""
        mine = Mine(self.user, copy.writer, [(each.ws, each.body) for each in stored])
        new = self._entries(copy, page, mine)
        copy.learn(new)
        copy.pages.append(page)
        # Not a read to the end: others may have pushed since this reply was made.
        self.history.add(self.name, "invoke", "read", visit=copy.visit)
        self.history.add(self.name, "ok", "read", entries=[[e.n, e.op, e.h] for e in new], n=None)

    def pull(self, copy: Copy) -> None:
        """Read the log to its end, verify it, and keep it. Raises Lost, Refused, or Broken if it does not hold."""
        self.history.add(self.name, "invoke", "read", visit=copy.visit)
        read: list[LogEntry] = []
        while True:
            n, h = copy.cursor
            reply = self._told("read", "GET", f"{SYNC}/visits/{copy.visit}/log?after={n}&h={h}&limit=500")
            if reply.get("not_member"):
                self._keep_own(copy, reply, read)
                return
            page = reply["news"]
            new = self._entries(copy, page)
            copy.learn(new)
            copy.pages.append(page)
            read += new
            if not page["more"]:
                break
        self.history.add(
            self.name, "ok", "read", entries=[[e.n, e.op, e.h] for e in read], n=copy.cursor[0]
        )  # fmt: skip

    def _entries(self, copy: Copy, page: Mapping[str, Any], mine: Mine | None = None) -> list[LogEntry]:
        n, h = copy.cursor
        return read_page(copy.visit, page, n, h, self.key, mine)

    def _keep_own(self, copy: Copy, reply: Mapping[str, Any], read: Sequence[LogEntry]) -> None:
        """A former member's own entries, page by page, each proven alone."""
        copy.removed = True
        shown = [[entry.n, entry.op, entry.h] for entry in read]
        while True:
            for each in reply["own"]:
                verify(self.key, each["h"], each["sig"])
                if each["actor"] != self.user:
                    raise AssertionError("a former member was shown somebody else's entry (I18)")
                copy.prove(each["op"])
                shown.append([each["n"], each["op"], each["h"]])
            if not reply.get("more"):
                break
            reply = self._told("read", "GET", f"{SYNC}/visits/{copy.visit}/log?after={reply['last']}&limit=500")
        self.history.add(self.name, "ok", "read", entries=shown, n=None)

    def _told(self, f: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask; what is not a clear answer goes into the history as such."""
        try:
            reply = self.link.ask(method, path, body)
        except Lost:
            self.history.add(self.name, "info", f)
            raise
        if reply.status != 200:
            # A 5xx at the moment of commit says nothing about what the database did.
            self.history.add(self.name, "fail" if reply.status < 500 else "info", f, status=reply.status)
            raise Refused(reply)
        return reply.body

    def round(self, copy: Copy, *, most: int = 200) -> int:
        """Pull, push, repair, pull; returns how much is still in the outbox."""
        self.pull(copy)
        for _ in range(20):
            if copy.removed and not copy.outbox:
                break
            batch = [each for each in copy.outbox if each.writer == copy.writer][:most]
            if not batch:
                if not copy.outbox:
                    break
                self.rewrap(copy)
                continue
            self._repair(copy, self.push(copy, batch))
            self.pull(copy)
        return len(copy.outbox)

    def _repair(self, copy: Copy, results: Mapping[str, str]) -> None:
        for op, r in results.items():
            if r == "idreuse":
                self.mint_anew(copy, op)
        if "forked" in results.values():
            self.rewrap(copy)
        gaps = [int(r.split()[1]) for r in results.values() if r.startswith("gap")]
        if gaps:
            held = [each for each in copy.minted.values() if each.writer == copy.writer and each.ws >= gaps[0]]
            held.sort(key=lambda each: each.ws)
            if held and held[0].ws == gaps[0]:
                self.push(copy, held[:200])
            else:
                self.rewrap(copy)

    def rewrap(self, copy: Copy) -> None:
        """A new writer for everything that waits; ids and bytes stay."""
        waiting = copy.outbox
        copy.writer, copy.ws = self.ids(), 0
        for each in waiting:
            copy.ws += 1
            each.ws, each.writer = copy.ws, copy.writer

    def mint_anew(self, copy: Copy, op: str) -> None:
        """The id belongs to other bytes: the same content under a new one."""
        old = copy.minted.pop(op)
        copy.waiting.pop(op, None)
        body = json.loads(old.body)
        self.history.add(self.name, "info", "lost", ops=[op])
        self.mint(copy, body["kind"], body["path"], body["val"], body["par"])

    # --- photos -------------------------------------------------------------------------------------------

    def send_photo(self, copy: Copy, content: bytes, *, chunk: int = 16 * 1024) -> None:
        """Upload by tus, going on wherever the server stands. Raises Lost or Refused."""
        digest = sha256(content)
        self.history.add(self.name, "invoke", "photo", visit=copy.visit, sha256=digest)
        at = self._begin(copy, digest, len(content))
        while at < len(content):
            headers = {"Upload-Offset": str(at)}
            reply = self._step("PATCH", self.uploads[digest], content[at : at + chunk], headers)
            at = int(reply.headers["Upload-Offset"])
        self.history.add(self.name, "ok", "photo", sha256=digest)

    def _begin(self, copy: Copy, digest: str, size: int) -> int:
        """Where to go on: asked of an upload begun before, else a new one."""
        if digest in self.uploads:
            known = self._step("HEAD", self.uploads[digest], None, {}, allowed=(200, 404, 410))
            if known.status == 200:
                return int(known.headers["Upload-Offset"])
        said = f"sha256 {_b64(digest)},filetype {_b64('image/jpeg')}"
        headers = {"Upload-Length": str(size), "Upload-Metadata": said}
        begun = self._step("POST", f"{SYNC}/visits/{copy.visit}/blobs", None, headers)
        self.uploads[digest] = begun.headers["Location"]
        return 0 if begun.status == 201 else size

    def _step(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        allowed: Sequence[int] = (200, 201, 204),
    ) -> Reply:
        try:
            reply = self.link.ask(method, path, body, {**TUS, **headers})
        except Lost:
            self.history.add(self.name, "info", "photo")
            raise
        if reply.status not in allowed:
            self.history.add(self.name, "fail" if reply.status < 500 else "info", "photo", status=reply.status)
            raise Refused(reply)
        return reply


def results_of(reply: Mapping[str, Any], sent: Sequence[str]) -> dict[str, str]:
    """Op → outcome; a gap says which number it waits for. Nothing stands for what was not looked at."""
    special = {each["op"]: _outcome(each) for each in reply.get("except", [])}
    found = {op: special.get(op, "ok") for op in sent[: reply["taken"]]}
    return found | special


def _outcome(each: Mapping[str, Any]) -> str:
    return f"gap {each['expect']}" if each["r"] == "gap" else str(each["r"])


def sha256(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def public_key(link: Link) -> bytes:
    """The key of this server's signatures."""
    return base64.urlsafe_b64decode(link.ask("GET", f"{SYNC}/hello").body["public_key"] + "=")
