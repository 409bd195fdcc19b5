"""When a visit began: what the lead's phone said, and between which moments the server can prove it lies.

The lead's `start` names the phone's clock, how far that was off when it was last compared, and the last signed time
the server had told it: the start was made after that, and before the server received it. Twin of
offline_client/src/domain/starting.ts; both are held to tests/vectors/starting/.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.calendar import VIET_NAM
from app.domain.operations import ACCEPTED, Entry

START = "start/visit"
_LAST = 253_000_000_000_000  # before the year 9999

Signed = Callable[[bytes, str], bool]  # whether the server's key made this signature (base64url) over these 32 bytes


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds since 1970. `said` is the phone's clock, `corrected` the same by the server's clock, as measured
    before; `not_before` and `received` are the server's own and bound it. None: not known."""

    op: str
    actor: str
    said: int
    corrected: int | None
    uncertain: int
    not_before: int | None
    received: int | None

    @property
    def fits(self) -> bool:
        """Whether what the phone said lies within what the server can prove, give or take its uncertainty."""
        told = self.said if self.corrected is None else self.corrected
        early = self.not_before is not None and told + self.uncertain < self.not_before
        late = self.received is not None and told - self.uncertain > self.received
        return not early and not late


def beacon_bytes(at: int) -> bytes:
    """What the server signs to say what time it is: SHA-256 of `VSPT` and the milliseconds, 8 bytes big-endian."""
    return hashlib.sha256(b"VSPT" + at.to_bytes(8, "big")).digest()


def start_of(entries: Iterable[Entry], signed: Signed) -> Start | None:
    """The first accepted start of a visit, the outbox's after the log's; None if it was not started so."""
    starts = [entry for entry in entries if entry.path == START and entry.status == ACCEPTED]
    if not starts:
        return None
    first = min(starts, key=lambda entry: (entry.n is None, entry.n or 0))
    value = first.value
    after = value.get("after")
    proven = after is not None and signed(beacon_bytes(after["at"]), after["sig"])
    return Start(
        op=first.op,
        actor=first.actor,
        said=value["at"],
        corrected=value["at"] + value["off"] if "off" in value else None,
        uncertain=value.get("unc", 0),
        not_before=after["at"] if proven else None,
        received=first.received_at,
    )


def said_text(start: Start) -> str:
    """`07:15:03 ngày 30/11/2026`: the phone's clock, set right by what the server's was when they were compared."""
    return _moment(start.said if start.corrected is None else start.corrected)


def bounds_text(start: Start) -> str:
    """Between which moments the server proves the start to lie; empty where it cannot say anything yet."""
    least = f"không sớm hơn {_moment(start.not_before)}" if start.not_before is not None else ""
    most = f"không muộn hơn {_moment(start.received)}" if start.received is not None else ""
    return ", ".join(each for each in (least, most) if each)


def _moment(at: int) -> str:
    at = max(0, min(at, _LAST))  # a clock may be off by anything
    return f"{datetime.fromtimestamp(at // 1000, VIET_NAM):%H:%M:%S ngày %d/%m/%Y}"
