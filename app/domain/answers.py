"""The answers of a visit: cells (path -> standing heads) grouped per item and row, and judged against the checklist.

Unanswered, not applicable and not asked are three different states; contested cells keep every candidate.
A value that the checklist does not allow is read as unanswered: nothing here raises on what a device sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.answer_types import Answer, RosterField
from app.domain.checklist import Checklist, Item


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
    order: str
    fields: Mapping[str, Cell]
    deletion_contested: bool


@dataclass(frozen=True)
class ItemAnswer:
    """Everything recorded for one item."""

    key: str
    value: Cell
    na: Cell
    note: Cell
    claimed: Cell
    observed_at: Cell
    rows: tuple[Row, ...]
    duplicates: tuple[tuple[str, ...], ...]  # uuids of rows whose normalised labels are equal
    photos: tuple[str, ...]  # uuids of photos of the item or of its standing rows


@dataclass(frozen=True)
class Answers:
    """The answers of a visit, per item in document order."""

    items: Mapping[str, ItemAnswer]
    contested: tuple[str, ...]  # paths of all contested cells of items and rows, sorted


def check_value(item: Item, value: Any) -> str | None:
    """Judge an item's value; None if it is fine (None as value always is: unanswered), else a problem code."""
    raise NotImplementedError


def check_field(field: RosterField, value: Any) -> str | None:
    """Judge the value of a roster field; None if it is fine, else a problem code."""
    raise NotImplementedError


def check_typed(spec: Answer | RosterField, value: Any) -> str | None:
    """Judge a value against the typed part shared by items and fields."""
    raise NotImplementedError


def check_cell(checklist: Checklist, path: str, value: Any) -> str | None:
    """Judge the value of any cell under `item/`: value, note, na, claimed, observed_at, rows; else a problem code."""
    raise NotImplementedError


def read(checklist: Checklist, cells: Cells) -> Answers:
    """Group cells into answers; cells of items the checklist does not have are left out."""
    raise NotImplementedError


def canonical_value(value: Any) -> str:
    """Write a value so that equal answers are equal text: sorted keys, set-like lists sorted, NFC."""
    raise NotImplementedError
