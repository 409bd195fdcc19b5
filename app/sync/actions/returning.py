"""Entries that this database has forgotten, brought back by an archive or by phones that kept them.

Whoever calls has proven that the server once signed them. They are appended with their *original* actor, writer, ws,
receive time, status and effective parents, whatever the rights are today; only number, chain and signature are new.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from app.accounts.queries.directory import names_of_people
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.errors import NotFound
from app.domain.operations import ACCEPTED
from app.domain.repinning import REPIN
from app.domain.wire import BodyError, Operation, decode
from app.extensions import db, now
from app.sync.actions import storing
from app.sync.actions.ledger import Ledger
from app.sync.models import Writer
from app.sync.queries import LogEntry
from app.sync.signing import signer

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry as an earlier log had it; `why` is empty for an accepted one."""

    op: str
    body: bytes
    actor_id: str
    writer: str
    ws: int
    received_ms: int
    why: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many were missing and are there again, and how many the log had, or had again by an earlier one of them.

    `strays` are the checklists of re-pins that this visit cannot follow; everything else came back all the same.
    """

    taken: int
    known: int
    strays: tuple[str, ...] = ()


def of_known_authors(proven: Sequence[ProvenEntry]) -> list[ProvenEntry]:
    """Those whose author has an account in this database; an entry of anybody else has nobody to stand under."""
    known = names_of_people({each.actor_id for each in proven})
    return [each for each in proven if each.actor_id in known]


def take_back(visit_id: str, proven: Sequence[ProvenEntry]) -> TakenBack:
    """Append what the log lacks, in the order given. Raises NotFound for a visit that is not planned here."""
    head = storing.lock(visit_id)
    visit = storing.known_visit(visit_id)
    ledger = Ledger(visit_id, head, signer())
    operations = [_operation(each) for each in proven]
    ledger.load([each.op for each in proven], [each for each in operations if each is not None])
    known = 0
    strays: dict[str, str] = {}
    for each, operation in zip(proven, operations, strict=True):
        if ledger.entry(each.op) is not None:  # it was here, or came with an earlier piece
            known += 1
            continue
        if operation is not None and not each.why and _is_stray(operation, visit, ledger):
            strays[each.op] = operation.value["chk"]
            continue
        ledger.append(
            op=each.op,
            body=each.body,
            body_hash=hashlib.sha256(each.body).digest(),
            operation=operation,
            actor_id=each.actor_id,
            writer=each.writer,
            ws=each.ws,
            received_ms=each.received_ms,
            why=each.why,
            parents=each.parents,
        )
    _advance_writers(visit_id, ledger.added)
    storing.store_entries(ledger)
    storing.mirror_checklist(ledger)
    state = ledger.state().state
    if state == "planned" and (visit.state == "open" or any(entry.status == ACCEPTED for entry in ledger.added)):
        state = "open"
    touched = any(entry.path.startswith(("visit/closing", "sign/")) for entry in ledger.added)
    if visit.state != "cancelled" and (touched or visit.state == "planned"):
        storing.mirror_state(ledger, state=state, mirrored=visit.state, at=now())
    if strays:
        logger.warning("repins_not_taken_back", visit=visit_id, checklists=sorted(strays.values()))
    return TakenBack(len(ledger.added), known, tuple(strays.values()))


def _is_stray(operation: Operation, visit: PlannedVisit, ledger: Ledger) -> bool:
    """Whether it is a re-pin that does not go on from the checklist in force, or leads to one this database lacks.

    Taken, it would leave the visit without its questions, or put two checklists in force. What was written after it
    comes back all the same, and stands where it belongs as soon as the re-pin does.
    """
    if operation.kind != REPIN:
        return False
    in_force = ledger.repins.last or checklists.chk_of(visit.checklist_version_id)
    return operation.value["from"] != in_force or not checklists.is_published(operation.value["chk"])


def forgotten_checklists(proven: Iterable[ProvenEntry]) -> list[str]:
    """The checklists that these entries once moved the visit to and that this database lacks, in their order."""
    operations = (_operation(each) for each in proven if not each.why)
    named = [each.value["chk"] for each in operations if each is not None and each.kind == REPIN]
    return [chk for chk in named if not checklists.is_published(chk)]


def _operation(proven: ProvenEntry) -> Operation | None:
    try:
        return decode(proven.body)
    except BodyError:
        return None


def _advance_writers(visit_id: str, added: Sequence[LogEntry]) -> None:
    """A writer has come at least as far as what came back of it, or its phone would be told it has a twin."""
    furthest: dict[str, LogEntry] = {}
    for entry in added:
        if entry.writer not in furthest or furthest[entry.writer].ws < entry.ws:
            furthest[entry.writer] = entry
    for writer, entry in furthest.items():
        stored = db.session.get(Writer, (visit_id, writer), populate_existing=True)
        if stored is None:
            row = Writer(visit_id=visit_id, writer=writer, user_id=entry.actor_id, ws=entry.ws, last_push_at=now())
            db.session.add(row)
        elif stored.ws < entry.ws:
            stored.ws = entry.ws
    db.session.flush()


def must_exist(visit_id: str) -> bool:
    """Whether a visit is planned in this database."""
    try:
        storing.known_visit(visit_id)
    except NotFound:
        return False
    return True
