"""One item of one visit, down to what somebody saw: values with their authors, photos, and every operation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.accounts.queries import directory
from app.campaigns.queries import PlannedVisit
from app.domain.answer_types import Roster
from app.domain.answers import ItemAnswer, Row
from app.domain.checklist import Item, Section
from app.domain.conclusions import Claim
from app.domain.errors import NotFound
from app.domain.evidence import lacking
from app.domain.findings import Finding
from app.domain.operation_text import (
    details_text,
    entry_value,
    item_key_of,
    location_text,
    moment_of,
    origin_text,
    place_text,
    reason_text,
    received_moment,
    value_text,
)
from app.domain.operations import Entry, Head, is_contested
from app.domain.permissions import Actor, may
from app.domain.rosters import counted_rows, missing_rows
from app.domain.scoring import lookup_of
from app.domain.teamwork import Comment
from app.overview.queries.readings import Record, attached_to, comments_on, is_content_shown, record_of, row_labels
from app.sync import queries as sync


@dataclass(frozen=True)
class Said:
    """A value that stands in a cell: who gave it, when by the device's clock and when by the server's."""

    text: str
    details: str
    n: int | None
    who: str
    adopted_by: str
    wall: str
    device_time: datetime | None
    received_at: datetime | None
    reason: str


@dataclass(frozen=True)
class CellView:
    """A cell with all that stands in it; several that agree are several witnesses, not a conflict."""

    label: str
    said: tuple[Said, ...]
    contested: bool

    @property
    def is_empty(self) -> bool:
        return not self.said


@dataclass(frozen=True)
class RowView:
    label: CellView
    fields: tuple[CellView, ...]
    authors: tuple[str, ...]
    missing: bool  # counted, but not observed
    needs_photo: bool
    outside: bool  # of a sample: not drawn, so it counts for nothing
    deletion_contested: bool


@dataclass(frozen=True)
class PhotoView:
    """A photo of the item or of one of its rows; `present` once the server holds its verified bytes.

    `origin` says in words what it was made from; `veiled`: a face or paper in it was covered in a copy, and `shown`
    whether this reader may see it all the same.
    """

    sha256: str
    of: str
    who: str
    taken_at: datetime | None
    present: bool
    caption: str
    place: str
    origin: str
    veiled: bool
    shown: bool


@dataclass(frozen=True)
class HistoryLine:
    """An operation as the log has it. `standing`: its value is in the cell now, beside others if `contested`."""

    n: int | None
    kind: str
    place: str
    text: str  # empty while its content is not for this reader
    reason: str
    who: str
    wall: str
    device_time: datetime | None
    received_at: datetime | None
    replaced: tuple[int, ...]
    why_held: str
    late: bool
    standing: bool
    contested: bool
    hidden: bool


@dataclass(frozen=True)
class ItemView:
    """Everything the page of an item shows."""

    record: Record
    section: Section
    item: Item
    state: str
    found: str
    points: str
    why: str
    fails: bool
    value: CellView
    claim: Claim | None
    claimed: CellView
    na: CellView
    note: CellView
    observed_at: CellView
    draw: CellView  # of what the rows were drawn, and how
    fields: tuple[str, ...]
    rows: tuple[RowView, ...]
    duplicates: tuple[str, ...]
    photos: tuple[PhotoView, ...]
    needs_photo: bool
    notes: tuple[Said, ...]
    comments: tuple[Said, ...]  # of the delegation among themselves
    finding: Finding | None
    objection: str
    history: tuple[HistoryLine, ...]
    previous: Item | None
    following: Item | None


class _Cells:
    """Reads the cells of one record as people see them."""

    def __init__(self, record: Record, item: Item, names: Mapping[str, str]) -> None:
        self.record, self.item, self.names = record, item, names
        self.labels = row_labels(record)

    def cell(self, path: str) -> CellView:
        heads = self.record.log.cells.get(path, ())
        shown = heads if is_contested(heads) else [head for head in heads if head.value is not None]
        place = place_text(self.item, path, self.labels)
        return CellView(place, tuple(self.said(path, head) for head in shown), is_contested(heads))

    def said(self, path: str, head: Head) -> Said:
        return Said(
            text=value_text(self.item, path, head.value),
            details=details_text(head.value),
            n=head.n,
            who=self.names.get(head.actor, "–"),
            adopted_by=self.names.get(head.adopted_by, "–") if head.adopted_by else "",
            wall=head.wall,
            device_time=moment_of(head.wall),
            received_at=received_moment(head.received_at),
            reason=head.reason or "",
        )


def item_view(actor: Actor, visit: PlannedVisit, item_key: str) -> ItemView:
    """The page of an item in a visit the actor may see; raises NotFound for an item the checklist does not have."""
    record = record_of(visit)
    items = record.checklist.items()
    place = next((place for place, item in enumerate(items) if item.key == item_key), None)
    if place is None:
        raise NotFound("not_found")
    item, answer, trace = items[place], record.answers.items[item_key], record.traces[item_key]
    explained = next(each for each in record.concluded.explained if each.item_key == item_key)
    names = directory.names_of_people({entry.actor for entry in record.log.entries} | _adopted(record))
    cells, path = _Cells(record, item, names), f"item/{item_key}"
    lacks = lacking(item, answer, trace, lookup_of(record.concluded.score))
    return ItemView(
        record=record,
        section=next(section for section in record.checklist.sections if item in section.items),
        item=item,
        state=trace.state,
        found=explained.found,
        points=explained.points,
        why=explained.why,
        fails=trace.fails,
        value=cells.cell(path),
        claim=next((each for each in record.concluded.claims if each.item_key == item_key), None),
        claimed=cells.cell(f"{path}/claimed"),
        na=cells.cell(f"{path}/na"),
        note=cells.cell(f"{path}/note"),
        observed_at=cells.cell(f"{path}/observed_at"),
        draw=cells.cell(f"{path}/sample"),
        fields=tuple(field.text.vi for field in item.answer.fields) if isinstance(item.answer, Roster) else (),
        rows=_rows(cells, answer, lacks),
        duplicates=_duplicates(answer),
        photos=_photos(actor, cells),
        needs_photo=path in lacks,
        notes=_notes(cells),
        comments=tuple(_comment(cells, each) for each in comments_on(record).get(item_key, ())),
        finding=next((each for each in record.concluded.findings if each.item_key == item_key), None),
        objection=record.objections.get(item_key, ""),
        history=_history(actor, cells),
        previous=items[place - 1] if place else None,
        following=items[place + 1] if place + 1 < len(items) else None,
    )


def _adopted(record: Record) -> set[str]:
    """Authors of adopted operations: the head names them, the entry names who adopted."""
    return {head.actor for heads in record.log.cells.values() for head in heads if head.adopted_by}


def _rows(cells: _Cells, answer: ItemAnswer, lacks: Collection[str]) -> tuple[RowView, ...]:
    roster = cells.item.answer
    if not isinstance(roster, Roster):
        return ()
    lookup = lookup_of(cells.record.concluded.score)
    missing = set() if roster.ratio is None else {row.uuid for row in missing_rows(roster, answer, lookup)}
    counted = {row.uuid for row in counted_rows(roster, answer)}
    return tuple(
        _row(cells, row, missing=row.uuid in missing, outside=row.uuid not in counted, needs_photo=row.path in lacks)
        for row in answer.rows
    )


def _row(cells: _Cells, row: Row, *, missing: bool, outside: bool, needs_photo: bool) -> RowView:
    label, fields = cells.cell(f"{row.path}/label"), tuple(cells.cell(f"{row.path}/{key}") for key in row.fields)
    return RowView(
        label=label,
        fields=fields,
        authors=tuple(dict.fromkeys(said.who for cell in (*fields, label) for said in cell.said)),
        missing=missing,
        needs_photo=needs_photo,
        outside=outside,
        deletion_contested=row.deletion_contested,
    )


def _duplicates(answer: ItemAnswer) -> tuple[str, ...]:
    names = {row.uuid: str(row.label.value or "") for row in answer.rows}
    return tuple(names[group[0]] for group in answer.duplicates)


def _photos(actor: Actor, cells: _Cells) -> tuple[PhotoView, ...]:
    path, sees_all = f"item/{cells.item.key}", may(actor, "photo.original", cells.record.visit.subject)
    found = []
    for photo in sync.photos_of(cells.record.visit.id, cells.record.log.cells):
        if photo.of == path or photo.of.startswith(f"{path}/row/"):
            row = photo.of.split("/")[3] if photo.of != path else ""
            found.append(
                PhotoView(
                    sha256=photo.sha256,
                    of=cells.labels.get(row, "") if row else "",
                    who=cells.names.get(photo.author, "–"),
                    taken_at=moment_of(photo.taken_at or ""),
                    present=photo.present,
                    caption=photo.caption,
                    place=location_text(photo.place),
                    origin=origin_text(made_from=photo.made_from, masked=photo.masked),
                    veiled=photo.veiled,
                    shown=photo.present and (not photo.veiled or sees_all or photo.author == actor.user_id),
                )
            )
    return tuple(found)


def _notes(cells: _Cells) -> tuple[Said, ...]:
    path = f"item/{cells.item.key}"
    return tuple(
        cells.said(note_path, head)
        for note_path, heads in sorted(cells.record.log.cells.items())
        if note_path.startswith("note/")
        for head in heads
        if isinstance(head.value, Mapping)
        and (head.value.get("of") == path or str(head.value.get("of")).startswith(f"{path}/"))
    )


def _comment(cells: _Cells, comment: Comment) -> Said:
    row = comment.of.split("/")[3:]
    return replace(cells.said(comment.path, comment.head), details=cells.labels.get(row[0], "") if row else "")


def _history(actor: Actor, cells: _Cells) -> tuple[HistoryLine, ...]:
    """Every operation of the item, its rows, photos, notes and comments, in log order, held and late ones included."""
    record = cells.record
    attached, numbers = attached_to(record.log.entries), {entry.op: entry.n for entry in record.log.entries}
    own = [entry for entry in record.log.entries if item_key_of(entry.path, attached) == cells.item.key]
    ops = {entry.op for entry in own}
    own += [entry for entry in record.log.entries if entry.path.startswith("held/") and entry.path[5:] in ops]
    standing = {head.op: is_contested(heads) for heads in record.log.cells.values() for head in heads}
    standing |= {each.head.op: False for each in comments_on(record).get(cells.item.key, ())}
    late = set(record.log.state.late)
    return tuple(
        _line(actor, cells, entry, standing=standing.get(entry.op), late=entry.op in late, numbers=numbers)
        for entry in sorted(own, key=lambda entry: entry.n or 0)
    )


def _line(
    actor: Actor, cells: _Cells, entry: Entry, *, standing: bool | None, late: bool, numbers: Mapping[str, int | None]
) -> HistoryLine:
    shown = is_content_shown(actor, cells.record, entry)
    # Parents that never arrived have no number; what they would have said is not known to this log.
    replaced = tuple(sorted(n for n in (numbers.get(parent) for parent in entry.parents) if n is not None))
    return HistoryLine(
        n=entry.n,
        kind=entry.kind,
        place=place_text(cells.item, entry.path, cells.labels),
        text=value_text(cells.item, entry.path, entry_value(entry)) if shown else "",
        reason=reason_text(entry) if shown else "",
        who=cells.names.get(entry.actor, "–"),
        wall=entry.wall,
        device_time=moment_of(entry.wall),
        received_at=received_moment(entry.received_at),
        replaced=replaced,
        why_held=entry.why if entry.status != "acc" else "",
        late=late,
        standing=standing is not None,
        contested=bool(standing),
        hidden=not shown,
    )
