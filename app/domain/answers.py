"""The answers of a visit: cells (path -> standing heads) grouped per item and row, and judged against the checklist.

Unanswered, not applicable and not asked are three different states; contested cells keep every candidate.
A value that the checklist does not allow is read as unanswered: nothing here raises on what a device sent.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Protocol

from app.domain.answer_types import (
    UNCLEAN,
    Answer,
    Choice,
    Choices,
    FreeText,
    Number,
    Ratio,
    Roster,
    RosterField,
    YesNo,
)
from app.domain.checklist import Checklist, Item
from app.domain.sampling import FRAME_LIMIT, SIZE_LIMIT
from app.domain.wire import canonical


class Head(Protocol):
    """What the fold leaves standing in a cell, as far as answers are concerned."""

    @property
    def op(self) -> str: ...

    @property
    def value(self) -> Any: ...


Cells = Mapping[str, Sequence[Head]]


@dataclass(frozen=True)
class Candidate:
    """One distinct value standing in a cell (None: unanswered), with the lowest op that says so."""

    op: str
    value: Any


@dataclass(frozen=True)
class Cell:
    """A cell as it is read: no candidates if never written, several if contested, ordered by op."""

    path: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def contested(self) -> bool:
        return len(self.candidates) > 1

    @property
    def value(self) -> Any:
        """The value, or while contested the one of the lowest op."""
        return self.candidates[0].value if self.candidates else None


@dataclass(frozen=True)
class Row:
    """A row of a roster that stands; `deletion_contested`: deleted by one, edited by another."""

    uuid: str
    path: str
    label: Cell
    position: Cell  # the `order` cell
    fields: Mapping[str, Cell]
    deletion_contested: bool

    @property
    def order(self) -> str:
        """Where the row stands; ties by uuid."""
        return self.position.value or ""


@dataclass(frozen=True)
class ItemAnswer:
    """Everything recorded for one item."""

    key: str
    value: Cell
    na: Cell
    note: Cell
    claimed: Cell
    observed_at: Cell
    sample: Cell  # of what the rows were drawn, and how; never written unless the roster is a sample
    rows: tuple[Row, ...]
    duplicates: tuple[tuple[str, ...], ...]  # uuids of rows whose normalised labels are equal
    photos: tuple[str, ...]  # uuids of photos of the item or of its standing rows
    photographed: frozenset[str]  # uuids of the standing rows that have a photo


@dataclass(frozen=True)
class Answers:
    """The answers of a visit, per item in document order."""

    items: Mapping[str, ItemAnswer]
    contested: tuple[str, ...]  # paths of all contested cells of items and rows, sorted


# ---------------------------------------------------------------------------- judging a value

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_MOST = 10**9  # counted things
_LARGEST = 10**11  # hundredths
_SAMPLE = {"frame", "size", "seed"}
_SEED = re.compile(r"[0-9A-Za-z._:/-]{1,160}")
_DETAILS = {"number", "issued_on", "signer", "kind"}


def check_value(item: Item, value: Any) -> str | None:
    """Judge an item's value; None if it is fine (None as value always is: unanswered), else a problem code."""
    return _check(item.answer, value)


def check_field(field: RosterField, value: Any) -> str | None:
    """Judge the value of a roster field; None if it is fine, else a problem code."""
    return _check(field, value)


def check_claim(item: Item, value: Any) -> str | None:
    """Judge what the unit reports of itself: like the value, but of a roster only the counted ratio."""
    if not item.answer.claimed:
        return "claim_not_asked"
    if value is None or not isinstance(item.answer, Roster):
        return check_value(item, value)
    return _check_counted(value, {"observed", "total"})


def check_sample(item: Item, value: Any) -> str | None:
    """Judge what a sample is drawn from: the frame's size, how many to draw, and the seed that fixes which."""
    plan = item.answer.sample if isinstance(item.answer, Roster) else None
    if plan is None:
        return "sample_not_asked"
    if value is None:
        return None
    beside = ({"period"} if plan.period else set()) | ({"source"} if plan.source else set())
    if not isinstance(value, dict) or not _SAMPLE <= value.keys() <= _SAMPLE | beside:
        return "not_a_sample"
    if not _is_whole(value["frame"], 1, FRAME_LIMIT) or not _is_whole(value["size"], 1, SIZE_LIMIT):
        return "not_a_sample"
    if value["size"] > value["frame"]:
        return "sample_above_frame"
    if not isinstance(value["seed"], str) or not _SEED.fullmatch(value["seed"]):
        return "not_a_seed"
    return _check_beside(value)


def check_text(value: Any, longest: int) -> str | None:
    """Judge free text: not empty, no control characters or lone surrogates, at most `longest` characters."""
    if not isinstance(value, str):
        return "not_text"
    if UNCLEAN.search(value):
        return "text_unclean"
    if not value:
        return "text_empty"
    return None if len(value) <= longest else "text_too_long"


