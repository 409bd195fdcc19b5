"""What a visit's log says, cell by cell: one statement and one fold for each visit, nothing kept afterwards."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.checklists.queries import Version
from app.domain.answer_types import Number, NumberField, Roster
from app.domain.answers import Answers, ItemAnswer, Row, read
from app.domain.checklist import Checklist, Item, Section
from app.domain.conclusions import Conclusion, conclude
from app.domain.operation_text import (
    NO_ROW_LABEL,
    checklist_items,
    details_text,
    entry_value,
    item_key_of,
    moment_of,
    place_text,
    received_moment,
    value_text,
)
from app.domain.operations import Entry, Head, is_contested
from app.domain.scoring import Score, Trace, asked_fields, half_up
from app.exports.queries.matters import MatterLine, matter_lines
from app.sync import queries as sync
from app.sync.queries import LogHead, VisitLog

BESIDE = {"claimed": "Đơn vị báo cáo", "observed_at": "Giờ quan sát", "sample": "Rút mẫu"}  # cells beside the answer
LATE = "LATE"


@dataclass(frozen=True)
class Source:
    """Where a visit's figures come from: its checklist version and the position of its log."""

    version: Version
    n: int
    log_hash: str
    state: str


@dataclass(frozen=True)
class AnswerLine:
    """One cell for a sheet. Numbers stay numbers; `mark` is empty for a settled answer that counts.

    `position` and `rivals` number the differing answers of a contested cell; `why_not` is a hold reason or LATE.
    """

    section: str
    item_key: str
    item: str
    row: str = ""
    field: str = ""
    text: str = ""
    observed: int | None = None
    total: int | None = None
    number: float | None = None
    details: str = ""
    na_reason: str = ""
    note: str = ""
    photos: int | None = None
    author_id: str = ""
    device_time: datetime | str | None = None
    received_at: datetime | None = None
    n: int | None = None
    state: str = ""
    earned: float | None = None
    possible: float | None = None
    position: int = 0
    rivals: int = 0
    why_not: str = ""


@dataclass(frozen=True)
class VisitRecord:
    """A visit as its log tells it, at one position."""

    visit: PlannedVisit
    source: Source
    checklist: Checklist
    concluded: Conclusion
    contested: int
    held: int
    _answers: Answers
    _log: VisitLog

    @property
    def score(self) -> Score:
        return self.concluded.score

    def lines(self) -> Iterator[AnswerLine]:
        """Every cell in document order, then what has no effect on the answers."""
        traces = {trace.key: trace for trace in self.score.items}
        found = {each.item_key: each.found for each in self.concluded.explained}
        for section in self.checklist.sections:
            for item in section.items:
                reader = _Reader(section, item, self._answers.items[item.key], traces[item.key], self._log)
                yield from reader.lines(found[item.key], self.score)
        yield from _without_effect(self.checklist, self._log)

    def matters(self) -> Iterator[MatterLine]:
        """What waits for a decision and what was decided, with the reasons that were given."""
        return matter_lines(self.checklist, self._log)


def positions_of(visit_ids: Collection[str]) -> Mapping[str, LogHead]:
    """Where the logs stand now, in one statement: what is read afterwards is read up to here."""
    return sync.log_heads(visit_ids)


def record_of(visit: PlannedVisit, head: LogHead, version: Version) -> VisitRecord:
    """Read a visit up to a position of its log: one statement, one fold."""
    checklist = checklists.checklist_by_chk(version.chk)
    log = sync.visit_log(visit.id, upto=head.n)
    answers = read(checklist, log.cells)
    signed = log.state.state == "signed" and visit.signed_n is not None and visit.signed_n <= head.n
    source = Source(
        version=version,
        n=visit.signed_n or 0 if signed else head.n,
        log_hash=(visit.signed_hash or "") if signed else head.hash.hex() if head.n else "",
        state=visit.state if visit.state == "cancelled" else log.state.state,
    )
    concluded = conclude(checklist, answers)
    return VisitRecord(visit, source, checklist, concluded, len(answers.contested), len(log.held), answers, log)


