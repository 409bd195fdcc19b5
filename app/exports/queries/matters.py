"""The decisions of a visit for a sheet: contested cells and held operations, waiting or decided, with the reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.checklist import Checklist
from app.domain.matters import HELD, matters
from app.domain.operation_text import (
    checklist_items,
    entry_value,
    item_key_of,
    place_text,
    reason_text,
    received_moment,
    value_text,
)
from app.domain.operations import Entry
from app.sync.queries import VisitLog


@dataclass(frozen=True)
class MatterLine:
    """One matter. `sides` are (author, words); `decision` is resolve, adopt, dismiss, or empty while it waits."""

    kind: str
    item_key: str
    item: str
    place: str
    why_held: str
    sides: tuple[tuple[str, str], ...]
    latest_at: datetime | None
    decision: str = ""
    chosen: str = ""
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    n: int | None = None


def matter_lines(checklist: Checklist, log: VisitLog) -> Iterator[MatterLine]:
    """The waiting ones first, then the decided ones, each in log order."""
    items = checklist_items(checklist)
    for matter in matters(log.entries, log.cells):
        value = entry_value(matter.subject)
        of = value.get("of") if isinstance(value, Mapping) and isinstance(value.get("of"), str) else None
        key = item_key_of(matter.path, {matter.path: of} if of else {}) or ""
        item = items.get(key)
        decision = matter.decision
        chosen = value_text(item, matter.path, entry_value(decision)) if decision and decision.kind != "dismiss" else ""
        yield MatterLine(
            kind=matter.kind,
            item_key=key if item else "",
            item=item.text.vi if item else "",
            place=place_text(item, matter.path, {}),
            why_held=matter.subject.why if matter.kind == HELD else "",
            sides=tuple((_author(side), value_text(item, side.path, entry_value(side))) for side in matter.sides),
            latest_at=received_moment(max((side.received_at or 0) for side in matter.sides)),
            decision=decision.kind if decision else "",
            chosen=chosen,
            reason=reason_text(decision) if decision else "",
            decided_by=decision.actor if decision else "",
            decided_at=received_moment(decision.received_at) if decision else None,
            n=(decision or matter.subject).n,
        )


def _author(entry: Entry) -> str:
    if entry.kind == "adopt" and isinstance(entry.value, Mapping):
        return str(entry.value.get("author") or entry.actor)
    return entry.actor
