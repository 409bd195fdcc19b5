"""Add to a visit's log what a device sends: accepted or held, numbered under the visit's lock (docs/sync.md 7).

Everything that needs no database is done before the lock; rights and state are read after it, in statements of
their own, so that nothing changes between the check and the use. Replaying any push any number of times leaves
the log as it is (I3).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, insert, select, update

from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain import visits
from app.domain.acceptance import Circumstances, Role, hold_reason
from app.domain.checklist import Checklist
from app.domain.errors import NotFound
from app.domain.operations import effective_parents
from app.domain.permissions import Actor
from app.domain.repinning import REPIN
from app.domain.wire import BodyError, Json, Operation, decode
from app.extensions import now, run
from app.sync import queries
from app.sync.actions import limits, storing
from app.sync.actions.ledger import Ledger
from app.sync.actions.refill import NOTHING_REFILLED, Refilled, prove, refill
from app.sync.models import ReusedOperation, Writer
from app.sync.queries import LogEntry
from app.sync.signing import signer

Outcome = Literal["ok", "dup", "idreuse", "forked", "gap", "later"]
COARSE = timedelta(minutes=5)  # a push that adds nothing notes the contact at most this often


_WRITER = select(Writer.user_id, Writer.ws, Writer.last_push_at).where(
    Writer.visit_id == bindparam("visit_id"), Writer.writer == bindparam("writer")
)
_FAR: dict[str, Any] = {"ws": bindparam("to_ws"), "device_id": bindparam("by_device"), "last_push_at": bindparam("at")}
_NEW_WRITER = insert(Writer).values(
    visit_id=bindparam("of_visit"), writer=bindparam("of_writer"), user_id=bindparam("by_user"), **_FAR
)
_ADVANCE_WRITER = (
    update(Writer).where(Writer.visit_id == bindparam("of_visit"), Writer.writer == bindparam("of_writer")).values(_FAR)
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes, from where: the session says so, never the request."""

    actor: Actor
    session_id: str = ""
    device_id: str = ""
    dropped: bool = False  # without the author's session: everything is held, and the server numbers it
    counted: bool = True  # against the day's limit
    imported: bool = False  # an administrator brings what others wrote: he need be no member


