"""Work that comes without its author's session: by a device's ticket, or in a file that an administrator imports.

Everything is held; a person decides. The server makes the writer and counts for it, so sending twice is sending once
by the operations' ids alone. What this server once signed and has forgotten needs no decision: it comes back as it was.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.permissions import Actor
from app.domain.wire import Json
from app.sync import queries
from app.sync.actions.push import Pushed, Sender, Sent, push
from app.sync.queries import LogEntry


@dataclass(frozen=True, slots=True)
class Dropped:
    """What became of each operation, and the entries that prove it."""

    pushed: Pushed
    own: tuple[LogEntry, ...]


def drop(owner: Actor, device_id: str, visit_id: str, sent: Sequence[Sent], evidence: Sequence[Json] = ()) -> Dropped:
    """Hold what a device hands in under its owner's name, and take back what it proves to have been here.

    Raises NotFound for a visit that was never the owner's.
    """
    sender = Sender(owner, device_id=device_id, dropped=True)
    pushed = push(sender, visit_id, server_writer("drop", device_id), sent, evidence)
    own = queries.log_of_ops(visit_id, [each.op for each in sent])
    mine = [entry for entry in own.values() if entry.actor_id == owner.user_id]
    return Dropped(pushed, tuple(sorted(mine, key=lambda entry: entry.n)))


def server_writer(purpose: str, whose: str) -> str:
    """A writer of the server's own making, the same for one device for ever."""
    digest = hashlib.sha256(f"{purpose}:{whose}".encode()).digest()
    return urlsafe_b64encode(digest)[:22].decode()
