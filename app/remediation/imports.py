"""Rows of an old register, as they stand in a stranger's workbook."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.handwritten import Cell
from app.domain.register import Column, Headings, headings_of
from app.web import workbooks
from app.web.workbooks import Refused

LONGEST_CELL = 4000
TITLE_LINES = 15  # how far down the headings may stand: registers begin with a title


@dataclass(frozen=True)
class RawRow:
    """A row as it stands in the file; `line` counts as the spreadsheet does."""

    line: int
    cells: Mapping[Column, Cell]


@dataclass(frozen=True)
class Sheet:
    """The rows under the headings, and the headings nobody reads."""

    rows: tuple[RawRow, ...]
    unknown: tuple[str, ...] = ()


def read_workbook(content: bytes) -> Sheet:
    """The rows of a register. Raises Refused, and `Invalid` as `headings_of` does."""
    lines = workbooks.read_lines(content, longest_cell=LONGEST_CELL)
    for place, line in enumerate(lines[:TITLE_LINES]):
        headings = headings_of(line.cells)
        if headings is not None:
            rows = [RawRow(each.number, _cells(headings, each.cells)) for each in lines[place + 1 :]]
            return Sheet(tuple(row for row in rows if row.cells), headings.unknown)
    raise Refused("register_columns")


def _cells(headings: Headings, cells: Sequence[Cell]) -> Mapping[Column, Cell]:
    """What stands under our headings; nothing for a row that is empty there."""
    found = {column: cells[place] for column, place in headings.places.items() if place < len(cells)}
    return {column: cell for column, cell in found.items() if cell not in (None, "")}


def to_text(sheet: Sheet) -> str:
    """A sheet as text, to be kept between showing and confirming."""
    return json.dumps({"unknown": sheet.unknown, "rows": [[row.line, row.cells] for row in sheet.rows]})


def from_text(text: str) -> Sheet:
    """A sheet kept by `to_text`."""
    kept = json.loads(text)
    rows = (RawRow(line, {Column(name): cell for name, cell in cells.items()}) for line, cells in kept["rows"])
    return Sheet(tuple(rows), tuple(kept["unknown"]))
