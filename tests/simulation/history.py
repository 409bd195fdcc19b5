"""What every phone tried and learned, in the order in which it happened, and whether the final log agrees.

The idea is Jepsen's: a client writes `invoke` before it asks, then `ok` (the server said so), `fail` (it certainly did
not happen) or `info` (nobody knows: no reply, or a 5xx). One recorder per run, so the order of the lines is real time.

| f | invoke | ok |
|---|---|---|
| `save` | – | the phone's screen showed these as saved: `ops: {op: sha256 of its bytes}` |
| `push` | `visit, user, ops: {op: sha256}` | `ops: [op]`: acknowledged (stored now, or known) |
| `read` | `visit` | `entries: [[n, op, h]]`, `n`: the end reached (None: a former member's own ones) |
| `photo` | `visit, sha256` | `sha256`: the server has the whole of it |
| `lost` | – | `info`, `ops: [op]`: the device reported that it lost these |
| `restore` | – | `info`: the server went back to a backup; what it forgot may come back with other numbers |
| `kill` | – | `info`, `what`: what was killed |

The checker needs no model of conflicts: a visit's log is one total order, so sets, prefixes and real time are enough.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Final:
    """One entry of the log as it stands at the end."""

    n: int
    op: str
    body_hash: str
    actor: str
    h: str


@dataclass
class Recorder:
    """Takes events from many threads; the order of its list is the order in which they happened."""

    events: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, process: str, kind: str, f: str, **value: Any) -> None:
        with self._lock:
            self.events.append({"i": len(self.events), "p": process, "type": kind, "f": f, **value})

    def write(self, file: Path) -> None:
        """As NDJSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in self.events)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(file: Path) -> list[Event]:
    """The events of an NDJSON file, in order."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def check(events: Iterable[Event], logs: Mapping[str, Sequence[Final]], photos: Mapping[str, set[str]]) -> list[str]:
    """Everything in which the history and the final logs and photos (by visit) disagree; empty if nothing."""
    checker = _Checker(logs, photos)
    for event in events:
        checker.take(event)
    checker.end()
    return checker.problems


class _Checker:
    def __init__(self, logs: Mapping[str, Sequence[Final]], photos: Mapping[str, set[str]]) -> None:
        self.logs, self.photos = logs, photos
        self.where = {entry.op: (visit, entry) for visit, log in logs.items() for entry in log}
        self.problems: list[str] = []
        self.sent: dict[str, tuple[set[str], set[str]]] = {}  # op → hashes and users it was ever sent with
        self.saved: dict[str, str] = {}  # op → hash shown as saved
        self.acknowledged: set[str] = set()
        self.lost: set[str] = set()
        self.kept_photos: set[tuple[str, str]] = set()
        self.restored = False
        self.committed: Counter[str] = Counter()  # visit → the highest number anybody was told of
        self.floor: dict[str, int] = {}  # op → what was committed before it was first sent
        self.open: dict[str, tuple[Event, int]] = {}  # process → its invocation, and what was committed then

    def take(self, event: Event) -> None:
        kind, f = event["type"], event["f"]
        if kind == "invoke":
            self._invoked(event)
        elif f in {"push", "read", "photo"}:
            begun, floor = self.open.pop(event["p"], ({}, 0))
            if begun.get("f") != f:
                self.problems.append(f"{event['p']}: a reply to a {f} nobody asked for (event {event['i']})")
            elif kind == "ok":
                getattr(self, f"_{f}")(event, begun["visit"], floor)
        elif f == "save":
            self.saved.update(event["ops"])
        elif f == "lost":
            self.lost.update(event["ops"])
        elif f == "restore":
            self.restored = True

    def _invoked(self, event: Event) -> None:
        if event["p"] in self.open:
            self.problems.append(f"{event['p']}: two requests at once (event {event['i']})")
        visit = event["visit"]
        self.open[event["p"]] = (event, self.committed[visit])
        for op, digest in event.get("ops", {}).items():
            hashes, users = self.sent.setdefault(op, (set(), set()))
            hashes.add(digest)
            users.add(event["user"])
            self.floor.setdefault(op, self.committed[visit])

    def _push(self, event: Event, visit: str, _floor: int) -> None:
        for op in event["ops"]:
            self.acknowledged.add(op)
            self._told(visit, op)

    def _read(self, event: Event, visit: str, floor: int) -> None:
        log = self.logs.get(visit, ())
        for n, op, h in event["entries"]:
            final = log[n - 1] if 0 < n <= len(log) else None
            if not self.restored and (final is None or (final.op, final.h) != (op, h)):
                self.problems.append(f"{event['p']} read entry {n} ({op}), which the log no longer has so (I6)")
            if op not in self.where:
                self.problems.append(f"{event['p']} read {op}, which is gone (I1)")
        if event["n"] is None:
            return
        if not self.restored and event["n"] < floor:
            self.problems.append(f"{event['p']} read to {event['n']} although {floor} was acknowledged before (I4)")
        self.committed[visit] = max(self.committed[visit], event["n"])

    def _photo(self, event: Event, visit: str, _floor: int) -> None:
        self.kept_photos.add((visit, event["sha256"]))

    def _told(self, visit: str, op: str) -> None:
        found = self.where.get(op)
        if found is not None:
            self.committed[visit] = max(self.committed[visit], found[1].n)

    def end(self) -> None:
        for visit, log in self.logs.items():
            if [entry.n for entry in log] != list(range(1, len(log) + 1)):
                self.problems.append(f"{visit}: the numbers are not 1…{len(log)} (I4)")
            for op, times in Counter(entry.op for entry in log).items():
                if times > 1:
                    self.problems.append(f"{op} is in the log {times} times (I3)")
        self._sets()
        for visit, sha256 in sorted(self.kept_photos):
            if sha256 not in self.photos.get(visit, set()):
                self.problems.append(f"photo {sha256} was acknowledged and is not there (I14)")

    def _sets(self) -> None:
        # A server that went back cannot have what every phone has lost as well.
        gone = self.lost if self.restored else set[str]()
        for op in sorted(self.acknowledged - self.where.keys() - gone):
            self.problems.append(f"{op} was acknowledged and is not in the log (I1)")
        for op in sorted(self.saved.keys() - self.where.keys() - self.lost):
            self.problems.append(f"{op} was shown as saved and is neither in the log nor reported lost (I2)")
        for op, digest in self.saved.items():
            if op in self.where and self.where[op][1].body_hash != digest:
                self.problems.append(f"{op} is in the log with other bytes than were saved (I1)")
        for op, (_, entry) in self.where.items():
            hashes, users = self.sent.get(op, (set(), set()))
            if not hashes:
                self.problems.append(f"{op} is in the log and nobody sent it (I10)")
            elif entry.body_hash not in hashes:
                self.problems.append(f"{op} is in the log with bytes nobody sent (I1)")
            elif entry.actor not in users:
                self.problems.append(f"{op} is attributed to {entry.actor}, who did not send it (I10)")
            elif not self.restored and entry.n <= self.floor[op]:
                self.problems.append(
                    f"{op} has number {entry.n}, but {self.floor[op]} was known before it was sent (I4)"
                )
