"""Pages of a log as devices read them: lean, and proven by one signature over their last hash (docs/sync.md 7)."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.news import Record, lean
from app.domain.operations import ACCEPTED
from app.domain.permissions import Subject
from app.domain.wire import base64url
from app.sync import queries
from app.sync.queries import LogEntry, LogHead
from app.sync.signing import Signer


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the lead sees the bodies of held entries, everybody else only his own."""

    user_id: str
    leads: bool

    def sees(self, entry: LogEntry) -> bool:
        """Whether the body of an entry is shown to this person."""
        return self.leads or entry.status == ACCEPTED or entry.actor_id == self.user_id


def reader_of(user_id: str, subject: Subject) -> Reader:
    """A person as a reader of a visit's log."""
    return Reader(user_id, user_id in subject.lead_ids)


def is_at(visit_id: str, after: int, h: str) -> bool:
    """Whether a cursor stands in the log: entry `after` exists and its hash begins with `h`."""
    at_cursor = queries.hash_at(visit_id, after)
    return at_cursor is not None and (after == 0 or (h != "" and at_cursor.hex().startswith(h)))


def is_elsewhere(visit_id: str, after: int, h: str) -> bool:
    """Whether who has left tells a cursor of another log than this one: the server was restored. An own view is no log;
    who has read on in one tells no hash, or only zeros."""
    return h.strip("0") != "" and not is_at(visit_id, after, h)


def page(visit_id: str, reader: Reader, signer: Signer, head: LogHead, *, after: int, limit: int) -> dict[str, Any]:
    """What follows a cursor that stands in the log, at most `limit` entries."""
    entries = queries.log_page(visit_id, after=after, limit=limit) if head.n > after else ()
    return written(entries, reader, signer, after=after, head_n=head.n)


def written(
    entries: Sequence[LogEntry],
    reader: Reader,
    signer: Signer,
    *,
    after: int,
    head_n: int,
    mine: Collection[str] = (),
) -> dict[str, Any]:
    """Entries behind `after` as news; `mine` are the ops the reader has just sent."""
    shown: dict[str, Any] = {"after": after, "entries": lean([record_of(e, reader) for e in entries], mine)}
    if entries:
        last = entries[-1]
        shown |= {"h": last.hash.hex(), "sig": base64url(last.signature or signer.sign(last.hash))}
    return shown | {"more": (entries[-1].n if entries else after) < head_n}


def shortened(shown: dict[str, Any]) -> dict[str, Any]:
    """News for who pushed in the short form: 64 bits of the hash that the signature covers whole, and no plain `no`."""
    short = shown | ({"h": shown["h"][:16]} if "h" in shown else {})
    return {name: value for name, value in short.items() if (name, value) != ("more", False)}


def record_of(entry: LogEntry, reader: Reader) -> Record:
    """An entry as its reader may know it."""
    return Record(
        n=entry.n,
        op=entry.op,
        body=entry.body if reader.sees(entry) else None,
        body_hash=entry.body_hash,
        actor=entry.actor_id,
        writer=entry.writer,
        ws=entry.ws,
        received_ms=entry.received_ms,
        status=entry.status,
        why=entry.why,
        parents=entry.parents,
    )


def proven(entry: LogEntry, signer: Signer) -> dict[str, Any]:
    """An entry alone, complete and signed: what somebody gets who may not read the log it stands in."""
    return complete(entry) | {"sig": base64url(entry.signature or signer.sign(entry.hash))}


def complete(entry: LogEntry, *, with_body: bool = True) -> dict[str, Any]:
    """An entry with everything its hash covers; nothing is left to be worked out."""
    line: dict[str, Any] = {
        "n": entry.n,
        "op": entry.op,
        "actor": entry.actor_id,
        "writer": entry.writer,
        "ws": entry.ws,
        "recv": entry.received_ms,
        "st": entry.status,
        "why": entry.why,
        "epar": list(entry.parents),
        "bh": entry.body_hash.hex(),
        "prev": entry.prev.hex(),
        "h": entry.hash.hex(),
        "body": None,
    }
    if with_body:
        try:
            line["body"] = entry.body.decode()
        except UnicodeDecodeError:
            line["body_b64"] = base64.b64encode(entry.body).decode()
    return line
