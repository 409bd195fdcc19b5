"""What waits for a decision in a visit, and what was decided: contested cells and held operations, both sides shown.

Works on any part of a log that holds the entries a matter names; what is missing from it is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.operation_text import entry_value
from app.domain.operations import ACCEPTED, Cells, Entry, is_answer, is_contested
from app.domain.wire import canonical

CONTESTED, HELD = "contested", "held"


@dataclass(frozen=True, slots=True)
class Matter:
    """Something a person decides. `sides` are what stands against each other; `decision` is None while it waits.

    `kind` is contested or held. A held operation stands first among its sides, what it met in its cell after it.
    """

    kind: str
    path: str
    sides: tuple[Entry, ...]
    decision: Entry | None = None

    @property
    def subject(self) -> Entry:
        """The held operation, or the first of the contested answers."""
        return self.sides[0]


def matters(entries: Iterable[Entry], cells: Cells) -> tuple[Matter, ...]:
    """Every matter of a visit, waiting ones first, then decided ones, each in log order.

    `cells` are the heads as they stand: what is contested now, and what a waiting held operation meets.
    """
    by_op = {entry.op: entry for entry in entries}
    decisions = _decisions(by_op.values())
    waiting = [*_contested(cells, by_op), *_waiting_held(by_op, cells, decisions)]
    decided = [*_resolved(by_op), *_decided_held(by_op, decisions)]
    return tuple(sorted(waiting, key=_position) + sorted(decided, key=_position))


def _position(matter: Matter) -> int:
    deciding = matter.decision or matter.subject
    return deciding.n or 0


def _decisions(entries: Iterable[Entry]) -> dict[str, Entry]:
    """What ended each held operation: the first accepted adopt, else the first dismiss."""
    found: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda each: each.n or 0):
        if entry.status != ACCEPTED:
            continue
        if entry.kind == "adopt" and isinstance(entry.value, Mapping):
            of = str(entry.value.get("of"))
            if of not in found or found[of].kind == "dismiss":
                found[of] = entry
        elif entry.kind == "dismiss":
            found.setdefault(entry.path.removeprefix("held/"), entry)
    return found


def _contested(cells: Cells, by_op: Mapping[str, Entry]) -> Iterator[Matter]:
    for path, heads in cells.items():
        if is_answer(path) and is_contested(heads):
            sides = sorted((by_op[head.op] for head in heads if head.op in by_op), key=lambda each: each.n or 0)
            if sides:
                yield Matter(CONTESTED, path, tuple(sides))


def _waiting_held(by_op: Mapping[str, Entry], cells: Cells, decisions: Mapping[str, Entry]) -> Iterator[Matter]:
    for entry in by_op.values():
        if entry.status != ACCEPTED and entry.op not in decisions:
            met = [by_op[head.op] for head in cells.get(entry.path, ()) if head.op in by_op]
            yield Matter(HELD, entry.path, (entry, *met))


def _decided_held(by_op: Mapping[str, Entry], decisions: Mapping[str, Entry]) -> Iterator[Matter]:
    for op, decision in decisions.items():
        held = by_op.get(op)
        if held is not None and held.status != ACCEPTED:
            met = [by_op[parent] for parent in decision.parents if parent in by_op and parent != op]
            yield Matter(HELD, held.path, (held, *met), decision)


def _resolved(by_op: Mapping[str, Entry]) -> Iterator[Matter]:
    for entry in by_op.values():
        if entry.status == ACCEPTED and entry.kind == "resolve":
            sides = sorted((by_op[parent] for parent in entry.parents if parent in by_op), key=lambda each: each.n or 0)
            if len({canonical(entry_value(side)) for side in sides}) > 1:
                yield Matter(CONTESTED, entry.path, tuple(sides), entry)
