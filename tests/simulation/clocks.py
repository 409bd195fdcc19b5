"""A log without what phones' clocks say in it: in the twin of a history, whose clocks are others, it is the same (I15).

An operation's `t` is evidence, a photo tells when it was taken, a start when its phone began. What a close and its
signatures name by hash covers these, so of such a hash it only counts where the same one stands again; whether it is
the right one other oracles say (final.py).
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from app.domain.starting import START
from app.sync.queries import LogEntry

HASHES = ("h", "digest")


def clockless(entries: Sequence[LogEntry]) -> str:
    """Equal exactly if the two logs differ in clocks only. The server's own time is no phone's and counts."""
    names: dict[str, str] = {}
    said = [
        [each.n, each.op, each.actor_id, each.writer, each.ws, each.received_ms, each.status, each.why,
         list(each.parents), _said(json.loads(each.body), names)]
        for each in entries
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _said(body: dict[str, Any], names: dict[str, str]) -> Any:
    value = _untimed(body["val"])
    if body["path"] == START:
        value.pop("at")
    if body["kind"] in ("close", "sign"):
        value |= {key: names.setdefault(value[key], str(len(names))) for key in HASHES if key in value}
    return {**body, "t": None, "val": value}


def _untimed(value: Any) -> Any:
    """Without the times of photos, also of those that an adoption carries."""
    if isinstance(value, dict):
        return {key: _untimed(inner) for key, inner in value.items() if key != "taken_at"}
    return value
