"""Where a photo is asked for and not there yet, of an item and of the rows of a roster; and who may see which photo.

Twin of offline_client/src/domain/evidence.ts; both are held to tests/vectors/evidence/. Nothing here touches the score:
a missing photo is told while it can still be taken, and again to whoever reads the visit.
"""

from collections.abc import Mapping

from app.domain import rosters
from app.domain.answer_types import ChoiceField, ChoicesField, Roster, RosterField
from app.domain.answers import ItemAnswer, Row
from app.domain.checklist import Item
from app.domain.conditions import Lookup
from app.domain.operations import Cells
from app.domain.scoring import Trace


def lacking(item: Item, answer: ItemAnswer, trace: Trace, lookup: Lookup) -> tuple[str, ...]:
    """The paths that still need a photo: the item's (one of any of its rows will do), then those of rows, in order."""
    own = (f"item/{item.key}",) if _asks(item, trace) and not answer.photos else ()
    if not isinstance(item.answer, Roster) or trace.state in ("not_asked", "not_applicable"):
        return own
    roster = item.answer
    rows = [row for row in rosters.counted_rows(roster, answer) if row.uuid not in answer.photographed]
    return own + tuple(row.path for row in rows if _row_asks(roster, row, lookup))


def veiled(cells: Cells) -> frozenset[str]:
    """The hashes of photos that a standing photo was made from by covering something, a face or a paper.

    They stay as evidence, and are shown only to who took them and to who may take originals. What was drawn on one
    without covering anything shows as much as it, and is veiled too.
    """
    values = [
        head.value
        for path, heads in cells.items()
        if path.startswith("photo/")
        for head in heads
        if isinstance(head.value, Mapping) and head.value.get("made_from")
    ]
    found = {value["made_from"]["sha256"] for value in values if value["made_from"]["masked"]}
    while True:
        drawn = [
            value for value in values if not value["made_from"]["masked"] and value["made_from"]["sha256"] in found
        ]
        shown = {value["sha256"] for value in drawn} - found
        if not shown:
            return frozenset(found)
        found |= shown


def caption_of(cells: Cells, path: str) -> str:
    """What people wrote under the photo of a path; of captions that differ, each."""
    texts = (head.value for head in cells.get(f"{path}/caption", ()) if isinstance(head.value, str))
    return " ↔ ".join(dict.fromkeys(texts))


def can_fail(roster: Roster, field: RosterField) -> bool:
    """Whether `required_on_fail` could ever ask for a photo: the field is counted, or a choice of it is a fail."""
    counts = roster.ratio.counts if roster.ratio else None
    marked = isinstance(field, ChoiceField | ChoicesField) and any(option.fail for option in field.choices)
    return marked or (counts is not None and field.key in (counts.field, counts.not_after))


def _asks(item: Item, trace: Trace) -> bool:
    if item.evidence == "required":
        return trace.state in ("answered", "incomplete")
    return item.evidence == "required_on_fail" and trace.fails


def _row_asks(roster: Roster, row: Row, lookup: Lookup) -> bool:
    asked = rosters.asked(roster, row, lookup)
    return any(field.key in asked and _field_asks(roster, field, row, lookup) for field in roster.fields)


def _field_asks(roster: Roster, field: RosterField, row: Row, lookup: Lookup) -> bool:
    cell = row.fields[field.key]
    if cell.contested or cell.value is None:
        return False  # settled or answered first
    if field.evidence == "required":
        return True
    return field.evidence == "required_on_fail" and _fails(roster, field, row, lookup)


def _fails(roster: Roster, field: RosterField, row: Row, lookup: Lookup) -> bool:
    """A choice marked so was made, or the row is counted by this field and misses."""
    value = row.fields[field.key].value
    if isinstance(field, ChoiceField | ChoicesField):
        chosen = value if isinstance(value, list) else [value]
        if any(option.fail and option.key in chosen for option in field.choices):
            return True
    counts = roster.ratio.counts if roster.ratio else None
    return counts is not None and field.key in (counts.field, counts.not_after) and rosters.misses(roster, row, lookup)
