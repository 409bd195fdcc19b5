"""Phones as load: a signed-in session over a kept-alive connection that counts every byte, and real answers."""

import gzip
import json
import re
import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from itertools import count
from secrets import token_bytes
from typing import Any

from app.checklists.commands import FOLDER, file_of
from app.checklists.loader import load
from app.demo.sample import QUARTER, SampleCell, cells_of
from app.demo.story import Story
from app.extensions import new_id
from tests import factories
from tests.benchmarks.servers import CHECKLIST, Planned

# What Chromium sends along with a request of the field client, so that the bytes are those of a phone.
BROWSER = {
    "Connection": "keep-alive",
    "sec-ch-ua-platform": '"Android"',
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 "
    "Mobile Safari/537.36",
    "Accept": "*/*",
    "sec-ch-ua": '"Not:A-Brand";v="99", "Chromium";v="145"',
    "sec-ch-ua-mobile": "?1",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "vi-VN,vi;q=0.9",
}
API = "/api/sync/v1"


@dataclass(frozen=True)
class Exchange:
    """One request and its reply: bytes with headers, and how long it took."""

    status: int
    body: dict[str, Any]
    up: int
    down: int
    ms: float


@cache
def sample_cells(count: int) -> tuple[SampleCell, ...]:
    """The first answers of a large ward's visit, every one of which the server accepts."""
    story = Story(date.today())
    checklist = load(file_of(FOLDER, CHECKLIST, None).read_bytes())
    ward = replace(story.samples()["xuan-khanh"], desks=24, desks_with_sign=24, staff=24, staff_with_badge=24)
    cells = tuple(cells_of(checklist, ward, QUARTER))
    if len(cells) < count:
        raise ValueError(f"only {len(cells)} cells")
    return cells[:count]


def _operation_ids() -> Iterator[str]:
    """As the field client mints them: one beginning, and a count."""
    beginning = token_bytes(12)
    for number in count():
        yield urlsafe_b64encode(beginning + number.to_bytes(4, "big")).decode()[:22]


def _clocks() -> Iterator[dict[str, Any]]:
    """Answers some seconds apart, each at another moment: clocks do not shrink, and a form is not filled at once."""
    at, mono = datetime(2026, 11, 22, 8, 11, 12, 345_000, timezone(timedelta(hours=7))), 8123456
    for number in count():
        wall = at + timedelta(milliseconds=mono - 8123456)
        yield {"wall": wall.isoformat(timespec="milliseconds"), "mono": mono, "off": -312, "unc": 180}
        mono += 3_000 + 7_919 * number % 27_000


def _short_line(body: dict[str, Any]) -> str:
    """An operation in the short form (docs/sync.md 7)."""
    clock, parents = body["t"], ",".join(body["par"])
    value = json.dumps(body["val"], ensure_ascii=False, separators=(",", ":"))
    evidence = f"{clock['off']} {clock['unc']} {clock['wall']} {body['op']} {clock['mono']}"
    return f"{evidence} {body['kind']} {body['path']} {parents} {value}"


