"""What a push must know of a visit's log, read once under the lock, and the entries it adds to it.

However many operations a push carries, it asks the same few statements (docs/sync.md 7): the heads of the touched
paths, the entries named by id, and, only if the lead closes, signs, reopens or adopts, those of the closing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select

from app.domain import visits
from app.domain.acceptance import HeldOperation
from app.domain.operations import ACCEPTED, HELD, Fold, Known, cell_value, is_answer
from app.domain.operations import Entry as DomainEntry
from app.domain.repinning import REPIN, Repins
from app.domain.wire import HashedFields, Json, Operation, canonical, entry_hash
from app.extensions import run
from app.sync import queries
from app.sync.models import Head
from app.sync.queries import LogEntry
from app.sync.signing import Signer

CONTROL_PATHS = ("visit/closing", "sign/lead", "sign/unit")
_HEADS = select(Head.path, Head.op, Head.n, Head.value_hash).where(Head.visit_id == bindparam("visit_id"))
_HEADS_OF_PATHS = _HEADS.where(Head.path.in_(bindparam("paths", expanding=True)))
ABSENT = 0  # the number of a head that was replaced before it arrived: it must not stand when it comes


@dataclass(frozen=True, slots=True)
class Locked:
    """The head of a log whose lock this transaction holds."""

    n: int
    hash: bytes
    safe_n: int
    repins: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A head as the cache holds it: its number and the hash of its canonical value."""

    n: int
    value_hash: bytes


def value_hash(kind: str, value: Json) -> bytes:
    """The hash by which two heads are equal."""
    return hashlib.sha256(canonical(cell_value(kind, value))).digest()


