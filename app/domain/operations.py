"""The fold: from the entries of a visit's log to the heads of its cells.

Twin of offline_client/src/domain/operations.ts; both are held to tests/vectors/operations/. Nobody overwrites
anybody: a head leaves its cell only when an accepted operation of the same cell names it as effective parent.
That is a union of sets, so the order in which entries are folded does not matter (docs/sync.md 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.repinning import CARRIES, CHECKLIST, REPIN, Repins
from app.domain.wire import Json, Operation, canonical

HEADS_LIMIT = 64

KEEPS_ALL_PARENTS = frozenset({"resolve", "adopt", "dismiss", "detach", "close", "reopen", "amend", "assign"})
ACCEPTED, HELD = "acc", "held"


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation as the log (or the outbox: `n` and `received_at` None) records it; `parents` are the effective ones.

    `received_at` is the server's clock in milliseconds since 1970 UTC; `wall` the device's, as it wrote it. `ws` is
    its number among those of its `writer` in this visit, from 1; `chk` the checklist it was made with.
    """

    op: str
    kind: str
    path: str
    value: Json
    actor: str
    parents: tuple[str, ...] = ()
    n: int | None = None
    wall: str = ""
    received_at: int | None = None
    status: str = ACCEPTED
    why: str = ""
    writer: str = ""
    ws: int = 0
    chk: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """An accepted operation that nobody replaced. `value` is what stands in the cell, None if it was cleared.

    `reason` is given by `resolve` and `adopt`. An adopted head keeps its author as `actor` and names the adopter.
    """

    op: str
    value: Json
    actor: str
    kind: str
    n: int | None = None
    wall: str = ""
    received_at: int | None = None
    reason: str | None = None
    adopted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an accepted operation of a cell: its canonical value, and its effective parents."""

    value: bytes
    parents: tuple[str, ...] = ()


Cells = Mapping[str, tuple[Head, ...]]


def entry_of(operation: Operation, *, actor: str, parents: tuple[str, ...], **recorded: Any) -> Entry:
    """Take an operation for an accepted entry without a number, or as the log `recorded` it (fields of Entry)."""
    return Entry(
        op=operation.op,
        kind=operation.kind,
        path=operation.path,
        value=operation.value,
        actor=actor,
        parents=parents,
        wall=operation.wall,
        chk=operation.chk,
        **recorded,
    )


def cell_value(kind: str, value: Json) -> Json:
    """Return what an operation's value puts into its cell: `resolve` and `adopt` carry it inside."""
    if kind in CARRIES:
        return value["value"]
    return None if kind in {"clear", "detach"} else value


def head_of(entry: Entry) -> Head:
    """Return the head an accepted entry becomes."""
    kind, carried = entry.kind, entry.value
    if kind not in CARRIES:
        value = cell_value(kind, carried)
        return Head(entry.op, value, entry.actor, kind, entry.n, entry.wall, entry.received_at)
    adopted = kind == "adopt"
    return Head(
        op=entry.op,
        value=cell_value(kind, carried),
        actor=carried["author"] if adopted else entry.actor,
        kind=kind,
        n=entry.n,
        wall=entry.wall,
        received_at=entry.received_at,
        reason=carried["reason"],
        adopted_by=entry.actor if adopted else None,
    )


def effective_parents(op: str, kind: str, parents: tuple[str, ...], known: Mapping[str, Known]) -> tuple[str, ...]:
    """Return the parents that `op` replaces; `known` holds the accepted operations of the same path.

    Most kinds keep the head the author's edit began from (`parents[0]`), or all if all are known and equal
    (decision 3). A parent that itself descends from `op` is dropped: two operations that name each other would
    both disappear, and no accepted answer may (I8).
    """
    parents = tuple(parent for parent in parents if not _descends(parent, op, known))
    if kind in KEEPS_ALL_PARENTS or len(parents) < 2:
        return parents
    values = {known[parent].value if parent in known else None for parent in parents}
    return parents if len(values) == 1 and None not in values else parents[:1]


def _descends(descendant: str, ancestor: str, known: Mapping[str, Known]) -> bool:
    waiting, seen = [descendant], {descendant}
    while waiting:
        step = known.get(waiting.pop())
        for parent in step.parents if step else ():
            if parent == ancestor:
                return True
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return False


def is_contested(heads: tuple[Head, ...]) -> bool:
    """Whether heads differ; a cleared head beside a value differs too (decision 3)."""
    return len(heads) > 1 and len({canonical(head.value) for head in heads}) > 1


def is_answer(path: str) -> bool:
    """Whether a cell holds part of the answers, and not the closing, a signature or the handling of a held op."""
    return path.startswith(("item/", "photo/", "note/", "visit/")) and path not in {"visit/closing", CHECKLIST}


class Fold:
    """The cells of a growing set of entries; applying one more costs what its own cell costs.

    Only a re-pin costs the whole set: it moves what was folded before.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[str, Entry] = {}
        self.repins = Repins()
        self._clear()
        self._add([entry for entry in entries if entry.status == ACCEPTED])

    def _clear(self) -> None:
        self._replaced: dict[str, set[str]] = {}
        self._cells: dict[str, tuple[Head, ...]] = {}
        self._contested: set[str] = set()

    @property
    def cells(self) -> Cells:
        """Heads by path, sorted by op id. A path nobody wrote is absent."""
        return self._cells

    @property
    def contested(self) -> tuple[str, ...]:
        """Paths of answers whose heads differ, sorted."""
        return tuple(sorted(self._contested))

    @property
    def agreed(self) -> tuple[str, ...]:
        """Paths of answers with several equal heads, sorted."""
        several = (path for path, heads in self._cells.items() if len(heads) > 1 and is_answer(path))
        return tuple(sorted(path for path in several if path not in self._contested))

    @property
    def awaited(self) -> Mapping[str, set[str]]:
        """Operations that were replaced before they arrived, by path."""
        missing = ((path, replaced - self._entries.keys()) for path, replaced in self._replaced.items())
        return {path: ops for path, ops in missing if ops}

    def apply(self, entry: Entry) -> None:
        """Fold one more entry in; a held one, or one that is already in, changes nothing."""
        if entry.status == ACCEPTED:
            self._add([entry])

    def _add(self, accepted: Sequence[Entry]) -> None:
        self._entries.update((entry.op, entry) for entry in accepted)
        if any(entry.kind == REPIN for entry in accepted):
            self.repins = Repins(self._entries.values())
            self._clear()
            accepted = list(self._entries.values())
        for entry in accepted:
            self._fold(self.repins.carried(entry))

    def _fold(self, entry: Entry) -> None:
        replaced = self._replaced.setdefault(entry.path, set())
        replaced.update(entry.parents)
        heads = [head for head in self._cells.get(entry.path, ()) if head.op not in replaced and head.op != entry.op]
        if entry.op not in replaced:
            heads.append(head_of(entry))
            heads.sort(key=lambda head: head.op)
        self._place(entry.path, tuple(heads))

    def _place(self, path: str, heads: tuple[Head, ...]) -> None:
        if heads:
            self._cells[path] = heads
        else:  # its only operation is replaced by one that has not arrived yet
            self._cells.pop(path, None)
        if len(heads) > 1 and is_answer(path) and is_contested(heads):
            self._contested.add(path)
        else:
            self._contested.discard(path)


def fold(entries: Iterable[Entry]) -> Cells:
    """Return the heads of every cell."""
    return Fold(entries).cells