@dataclass
class Phone:
    """One signed-in session. Requests are made before they are timed."""

    port: int
    user: factories.MadeUser
    chk: str
    cookies: dict[str, str] = field(default_factory=dict)
    device: str = ""
    writers: dict[str, tuple[str, int]] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)
    rewritten: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _ids: Iterator[str] = field(default_factory=_operation_ids)
    _clock: Iterator[dict[str, Any]] = field(default_factory=_clocks)
    _socket: socket.socket | None = None

    def sign_in(self) -> None:
        device = {"id": None, "name": "Điện thoại đo", "app": "0.1.0"}
        who = {"login": self.user.login, "password": self.user.password, "device": device}
        said = self.ask("POST", "/api/session", who)
        if said.status != 200:
            raise RuntimeError(str(said.body))
        self.device = said.body["device"]["id"]

    def visit_push(self, visit: str, count: int) -> dict[str, Any]:
        """The envelope of a push of a visit's first answers."""
        return self._short(self._push(visit, [(cell.path, cell.value, []) for cell in sample_cells(count)]))

    def rewrite_push(self, visit: str, count: int) -> dict[str, Any]:
        """The envelope of a push that replaces this person's own first answers, however often."""
        cells = sample_cells(count)
        latest = self.rewritten.setdefault(visit, {})
        envelope = self._push(visit, [(each.path, each.value, latest.get(each.path, [])) for each in cells])
        latest.update({each.path: [op["op"]] for each, op in zip(cells, envelope["ops"], strict=True)})
        return envelope

    def edit_push(self, visit: str, words: str, *, whole: bool = False) -> dict[str, Any]:
        """The envelope of one edit of one cell of this person's own, again and again, short unless `whole`."""
        replaced = self.edited.get(visit)
        path = f"{sample_cells(1)[0].path}/note"
        envelope = self._push(visit, [(path, words, [replaced] if replaced else [])])
        self.edited[visit] = envelope["ops"][0]["op"]
        return envelope if whole else self._short(envelope)

    def _push(self, visit: str, cells: list[tuple[str, Any, list[str]]]) -> dict[str, Any]:
        writer, sent = self.writers.get(visit, (new_id(), 0))
        self.writers[visit] = (writer, sent + len(cells))
        ops = []
        for number, (path, value, parents) in enumerate(cells, sent + 1):
            op = next(self._ids)
            body = {
                "v": 1, "op": op, "visit": visit, "chk": self.chk, "kind": "set", "path": path, "val": value,
                "par": parents, "user": self.user.id, "dev": self.device, "t": next(self._clock), "app": "0.1.0",
            }  # fmt: skip
            ops.append({"op": op, "ws": number, "body": json.dumps(body, ensure_ascii=False, separators=(",", ":"))})
        return {"proto": 1, "user": self.user.id, "dev": self.device, "writer": writer, "ops": ops}

    def _short(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The same push as a phone tells it in fewer bytes (docs/sync.md 7)."""
        lines = [_short_line(json.loads(each["body"])) for each in envelope["ops"]]
        told = f"{self.user.id[:8]} {self.device[:8]} {self.chk[:16]} 0.1.0 {envelope['ops'][0]['ws']}"
        return {"proto": 1, "writer": envelope["writer"], "for": told, "short": lines}

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        """The bytes of a request, headers and all."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Host": f"127.0.0.1:{self.port}"} | BROWSER
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "GET":
            headers["Cache-Control"] = "no-cache"
        else:
            headers |= {"X-VSP": "1", "Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.port}"}
            if len(content) >= 400:  # as offline_client/src/sync/api.ts packs it
                content = gzip.compress(content, 6)
                headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(content))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    def ask(self, method: str, path: str, body: Any = None) -> Exchange:
        return self.exchange(self.request(method, path, body))

    def exchange(self, request: bytes) -> Exchange:
        """Send prepared bytes and read the whole reply."""
        begun = time.perf_counter()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, content = received.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
        length = int(headers.get("content-length", 0))
        parts, have = [content], len(content)
        while have < length:
            parts.append(self._more())
            have += len(parts[-1])
        ms = (time.perf_counter() - begun) * 1000
        if headers.get("connection") == "close":
            self.hang_up()
        self.cookies |= re.findall(r"^Set-Cookie: ([^=]+)=([^;\r]*)", head.decode(), re.IGNORECASE | re.MULTILINE)
        raw = b"".join(parts)
        down = len(head) + 4 + len(raw)
        if headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        return Exchange(int(head.split()[1]), json.loads(raw) if raw else {}, len(request), down, ms)

    def _more(self) -> bytes:
        chunk = self._socket.recv(262_144) if self._socket else b""
        if not chunk:
            raise ConnectionError("the server hung up")
        return chunk

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket:
            self._socket.close()
        self._socket = None


def signed_in(port: int, planned: Planned, count: int) -> list[Phone]:
    """This many phones, each with a person and a session of its own."""
    phones = [Phone(port, user, planned.chk) for user in planned.users[:count]]
    for phone in phones:
        phone.sign_in()
    return phones