class Ledger:
    """The log of one visit during one push."""

    def __init__(self, visit_id: str, head: Locked, signer: Signer) -> None:
        self.visit_id = visit_id
        self.n, self.hash = head.n, head.hash
        self.added: list[LogEntry] = []
        self._signer = signer
        self._entries: dict[str, LogEntry] = {}
        self._heads: dict[str, dict[str, Standing]] = defaultdict(dict)
        self._heads_before: dict[tuple[str, str], Standing] = {}
        self._known: dict[str, dict[str, Known]] = defaultdict(dict)
        self._control: list[LogEntry] = []
        self._decided: set[str] | None = None
        self._stored: tuple[LogEntry, ...] | None = None
        self.held_change = 0
        self.repins = queries.repins_of(visit_id) if head.repins else Repins()

    # --- reading ------------------------------------------------------------------------------------------

    def load(self, ids: Collection[str], operations: Collection[Operation]) -> None:
        """Read what is known of these operations, where they would stand now, and of everything they name."""
        operations = [self.repins.carried(each) for each in operations]
        self._load_heads({operation.path for operation in operations})
        standing = {op for heads in self._heads.values() for op in heads}
        named = {parent for operation in operations for parent in operation.parents} - standing
        targets = {target for operation in operations for target in handled_by(operation)}
        self._entries = dict(queries.log_of_ops(self.visit_id, {*ids, *targets, *named}))
        # Only where something was replaced before it came can two operations name each other.
        deep = {path for path, heads in self._heads.items() if any(each.n == ABSENT for each in heads.values())}
        under = {source for path in deep for source in self.repins.sources(path)}
        for entry in (*self._entries.values(), *queries.log_of_paths(self.visit_id, under)):
            if entry.status == ACCEPTED:
                content = self._content(entry)
                self._known[content.path][entry.op] = Known(value_hash(content.kind, content.value), entry.parents)
        if any(operation.path in CONTROL_PATHS for operation in operations):
            closing = queries.log_of_paths(self.visit_id, CONTROL_PATHS)
            self._control = [entry for entry in closing if entry.status == ACCEPTED]

    def _content(self, entry: LogEntry) -> DomainEntry:
        """An entry as it stands under the checklist in force."""
        return self.repins.carried(queries.as_domain(entry))

    def _decisions(self) -> set[str]:
        """The held operations that were adopted or dismissed, also those that have not come: read when first asked."""
        if self._decided is None:
            self._decided = visits.decided_ops(queries.decisions_of(self.visit_id))
        return self._decided

    def _load_heads(self, paths: Collection[str]) -> None:
        rows = run(_HEADS_OF_PATHS, visit_id=self.visit_id, paths=list(paths))
        for path, op, n, digest in rows:
            self._heads[path][op] = self._heads_before[path, op] = Standing(n, digest)
            if n != ABSENT:
                self._known[path][op] = Known(digest)

    def entry(self, op: str) -> LogEntry | None:
        """The entry of an operation that this push carries or names, if the log has it."""
        return self._entries.get(op)

    def known(self, path: str) -> Mapping[str, Known]:
        """What is known of the accepted operations of a path."""
        return self._known[path]

    def beside(self, path: str, parents: Iterable[str]) -> int:
        """How many heads would stand beside an operation that replaces these parents."""
        replaced = set(parents)
        return sum(1 for op, each in self._heads[path].items() if each.n != ABSENT and op not in replaced)

    def closes(self) -> dict[str, str]:
        """Every accepted close with its digest."""
        contents = (queries.as_domain(entry) for entry in self._control if entry.kind == "close")
        return {content.op: content.value["digest"] for content in contents}

    def held(self, operation: Operation) -> dict[str, HeldOperation]:
        """The held entries that an adopt or dismiss names, as they would have stood."""
        found = {}
        for target in handled_by(operation):
            entry = self._entries.get(target)
            if entry is not None and entry.status != ACCEPTED:
                content = self._content(entry)
                found[target] = HeldOperation(entry.actor_id, content.path, _held_value(content.kind, content.value))
        return found

    def whole(self) -> list[LogEntry]:
        """The whole log with what this push has added: only closing and reopening after signing need it."""
        if self._stored is None:
            self._stored = queries.whole_log(self.visit_id)
        return [*self._stored, *self.added]

    def state(self) -> visits.VisitState:
        """Closing and signatures as the log now has them (frozen set and late ones are not worked out here)."""
        return visits.visit_state(queries.as_domain(entry) for entry in self._control)

    # --- writing ------------------------------------------------------------------------------------------

    def append(
        self,
        *,
        op: str,
        body: bytes,
        body_hash: bytes,
        operation: Operation | None,
        actor_id: str,
        writer: str,
        ws: int,
        received_ms: int,
        why: str,
        parents: tuple[str, ...],
    ) -> LogEntry:
        """Number and chain one more entry, held if `why` says so; an accepted one changes the heads of its cell."""
        status, parents, prev = (HELD, (), self.hash) if why else (ACCEPTED, parents, self.hash)
        self.n += 1
        self.hash = entry_hash(
            HashedFields(
                self.visit_id, self.n, prev, op, body_hash, actor_id, writer, ws, received_ms, status, why, parents
            )
        )
        entry = LogEntry(
            n=self.n,
            op=op,
            body=body,
            kind=operation.kind if operation else "",
            path=operation.path if operation else "",
            actor_id=actor_id,
            writer=writer,
            ws=ws,
            received_ms=received_ms,
            status=status,
            why=why,
            parents=parents,
            body_hash=body_hash,
            prev=prev,
            hash=self.hash,
            signature=b"",
        )
        self.added.append(entry)
        self._entries[op] = entry
        if why or operation is None:
            self.held_change += op not in self._decisions()
        else:
            self._accept(entry, self.repins.carried(operation))
        return entry

    def sign(self) -> None:
        """Sign the head this push has reached: that vouches for every entry before it."""
        if self.added:
            self.added[-1] = replace(self.added[-1], signature=self._signer.sign(self.hash))

    def _accept(self, entry: LogEntry, operation: Operation) -> None:
        self._stand(entry, operation)
        if entry.path in CONTROL_PATHS:
            self._control.append(entry)
        if operation.kind == REPIN:
            self._repinned()
        for target in handled_by(operation):
            held = self._entries.get(target)
            if target not in self._decisions():
                self._decisions().add(target)
                self.held_change -= held is not None and held.status != ACCEPTED

    def _stand(self, entry: LogEntry, operation: Operation) -> None:
        path = operation.path
        heads, digest = self._heads[path], value_hash(operation.kind, operation.value)
        for parent in entry.parents:
            if parent in self._known[path]:
                heads.pop(parent, None)
            elif parent not in self._entries:
                heads[parent] = Standing(ABSENT, bytes(32))
        self._known[path][entry.op] = Known(digest, entry.parents)
        if heads.pop(entry.op, None) is None:  # else it was replaced before it came
            heads[entry.op] = Standing(entry.n, digest)

    def _repinned(self) -> None:
        """Cells have moved: fold the whole log anew and compare it with every cached head."""
        rows = run(_HEADS, visit_id=self.visit_id)
        self._heads_before = {(path, op): Standing(n, digest) for path, op, n, digest in rows}
        self._heads.clear()
        self._known.clear()
        entries = [queries.as_domain(entry) for entry in self.whole()]
        folded = Fold(entries)
        self.repins = folded.repins
        for path, standing in folded.cells.items():
            for each in standing:
                self._heads[path][each.op] = Standing(each.n or 0, hashlib.sha256(canonical(each.value)).digest())
        for path, missing in folded.awaited.items():
            self._heads[path].update(dict.fromkeys(missing, Standing(ABSENT, bytes(32))))
        for entry in map(self.repins.carried, entries):
            if entry.status == ACCEPTED:
                self._known[entry.path][entry.op] = Known(value_hash(entry.kind, entry.value), entry.parents)

    def head_changes(self) -> tuple[list[tuple[str, str]], list[tuple[str, str, Standing]]]:
        """Which cached heads to take away and which to add."""
        after = dict(self._standing())
        gone = [key for key in self._heads_before if after.get(key) != self._heads_before[key]]
        new = [(*key, each) for key, each in after.items() if self._heads_before.get(key) != each]
        return gone, new

    def contested_change(self) -> int:
        """How many more cells are contested than before."""
        return _contested(dict(self._standing())) - _contested(self._heads_before)

    def _standing(self) -> Iterator[tuple[tuple[str, str], Standing]]:
        for path, heads in self._heads.items():
            for op, each in heads.items():
                yield (path, op), each


def _contested(heads: Mapping[tuple[str, str], Standing]) -> int:
    """How many answers have heads that differ."""
    values: dict[str, set[bytes]] = defaultdict(set)
    for (path, _), each in heads.items():
        if each.n != ABSENT and is_answer(path):
            values[path].add(each.value_hash)
    return sum(len(each) > 1 for each in values.values())


def handled_by(operation: Operation) -> Iterator[str]:
    """The held operation that an adopt or dismiss names."""
    target = _handles(operation.kind, operation.path, operation.value)
    if target:
        yield target


def _handles(kind: str, path: str, value: Json) -> str:
    if kind == "adopt" and isinstance(value, dict) and isinstance(value.get("of"), str):
        return str(value["of"])
    return path.removeprefix("held/") if kind == "dismiss" else ""


def _held_value(kind: str, value: Json) -> Json:
    """What a held operation would have put into its cell, however badly formed it may be."""
    if kind in {"resolve", "adopt"}:
        return value.get("value") if isinstance(value, dict) else None
    return cell_value(kind, value)