def is_date(value: Any) -> bool:
    """Say whether it is a real day written as 2020-08-31."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check(spec: Answer | RosterField, value: Any) -> str | None:
    return None if value is None else _CHECKS[spec.type](spec, value)


def _check_yes_no(_: YesNo, value: Any) -> str | None:
    return None if value in ("yes", "no") else "not_yes_or_no"


def _check_choice(spec: Choice, value: Any) -> str | None:
    return None if any(value == option.key for option in spec.choices) else "not_a_choice"


def _check_choices(spec: Choices, value: Any) -> str | None:
    keys = {option.key for option in spec.choices}
    if not isinstance(value, list) or not all(isinstance(each, str) and each in keys for each in value):
        return "not_choices"
    return None if len(set(value)) == len(value) else "choice_twice"


def _check_ratio(spec: Ratio, value: Any) -> str | None:
    beside = ({"period"} if spec.period else set()) | ({"source"} if spec.source else set())
    problem = _check_counted(value, {"observed", "total"} | beside)
    return problem or _check_beside(value)


def _check_beside(value: Any) -> str | None:
    """Judge the period and source that stand beside counts, where there are any."""
    if "period" in value and not _is_period(value["period"]):
        return "not_a_period"
    return check_text(value["source"], 500) if "source" in value else None


def _check_counted(value: Any, allowed: set[str]) -> str | None:
    if not isinstance(value, dict) or not value.keys() <= allowed:
        return "not_a_ratio"
    observed, total = value.get("observed"), value.get("total")
    if not _is_whole(observed, 0, _MOST) or not _is_whole(total, 0, _MOST):
        return "not_a_ratio"
    return None if value["observed"] <= value["total"] else "observed_above_total"


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_period(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"from", "to"}:
        return False
    return is_date(value["from"]) and is_date(value["to"]) and bool(value["from"] <= value["to"])


def _check_number(spec: Number, value: Any) -> str | None:
    if not _is_whole(value, -_LARGEST, _LARGEST):
        return "not_a_number"
    if spec.whole and value % 100:
        return "not_whole"
    if spec.min is not None and value < spec.min:
        return "below_minimum"
    return "above_maximum" if spec.max is not None and value > spec.max else None


def _check_free_text(spec: FreeText, value: Any) -> str | None:
    return check_text(value, spec.max_length)


def _check_date(_: Answer, value: Any) -> str | None:
    return None if is_date(value) else "not_a_date"


def _check_time(_: Answer, value: Any) -> str | None:
    return None if isinstance(value, str) and _TIME.fullmatch(value) else "not_a_time"


def _check_document(_: Answer, value: Any) -> str | None:
    """A document shown has at least one of its details; one not shown is exactly {"shown": false}."""
    if not isinstance(value, dict) or not value:
        return "not_a_document"
    if value.get("shown") is False and len(value) == 1:
        return None
    if not value.keys() <= _DETAILS:
        return "not_a_document"
    if "issued_on" in value and not is_date(value["issued_on"]):
        return "not_a_date"
    texts = (value[name] for name in ("number", "signer", "kind") if name in value)
    return next((problem for text in texts if (problem := check_text(text, 300))), None)


def _check_roster(_: Roster, value: Any) -> str | None:
    return None if value == "none" else "not_none_here"


_CHECKS: Mapping[str, Callable[[Any, Any], str | None]] = {
    "yes_no": _check_yes_no,
    "choice": _check_choice,
    "choices": _check_choices,
    "ratio": _check_ratio,
    "number": _check_number,
    "text": _check_free_text,
    "date": _check_date,
    "time": _check_time,
    "document": _check_document,
    "roster": _check_roster,
}


# ---------------------------------------------------------------------------- reading cells


def read(checklist: Checklist, cells: Cells) -> Answers:
    """Group cells into answers; cells of items the checklist does not have are left out."""
    own: dict[str | None, dict[str, Sequence[Head]]] = {item.key: {} for item in checklist.items()}
    for path, heads in cells.items():
        key = item_of(path, heads)
        if key in own:
            own[key][path] = heads
    answers = {item.key: read_item(item, own[item.key]) for item in checklist.items()}
    return Answers(answers, tuple(sorted(path for each in answers.values() for path in contested_paths(each))))


def item_of(path: str, heads: Sequence[Head]) -> str | None:
    """Name the item that a cell belongs to: by its path, or for a photo that still stands by what it shows."""
    kind, _, place = path.partition("/")
    if kind == "item":
        return place.partition("/")[0]
    of = _photo_of(heads) if kind == "photo" else None
    return of[0] if of else None


def read_item(item: Item, cells: Cells) -> ItemAnswer:
    """Read one item from the cells that belong to it."""
    own: dict[str, Sequence[Head]] = {}
    rows: dict[str, dict[str, Sequence[Head]]] = {}
    photos = []
    for path, heads in cells.items():
        kind, _, place = path.partition("/")
        _, *rest = place.split("/")
        if kind == "photo":
            of = _photo_of(heads)
            photos += [(place, of[1])] if of else []
        elif len(rest) > 2:
            rows.setdefault(rest[1], {})[rest[2]] = heads
        else:
            own["".join(rest)] = heads
    return _item_answer(item, own, rows, photos)


def _photo_of(heads: Sequence[Head]) -> tuple[str, str] | None:
    """Which item and row (or "") a photo that still stands belongs to."""
    for head in heads:
        of = head.value.get("of") if isinstance(head.value, Mapping) else None
        if isinstance(of, str) and of.startswith("item/"):
            _, item, *row = of.split("/")
            return item, row[1] if len(row) > 1 else ""
    return None


def _cell(path: str, heads: Sequence[Head], check: Callable[[Any], str | None]) -> Cell:
    judged = [Candidate(head.op, None if check(head.value) else head.value) for head in heads]
    if len(judged) < 2:  # nearly always: nothing to compare
        return Cell(path, tuple(judged))
    found: dict[bytes, Candidate] = {}
    for candidate in sorted(judged, key=lambda each: each.op):
        found.setdefault(canonical(candidate.value), candidate)
    return Cell(path, tuple(found.values()))


def _item_answer(
    item: Item,
    own: Mapping[str, Sequence[Head]],
    rows: Mapping[str, Mapping[str, Sequence[Head]]],
    photos: Sequence[tuple[str, str]],
) -> ItemAnswer:
    checks: dict[str, Callable[[Any], str | None]] = {
        "": lambda value: check_value(item, value),
        "na": lambda value: None if item.not_applicable and isinstance(value, dict) else "na_not_allowed",
        "note": _text_or_clear,
        "claimed": lambda value: check_claim(item, value),
        "observed_at": _text_or_clear,
        "sample": lambda value: check_sample(item, value),
    }

    def cell(part: str) -> Cell:
        return _cell(f"item/{item.key}/{part}".rstrip("/"), own.get(part, ()), checks[part])

    standing: tuple[Row, ...] = ()
    if isinstance(item.answer, Roster):
        found = [_row(item.key, item.answer, uuid, row) for uuid, row in rows.items()]
        standing = tuple(sorted((row for row in found if row), key=lambda row: (row.order, row.uuid)))
    uuids = {row.uuid for row in standing} | {""}
    return ItemAnswer(
        key=item.key,
        value=cell(""),
        na=cell("na"),
        note=cell("note"),
        claimed=cell("claimed"),
        observed_at=cell("observed_at"),
        sample=cell("sample"),
        rows=standing,
        duplicates=_duplicates(standing),
        photos=tuple(sorted(photo for photo, row in photos if row in uuids)),
        photographed=frozenset(row for _, row in photos if row and row in uuids),
    )


def _row(item_key: str, roster: Roster, uuid: str, parts: Mapping[str, Sequence[Head]]) -> Row | None:
    """Read one row; None if it is gone: every standing deletion says so and one of them saw all that stands."""
    path = f"item/{item_key}/row/{uuid}"
    standing = {head.op for name, heads in parts.items() if name != "deleted" for head in heads}
    deletions = [head.value for head in parts.get("deleted", ())]
    deleted = [set(value["seen"]) for value in deletions if _is_deletion(value)]
    if not standing or (deleted and len(deleted) == len(deletions) and any(seen >= standing for seen in deleted)):
        return None

    def cell(name: str, check: Callable[[Any], str | None] = _text_or_clear) -> Cell:
        return _cell(f"{path}/{name}", parts.get(name, ()), check)

    fields = {field.key: cell(field.key, partial(check_field, field)) for field in roster.fields}
    return Row(uuid, path, cell("label"), cell("order"), fields, deletion_contested=bool(deleted))


def _text_or_clear(value: Any) -> str | None:
    return None if value is None or isinstance(value, str) else "not_text"


def _is_deletion(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("seen"), list)


def _duplicates(rows: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        label = unicodedata.normalize("NFC", row.label.value or "").lower()
        label = re.sub("[ \t\n\r\u00a0]+", " ", label).strip(" ")
        if label:
            groups.setdefault(label, []).append(row.uuid)
    return tuple(tuple(uuids) for uuids in groups.values() if len(uuids) > 1)


def contested_paths(answer: ItemAnswer) -> list[str]:
    """List the paths of the contested cells of an item and its rows."""
    cells = [answer.value, answer.na, answer.note, answer.claimed, answer.observed_at, answer.sample]
    for row in answer.rows:
        cells += [row.label, row.position, *row.fields.values()]
    deletions = [f"{row.path}/deleted" for row in answer.rows if row.deletion_contested]
    return [cell.path for cell in cells if cell.contested] + deletions
