"""A visit as it stands: every section and item with what was found, what it earned and why.

Read from the log for any state; once both parties signed, the fold is that of the frozen set. A fixed number of
statements, whatever the size of the log.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.accounts.queries import directory
from app.campaigns.queries import PlannedVisit
from app.domain.answer_text import hundredths_text
from app.domain.answers import Answers, ItemAnswer
from app.domain.checklist import Item
from app.domain.evidence import lacking
from app.domain.operation_text import (
    MINUTES,
    checklist_items,
    entry_value,
    item_key_of,
    moment_of,
    place_text,
    received_moment,
    value_text,
)
from app.domain.operations import Head, fold
from app.domain.permissions import Actor, may
from app.domain.scoring import Score, half_up, lookup_of
from app.domain.starting import Start
from app.domain.sums import SumRow, sum_rows, sums_of
from app.domain.teamwork import assignees, done_marks
from app.domain.visits import minutes_digest
from app.findings.models import Conclusion
from app.findings.queries import minutes as issued_minutes
from app.findings.queries import records
from app.findings.queries.records import DocumentRow
from app.overview.queries.missing_photos import MissingPhotos, missing_from_visit
from app.overview.queries.readings import Record, attached_to, comments_on, is_content_shown, record_of, row_labels
from app.overview.queries.wards import share_of
from app.sync import queries as sync

PARTIES = {"lead": "Trưởng đoàn", "unit": "Đại diện đơn vị"}
DISAGREES = " ↔ "


@dataclass(frozen=True)
class ItemLine:
    """An item on the page of a visit. `candidates` are the answers in words while they differ, else empty."""

    item: Item
    state: str
    found: str
    candidates: tuple[str, ...]
    points: str
    why: str
    fails: bool
    severity: str
    contested: bool
    held: int
    late: int
    photos: int
    lacking: int  # how many times a photo is asked for and not there: the item itself, and each of its rows
    note: str
    objection: str
    comments: int


@dataclass(frozen=True)
class SectionPart:
    key: str
    title: str
    points: str
    share: int | None  # basis points
    failing: int
    unfinished: int
    assigned: tuple[str, ...]  # names of those the lead gave it to
    done_by: str
    since_done: int  # changes after it was marked as done
    items: tuple[ItemLine, ...]


@dataclass(frozen=True)
class Outside:
    """An operation without effect on the answers: held, or accepted after the freeze."""

    n: int | None
    item_key: str | None
    item_text: str
    place: str
    text: str
    who: str
    wall: str
    device_time: datetime | None
    received_at: datetime | None
    why: str  # a hold reason, or LATE


@dataclass(frozen=True)
class Signature:
    party: str
    name: str
    title: str
    wall: str
    device_time: datetime | None
    received_at: datetime | None
    refused: Mapping[str, str]


@dataclass(frozen=True)
class VisitView:
    """Everything the page of a visit shows."""

    record: Record
    n: int
    log_hash: str
    grade: str
    caps: tuple[str, ...]
    sections: tuple[SectionPart, ...]
    sums: tuple[SumRow, ...]  # from the sections to the total
    outside: tuple[Outside, ...]
    signatures: tuple[Signature, ...]
    minutes: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]  # duty, name
    conclusion: Conclusion | None
    recorded: DocumentRow | None  # the minutes as issued of what was signed last
    waits_for_photos: int
    missing_photos: tuple[MissingPhotos, ...]
    start: Start | None  # of a surprise visit
    signed_digest: str  # of everything that was signed

    @property
    def score(self) -> Score:
        return self.record.concluded.score


def visit_view(actor: Actor, visit: PlannedVisit) -> VisitView:
    """The page of a visit the actor may see."""
    record = record_of(visit)
    log, score = record.log, record.concluded.score
    named = {person for heads in _assignments(record).values() for person in assignees(heads)}
    names = directory.names_of_people(
        {entry.actor for entry in log.entries} | {place.user_id for place in visit.places} | named
    )
    head = sync.log_head(visit.id)
    signed = log.state.state == "signed" and visit.signed_n is not None
    labels = {grade.key: grade.label.vi for grade in record.checklist.grades}
    items = checklist_items(record.checklist)
    conclusion = records.of_visit(visit.id)
    waiting = sum(not photo.present for photo in sync.photos_of(visit.id, log.cells))
    may_see = conclusion is not None and may(actor, "conclusion.see", records.subject_of(conclusion, visit))
    return VisitView(
        record=record,
        n=visit.signed_n or 0 if signed else head.n,
        log_hash=visit.signed_hash or "" if signed else head.hash.hex(),
        grade=labels.get(score.grade or "", ""),
        caps=tuple(
            f"Xếp loại không quá {labels.get(cap.grade_at_most, cap.grade_at_most)} vì: {items[cap.item].text.vi}"
            for cap in score.caps
            if cap.bit
        ),
        sections=_sections(record, names),
        sums=() if score.on_scale is None else sum_rows(record.checklist, sums_of(record.checklist, score)),
        outside=_outside(actor, record, names),
        signatures=_signatures(record),
        minutes=tuple(
            (label, value_text(None, path, heads[0].value))
            for path, label in MINUTES.items()
            if (heads := log.cells.get(path)) and heads[0].value is not None
        ),
        notes=_notes(record, names),
        people=tuple((place.duty, names[place.user_id]) for place in visit.places if place.removed_at is None),
        conclusion=conclusion if may_see else None,
        recorded=issued_minutes.in_force(visit) if may_see else None,
        waits_for_photos=waiting,
        missing_photos=missing_from_visit(visit.id) if waiting else (),
        start=sync.start_of(log.entries) if visit.surprise else None,
        signed_digest=minutes_digest(log.state.closing, log.state.signatures)
        if log.state.closing and log.state.state == "signed" and log.state.signatures
        else "",
    )


def _sections(record: Record, names: Mapping[str, str]) -> tuple[SectionPart, ...]:
    explained = {each.item_key: each for each in record.concluded.explained}
    severities = {finding.item_key: finding.severity for finding in record.concluded.findings}
    sums = {each.key: each for each in record.concluded.score.sections}
    attached = attached_to(record.log.entries)
    held = Counter(item_key_of(entry.path, attached) for entry in record.log.held)
    late_ops = set(record.log.state.late)
    late = Counter(item_key_of(entry.path, attached) for entry in record.log.entries if entry.op in late_ops)
    traces, objections = record.traces, record.objections
    lookup, told_on, assigned = lookup_of(record.concluded.score), comments_on(record), _assignments(record)
    marks = done_marks(
        record.log.entries, {each.key: [item.key for item in each.items] for each in record.checklist.sections}
    )
    parts = []
    for section in record.checklist.sections:
        lines = []
        for item in section.items:
            trace, answer, told = traces[item.key], record.answers.items[item.key], explained[item.key]
            lines.append(
                ItemLine(
                    item=item,
                    state=trace.state,
                    found=told.found,
                    candidates=candidates(item, answer),
                    points=told.points,
                    why=told.why,
                    fails=trace.fails,
                    severity=severities.get(item.key, ""),
                    contested=trace.contested or has_contested_cell(record.answers, item.key),
                    held=held[item.key],
                    late=late[item.key],
                    photos=len(answer.photos),
                    lacking=len(lacking(item, answer, trace, lookup)),
                    note=str(answer.note.value or ""),
                    objection=objections.get(item.key, ""),
                    comments=len(told_on.get(item.key, ())),
                )
            )
        total, mark = sums[section.key], marks.get(section.key)
        parts.append(
            SectionPart(
                key=section.key,
                title=section.title.vi,
                points=f"{hundredths_text(half_up(total.earned))}/{hundredths_text(total.possible)}",
                share=share_of(total.earned, total.possible),
                failing=sum(line.fails for line in lines),
                unfinished=sum(line.state in ("unanswered", "incomplete") for line in lines),
                assigned=tuple(names.get(each, "–") for each in assignees(assigned.get(section.key, ()))),
                done_by=names.get(mark.head.actor, "–") if mark else "",
                since_done=mark.since if mark else 0,
                items=tuple(lines),
            )
        )
    return tuple(parts)


def _assignments(record: Record) -> dict[str, tuple[Head, ...]]:
    """Who was given which section, also after the answers were frozen: it is no part of them."""
    cells = fold(each for each in record.log.entries if each.path.startswith("assign/"))
    return {path.removeprefix("assign/"): heads for path, heads in cells.items()}


def candidates(item: Item, answer: ItemAnswer) -> tuple[str, ...]:
    """The differing answers of an item in words; a cleared one is one of them."""
    if not answer.value.contested:
        return ()
    return tuple(value_text(item, answer.value.path, each.value) for each in answer.value.candidates)


def has_contested_cell(answers: Answers, item_key: str) -> bool:
    """Whether any cell of the item differs, its notes and what the unit reports included."""
    path = f"item/{item_key}"
    return any(each == path or each.startswith(f"{path}/") for each in answers.contested)


def _outside(actor: Actor, record: Record, names: Mapping[str, str]) -> tuple[Outside, ...]:
    attached, labels, items = attached_to(record.log.entries), row_labels(record), checklist_items(record.checklist)
    late = set(record.log.state.late)
    found = [(entry, entry.why) for entry in record.log.held]
    found += [(entry, "LATE") for entry in record.log.entries if entry.op in late]
    lines = []
    for entry, why in sorted(found, key=lambda each: each[0].n or 0):
        key = item_key_of(entry.path, attached)
        item = items.get(key or "")
        shown = is_content_shown(actor, record, entry)
        lines.append(
            Outside(
                n=entry.n,
                item_key=key if item else None,
                item_text=item.text.vi if item else "",
                place=place_text(item, entry.path, labels),
                text=value_text(item, entry.path, entry_value(entry)) if shown else "",
                who=names.get(entry.actor, "–"),
                wall=entry.wall,
                device_time=moment_of(entry.wall),
                received_at=received_moment(entry.received_at),
                why=why,
            )
        )
    return tuple(lines)


def _signatures(record: Record) -> tuple[Signature, ...]:
    found = []
    closing = record.log.state.closing
    alone = closing is not None and "alone" in closing.value  # a unit that checks itself
    for party, head in sorted((record.log.state.signatures or {}).items()):
        value: dict[str, Any] = head.value
        found.append(
            Signature(
                party="Người phụ trách" if alone else PARTIES.get(party, party),
                name=value["name"],
                title=value["title"],
                wall=head.wall,
                device_time=moment_of(head.wall),
                received_at=received_moment(head.received_at),
                refused=value.get("refused") or {},
            )
        )
    return tuple(found)


def _notes(record: Record, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Notes on the visit as a whole, with their authors; those of an item stand on its page."""
    return tuple(
        (head.value["text"], names.get(head.actor, "–"))
        for path, heads in sorted(record.log.cells.items())
        if path.startswith("note/")
        for head in heads
        if isinstance(head.value, Mapping) and not head.value.get("of")
    )