@dataclass(frozen=True, slots=True)
class Sent:
    """One operation as it came: its id, its number within the writer, its exact bytes."""

    op: str
    ws: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one operation; `expect` is the number a `gap` waits for."""

    op: str
    outcome: Outcome
    entry: LogEntry | None = None
    expect: int | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """The log's head after a push, how far the writer has come, and what became of each operation."""

    n: int
    hash: bytes
    safe_n: int
    writer_head: int
    results: tuple[Result, ...]
    n_before: int = 0
    hash_before: bytes = bytes(32)
    added: tuple[LogEntry, ...] = ()
    refilled: Refilled = NOTHING_REFILLED
    role: Role | None = None  # of the person who pushed, now


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An operation decoded and hashed before any lock is held; `problem` is a hold reason."""

    sent: Sent
    body_hash: bytes
    operation: Operation | None
    problem: str | None


@dataclass(slots=True)
class _Standing:
    """Rights and state as they are under the lock."""

    role: Role | None
    chk: str
    checklist: Checklist
    state: str
    self_check: bool
    mirrored: str  # what stands on the visit; "cancelled" there is no state of the log
    called_off: bool  # a surprise that nobody will start any more

    @property
    def signed(self) -> bool:
        return self.state == "signed"


def push(sender: Sender, visit_id: str, writer: str, sent: Sequence[Sent], evidence: Sequence[Json] = ()) -> Pushed:
    """Store what a device sends, each operation accepted or held, and say what became of it.

    `evidence` are pieces of an older chain of this very log, for a server that was restored.

    Processing stops at the first `forked`, `gap` or `later`. Raises NotFound for a visit that does not exist
    and for one whose delegation the person never belonged to.
    """
    prepared = [_prepare(each) for each in sent]
    offered = prove(visit_id, evidence, signer())
    head = storing.lock(visit_id)
    standing = _standing(sender, visit_id)
    refilled = refill(visit_id, offered)
    if refilled.taken:
        head, standing = storing.lock(visit_id), _standing(sender, visit_id)
    n_before, hash_before = head.n, head.hash
    ledger = Ledger(visit_id, head, signer())
    ledger.load([each.op for each in sent], [each.operation for each in prepared if each.operation])
    batch = _Batch(sender, visit_id, writer, ledger, standing)
    results = batch.run(prepared)
    if sender.counted:
        limits.count_ops(sender.device_id or sender.actor.user_id, [each.outcome for each in results].count("ok"))
    batch.store()
    return Pushed(
        n=ledger.n,
        hash=ledger.hash,
        safe_n=head.safe_n,
        writer_head=batch.ws,
        results=tuple(results),
        n_before=n_before,
        hash_before=hash_before,
        added=tuple(ledger.added),
        refilled=refilled,
        role=standing.role,
    )


def _prepare(sent: Sent) -> _Prepared:
    digest = hashlib.sha256(sent.body).digest()
    try:
        operation = decode(sent.body)
    except BodyError as problem:
        return _Prepared(sent, digest, None, problem.code)
    return _Prepared(sent, digest, operation, None if operation.op == sent.op else "BAD_VALUE")


def _standing(sender: Sender, visit_id: str) -> _Standing:
    visit, actor = storing.known_visit(visit_id), sender.actor
    subject = visit.subject
    if not sender.imported and actor.user_id not in subject.member_ids | subject.former_ids:
        raise NotFound("NO_SUCH_VISIT")
    role: Role | None = None
    if actor.user_id in subject.member_ids:
        role = "lead" if actor.user_id in subject.lead_ids else "member"
    chk = checklists.chk_of(visit.checklist_version_id)
    is_self = visit.kind == campaigns.SELF_CHECK
    checklist = checklists.checklist_by_chk(chk)
    return _Standing(role, chk, checklist, visit.state, is_self, visit.state, visit.called_off)


class _Batch:
    """One push on its way into the log."""

    def __init__(self, sender: Sender, visit_id: str, writer: str, ledger: Ledger, standing: _Standing) -> None:
        self.sender, self.visit_id, self.writer = sender, visit_id, writer
        self.ledger, self.standing = ledger, standing
        self.at: datetime = now()
        self.received_ms = int(self.at.timestamp() * 1000)
        self.stored_writer = run(_WRITER, visit_id=visit_id, writer=writer).first()
        self.ws = self.stored_writer.ws if self.stored_writer else 0
        self.reused: list[_Prepared] = []

    def run(self, prepared: Sequence[_Prepared]) -> list[Result]:
        """Judge one operation after the other."""
        results = []
        for each in prepared:
            results.append(self._take(each))
            if results[-1].outcome in {"forked", "gap", "later"}:
                break
        return results

    def _take(self, each: _Prepared) -> Result:
        sent, entry = each.sent, self.ledger.entry(each.sent.op)
        if self.sender.dropped and entry is None:
            sent = replace(sent, ws=self.ws + 1)
            each = replace(each, sent=sent)
        if entry is not None:
            if not self.sender.dropped and sent.ws == self.ws + 1 and self._is_own_writer():
                self.ws = sent.ws  # a re-wrapped duplicate uses its slot up, or the writer would be stuck
            if entry.body_hash == each.body_hash:
                return Result(sent.op, "dup", entry)
            self.reused.append(each)
            return Result(sent.op, "idreuse")
        if sent.ws <= self.ws or not self._is_own_writer():
            return Result(sent.op, "forked")
        if sent.ws > self.ws + 1:
            return Result(sent.op, "gap", expect=self.ws + 1)
        if self._must_wait(each):
            return Result(sent.op, "later")
        self.ws = sent.ws
        return Result(sent.op, "ok", self._append(each))

    def _must_wait(self, each: _Prepared) -> bool:
        """What closes or signs waits while phones are giving back what a restored server has forgotten."""
        closes = each.operation is not None and each.operation.kind in {"close", "repin", "sign"}
        if not closes or self.sender.dropped:
            return False
        installed = queries.installation()
        return installed is not None and installed[1]

    def _is_own_writer(self) -> bool:
        """A writer belongs to one person: under another name it is a twin."""
        return self.stored_writer is None or self.stored_writer.user_id == self.sender.actor.user_id

    def _append(self, each: _Prepared) -> LogEntry:
        written = each.operation
        operation = written and self.ledger.repins.carried(written)
        parents: tuple[str, ...] = ()
        why = each.problem
        if operation is not None and why is None:
            known = self.ledger.known(operation.path)
            parents = effective_parents(operation.op, operation.kind, operation.parents, known)
            why = self._judge(operation, parents)
        entry = self.ledger.append(
            op=each.sent.op,
            body=each.sent.body,
            body_hash=each.body_hash,
            operation=written,
            actor_id=self.sender.actor.user_id,
            writer=self.writer,
            ws=each.sent.ws,
            received_ms=self.received_ms,
            why=why or "",
            parents=parents,
        )
        if operation is not None and not why and operation.kind == REPIN:
            self.standing.chk = operation.value["chk"]
            self.standing.checklist = checklists.checklist_by_chk(self.standing.chk)
        if operation is not None and not why and operation.kind in {"close", "reopen", "amend", "sign"}:
            self.standing.state = self.ledger.state().state
        elif not why and self.standing.state == "planned":
            self.standing.state = "open"
        return entry

    def _judge(self, operation: Operation, parents: tuple[str, ...]) -> str | None:
        """The hold reason; closing is checked against the whole log, and so is reopening what was signed."""
        standing, kind = self.standing, operation.kind
        if self.sender.imported and operation.visit == self.visit_id:
            return "DROPPED_OFF"  # the importer is not its author, and says so
        reopens = standing.signed and kind == "reopen" and standing.role == "lead"
        why = hold_reason(
            operation,
            standing.checklist,
            Circumstances(
                visit=self.visit_id,
                chk=standing.chk,
                actor=self.sender.actor.user_id,
                role=standing.role,
                signed=standing.signed,
                dropped=self.sender.dropped,
                may_reopen=reopens and bool(self._late()),
                self_check=standing.self_check,
                beside=self.ledger.beside(operation.path, parents),
                closes=self.ledger.closes() if kind == "sign" else {},
                held=self.ledger.held(operation) if kind in {"adopt", "dismiss"} else {},
                target=self._target(operation) if kind == REPIN else None,
            ),
        )
        if why == "NOT_MEMBER" and standing.called_off:
            return "CANCELLED"  # he is still in the delegation: the visit is gone, not he
        return self._close_problem(operation) if why is None and kind == "close" else why

    def _target(self, operation: Operation) -> Checklist | None:
        """The checklist a re-pin leads to: a published version of the same checklist that the visit never had."""
        chk = operation.value.get("chk") if isinstance(operation.value, dict) else None
        if not isinstance(chk, str) or chk == self.standing.chk or self.ledger.repins.knows(chk):
            return None
        if self.standing.state == "closed":  # what was frozen keeps its checklist: reopen first
            return None
        try:
            version = checklists.version_by_chk(chk)
        except NotFound:
            return None
        return checklists.checklist_by_chk(chk) if version.slug == self.standing.checklist.slug else None

    def _late(self) -> tuple[str, ...]:
        return visits.visit_state([queries.as_domain(entry) for entry in self.ledger.whole()]).late

    def _close_problem(self, close: Operation) -> str | None:
        log = self.ledger.whole()
        n = close.value["n"]
        at_n = visits.NO_HASH if n == 0 else log[n - 1].hash.hex() if n <= len(log) else None
        return visits.close_problem(close.value, [queries.as_domain(entry) for entry in log], at_n)

    # --- storing ------------------------------------------------------------------------------------------

    def store(self) -> None:
        """Write the entries and everything kept beside them: as many statements for 200 operations as for one."""
        self._store_writer()
        for each in self.reused:
            self._store_reused(each)
        storing.store_entries(self.ledger, session_id=self.sender.session_id, device_id=self.sender.device_id)
        storing.mirror_checklist(self.ledger)
        storing.mirror_state(self.ledger, state=self.standing.state, mirrored=self.standing.mirrored, at=self.at)

    def _store_writer(self) -> None:
        stored = self.stored_writer
        far = {"to_ws": self.ws, "by_device": self.sender.device_id, "at": self.at}
        key = {"of_visit": self.visit_id, "of_writer": self.writer}
        if stored is None:
            if self.ws:
                run(_NEW_WRITER, **far, **key, by_user=self.sender.actor.user_id)
        elif self._is_own_writer() and (stored.ws != self.ws or self.at - stored.last_push_at >= COARSE):
            run(_ADVANCE_WRITER, **far, **key)

    def _store_reused(self, each: _Prepared) -> None:
        row = {"visit_id": self.visit_id, "op": each.sent.op, "body_hash": each.body_hash, "body": each.sent.body}
        storing.insert_missing(ReusedOperation, row | {"actor_id": self.sender.actor.user_id, "received_at": self.at})
