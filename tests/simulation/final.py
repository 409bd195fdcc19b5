"""The last look at a visit: the log as the database holds it, checked link by link, and every cache rebuilt.

Reads past the API on purpose: what is asserted is what is stored.
"""

import hashlib
from collections import defaultdict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from sqlalchemy import select

from app.campaigns.models import Visit
from app.domain import operations, repinning, wire
from app.domain.starting import START
from app.domain.visits import open_held
from app.extensions import db
from app.sync import blobs, images, queries
from app.sync.models import Blob, Entry, Head, VisitHead, Writer
from app.sync.queries import LogEntry
from app.sync.signing import signer
from tests.simulation.history import Final
from tests.simulation.model import heads_of as model_heads


def logs(app: Flask, visits: list[str]) -> tuple[dict[str, list[Final]], dict[str, set[str]], list[str]]:
    """The final logs and photos by visit, for the history's checker, and what is wrong with them by themselves."""
    found: dict[str, list[Final]] = {}
    photos: dict[str, set[str]] = {}
    problems: list[str] = []
    with app.app_context():
        for visit in visits:
            entries = queries.whole_log(visit)
            found[visit] = [Final(e.n, e.op, e.body_hash.hex(), e.actor_id, e.hash.hex()) for e in entries]
            photos[visit] = set(db.session.scalars(select(Blob.sha256).where(Blob.visit_id == visit)))
            problems += [f"{visit}: {each}" for each in problems_of(visit, entries)]
        db.session.remove()
    return found, photos, problems


def problems_of(visit: str, entries: tuple[LogEntry, ...]) -> list[str]:
    """What is wrong with one visit. Needs an application context."""
    return [
        *_chain(visit, entries),
        *_signatures(entries),
        *_writers(visit, entries),
        *_caches(visit, entries),
        *_photos(visit),
        *_start(visit, entries),
    ]


def _chain(visit: str, entries: tuple[LogEntry, ...]) -> list[str]:
    problems, prev = [], bytes(32)
    for n, each in enumerate(entries, 1):
        fields = wire.HashedFields(
            visit=visit, n=n, prev=prev, op=each.op, body_hash=hashlib.sha256(each.body).digest(),
            actor=each.actor_id, writer=each.writer, ws=each.ws, received_at=each.received_ms,
            status=each.status, why=each.why, parents=each.parents,
        )  # fmt: skip
        if (each.n, each.prev, each.hash) != (n, prev, wire.entry_hash(fields)):
            problems.append(f"the chain breaks at entry {n} (I5)")
            break
        prev = each.hash
    head = db.session.get(VisitHead, visit)
    if entries and (head is None or (head.n, head.hash) != (len(entries), prev)):
        problems.append("the visit's head is not the last entry (I4)")
    return problems


def _signatures(entries: tuple[LogEntry, ...]) -> list[str]:
    """Every signature that is stored is right, and the last entry has one: it vouches for all before it."""
    key = Ed25519PublicKey.from_public_bytes(signer().public_key())
    problems = []
    if entries and not entries[-1].signature:
        problems.append("the last entry is not signed (I5)")
    for each in entries:
        try:
            if each.signature:
                key.verify(each.signature, each.hash)
        except InvalidSignature:
            problems.append(f"the signature of entry {each.n} is false (I5)")
    return problems