class _Reader:
    """Writes the cells of one item as lines."""

    def __init__(self, section: Section, item: Item, answer: ItemAnswer, trace: Trace, log: VisitLog) -> None:
        self.item, self.answer, self.trace, self.log = item, answer, trace, log
        self.blank = AnswerLine(section.title.vi, item.key, item.text.vi)

    def lines(self, found: str, score: Score) -> Iterator[AnswerLine]:
        path = f"item/{self.item.key}"
        first, *rivals = self._cell(path, self._item_line(found))
        if isinstance(self.item.answer, Roster) and self.answer.rows:
            first = replace(first, text=found)  # counted from the rows, so it has no single author
        if self.answer.na.value is not None:
            first = self._by(first, f"{path}/na")
        yield first
        yield from rivals
        for aspect, name in BESIDE.items():
            if self.log.cells.get(f"{path}/{aspect}"):
                yield from self._cell(f"{path}/{aspect}", replace(self.blank, field=name))
        if isinstance(self.item.answer, Roster):
            for row in self.answer.rows:
                yield from self._row(self.item.answer, row, score)

    def _item_line(self, found: str) -> AnswerLine:
        trace, answer = self.trace, self.answer
        reasons = [str(each.value.get("reason", "")) for each in answer.na.candidates if each.value]
        inputs = trace.inputs
        return replace(
            self.blank,
            text=found,
            observed=inputs.get("observed"),
            total=inputs.get("total"),
            na_reason=" ↔ ".join(reasons),
            note=" ↔ ".join(str(each.value) for each in answer.note.candidates if each.value is not None),
            photos=len(answer.photos),
            state=trace.state,
            earned=None if trace.earned is None else half_up(trace.earned) / 100,
            possible=None if trace.possible is None else trace.possible / 100,
        )

    def _row(self, roster: Roster, row: Row, score: Score) -> Iterator[AnswerLine]:
        asked = asked_fields(self.item, row, score)
        names = " ↔ ".join(str(each.value) for each in row.label.candidates if each.value is not None)
        line = replace(self.blank, row=names or NO_ROW_LABEL)
        for field in roster.fields:
            path = f"{row.path}/{field.key}"
            if field.key in asked or self.log.cells.get(path):
                yield from self._cell(path, replace(line, field=field.text.vi, text=value_text(self.item, path, None)))

    def _cell(self, path: str, line: AnswerLine) -> Iterator[AnswerLine]:
        """One line; one for each head while they differ, so that nobody's answer is left out."""
        heads = self.log.cells.get(path, ())
        if is_contested(heads):
            for position, head in enumerate(heads, start=1):
                told = self._told(path, head, line)
                yield replace(told, position=position, rivals=len(heads))
            return
        standing = [head for head in heads if head.value is not None]
        yield self._told(path, standing[0], line) if standing else line

    def _told(self, path: str, head: Head, line: AnswerLine) -> AnswerLine:
        value = head.value
        line = replace(line, text=value_text(self.item, path, value), details=details_text(value))
        if isinstance(value, Mapping) and type(value.get("observed")) is int and type(value.get("total")) is int:
            line = replace(line, observed=value["observed"], total=value["total"])
        return _signed(replace(line, number=self._number(path, value)), head)

    def _by(self, line: AnswerLine, path: str) -> AnswerLine:
        heads = [head for head in self.log.cells.get(path, ()) if head.value is not None]
        return _signed(line, heads[0]) if heads else line

    def _number(self, path: str, value: Any) -> float | None:
        parts = path.split("/")
        spec: Any = self.item.answer
        if len(parts) == 5 and isinstance(self.item.answer, Roster):
            spec = next((field for field in self.item.answer.fields if field.key == parts[4]), None)
        return value / 100 if isinstance(spec, Number | NumberField) and type(value) is int else None


def _signed(line: AnswerLine, head: Head | Entry) -> AnswerLine:
    return replace(
        line,
        author_id=head.actor,
        device_time=_device_time(head.wall),
        received_at=received_moment(head.received_at),
        n=head.n,
    )


def _device_time(wall: str) -> datetime | str | None:
    """The moment the device named; what cannot be read is kept as it was written."""
    return moment_of(wall) or wall or None


def _without_effect(checklist: Checklist, log: VisitLog) -> Iterator[AnswerLine]:
    """Held and late operations: kept, attributed, and marked as not counted."""
    items = checklist_items(checklist)
    sections = {item.key: section.title.vi for section in checklist.sections for item in section.items}
    late = set(log.state.late)
    outside = [(entry, entry.why) for entry in log.held]
    outside += [(entry, LATE) for entry in log.entries if entry.op in late]
    for entry, why in sorted(outside, key=lambda each: each[0].n or 0):
        value = entry_value(entry)
        of = value.get("of") if isinstance(value, Mapping) and isinstance(value.get("of"), str) else None
        key = item_key_of(entry.path, {entry.path: of} if of else {})
        item = items.get(key or "")
        line = AnswerLine(
            section=sections.get(key or "", ""),
            item_key=key or "",
            item=item.text.vi if item else "",
            field=place_text(item, entry.path, {}),
            text=value_text(item, entry.path, value),
            why_not=why,
        )
        yield _signed(line, entry)