def _writers(visit: str, entries: tuple[LogEntry, ...]) -> list[str]:
    """One (writer, ws) for one operation, and the server remembers how far each writer has come (I16).

    What a restored server takes back keeps its number, which a twin may have used since: both are in the log. Such an
    entry was received before one that stands in front of it.
    """
    problems = []
    slots: dict[str, list[int]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    furthest: dict[str, int] = defaultdict(int)
    received = 0
    for each in entries:
        if each.received_ms >= received:
            slots[each.writer].append(each.ws)
        received = max(received, each.received_ms)
        people[each.writer].add(each.actor_id)
        furthest[each.writer] = max(furthest[each.writer], each.ws)
    stored = {
        row[0]: row[1] for row in db.session.execute(select(Writer.writer, Writer.ws).where(Writer.visit_id == visit))
    }
    for writer, numbers in slots.items():
        if numbers != sorted(set(numbers)):
            problems.append(f"writer {writer} used a number twice or out of order (I16)")
    for writer, last in furthest.items():
        if stored.get(writer, 0) < last:
            problems.append(f"writer {writer} is known to {stored.get(writer)}, not {last} (I16)")
        if len(people[writer]) > 1:
            problems.append(f"writer {writer} belongs to several people (I16)")
    return problems


def _caches(visit: str, entries: tuple[LogEntry, ...]) -> list[str]:
    """Heads and counters rebuilt from the log are what stands beside it (I6, I7)."""
    problems = []
    contents = [queries.as_domain(each) for each in entries]
    fold = operations.Fold(contents)
    backwards = operations.fold(reversed(contents))
    if dict(fold.cells) != dict(backwards):
        problems.append("another order of entries gives other answers (I7)")
    rebuilt = {(path, head.op) for path, heads in fold.cells.items() for head in heads}
    counting = [each for each in contents if each.status == operations.ACCEPTED]
    model = model_heads((each.path, each.op, each.parents) for each in counting)
    moved = any(each.kind == repinning.REPIN for each in counting)  # the model knows no other paths
    if not moved and rebuilt != {(path, op) for path, ops in model.items() for op in ops}:
        problems.append("the fold is not the model's (I7)")
    cached = {
        (row[0], row[1])
        for row in db.session.execute(select(Head.path, Head.op).where(Head.visit_id == visit, Head.n > 0))
    }
    if rebuilt != cached:
        problems.append(f"the heads rebuilt from the log differ: {sorted(rebuilt ^ cached)[:3]} (I6)")
    head = queries.log_head(visit)
    counted = (len(fold.contested), len(open_held(contents)))
    if (head.contested, head.held) != counted:
        problems.append(f"contested and held are counted {head.contested}, {head.held} and are {counted} (I20)")
    problems += _reachable(contents, rebuilt)
    number = db.session.scalar(select(db.func.count()).select_from(Entry).where(Entry.visit_id == visit)) or 0
    if number != len(entries):
        problems.append("entries were added while looking")
    return problems


def _reachable(contents: list[operations.Entry], heads: set[tuple[str, str]]) -> list[str]:
    """Every accepted operation is a head or an ancestor of one (I8)."""
    accepted = {each.op: each for each in contents if each.status == operations.ACCEPTED}
    reached, waiting = set[str](), [op for _, op in heads]
    while waiting:
        op = waiting.pop()
        if op not in reached:
            reached.add(op)
            waiting += [parent for parent in accepted[op].parents if parent in accepted] if op in accepted else []
    hidden = sorted(accepted.keys() - reached)
    return [f"accepted and hidden: {hidden[:3]} (I8)"] if hidden else []


def _photos(visit: str) -> list[str]:
    """Every photo marked present has exactly the promised bytes (I14)."""
    problems = []
    for blob in db.session.scalars(select(Blob).where(Blob.visit_id == visit)):
        file = blobs.stored(visit, blob.sha256)
        if not file.exists() or file.stat().st_size != blob.size or blobs.sha256_of(file) != blob.sha256:
            problems.append(f"photo {blob.sha256} is not what it is said to be (I14)")
        elif not blobs.drawn(visit, blob.sha256, images.VIEW).exists():
            problems.append(f"photo {blob.sha256} has no view")
    return problems


def _start(visit: str, entries: tuple[LogEntry, ...]) -> list[str]:
    """The first start that counts is what stands on the visit, and lies where the server can prove it."""
    start = queries.start_of(queries.as_domain(each) for each in entries if each.path == START)
    mirrored = db.session.scalar(select(Visit.started_at).where(Visit.id == visit))
    at = round(mirrored.timestamp() * 1000) if mirrored else None
    problems = []
    if at != (start.received if start else None):
        problems.append("another moment than that of the first start stands on the visit (I6)")
    if start and start.not_before and start.received and start.not_before > start.received:
        problems.append("a visit was started before the time that its start names")
    return problems
