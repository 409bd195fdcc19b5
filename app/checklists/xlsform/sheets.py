"""A workbook as cells, and an XLSForm sheet as rows under headings.

Headings are read as pyxform reads them: in any case, spaces for underscores, old names, a language after `::` (or a
single colon in old forms).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.answer_types import UNCLEAN
from app.web.workbooks import Cell as Raw
from app.web.workbooks import Line, WholeSheet

_SMART_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})

# What else a heading may be called; the values are the names this package uses.
_ALIASES = {
    "relevance": "relevant",
    "caption": "label",
    "tag": "name",
    "value": "name",
    "command": "type",
    "constraining_message": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "calculate": "calculation",
    "readonly": "read_only",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "list name": "list_name",
    "set_form_title": "form_title",
    "title": "form_title",
    "set_form_id": "form_id",
    "id_string": "form_id",
}
_PREFIXES = {"bind", "control", "media", "body"}  # bind::relevant is relevant
MEDIA = frozenset({"image", "big-image", "audio", "video"})


@dataclass(frozen=True)
class Cell:
    """A cell that is not empty; rows and columns count from 1, as the spreadsheet does."""

    sheet: str
    row: int
    column: int
    text: str

    @property
    def address(self) -> str:
        """Where it stands, as `B5`."""
        letters, rest = "", self.column
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(65 + letter) + letters
        return f"{letters}{self.row}"

    @property
    def code(self) -> str:
        """The text as something that is matched, not read: straight quotes, single spaces."""
        return " ".join(self.text.translate(_SMART_QUOTES).split())


@dataclass(frozen=True)
class Heading:
    """What a column holds, and in which language if it says."""

    name: str
    language: str = ""


@dataclass(frozen=True)
class Row:
    """A row under headings."""

    number: int
    by_heading: Mapping[Heading, Cell]
    cells: tuple[Cell, ...]

    def cell(self, name: str) -> Cell | None:
        """The cell of a column that has no language."""
        return self.by_heading.get(Heading(name))

    def code(self, name: str) -> str:
        """The cell's text, to be matched; empty if there is none."""
        cell = self.cell(name)
        return cell.code if cell else ""

    def texts(self, name: str) -> Iterator[tuple[str, Cell]]:
        """The cells of a translated column with their languages, in the order of the sheet."""
        for heading, cell in self.by_heading.items():
            if heading.name == name:
                yield heading.language, cell


@dataclass(frozen=True)
class Sheet:
    """A sheet under its first row."""

    name: str
    headings: Mapping[int, Heading]
    rows: tuple[Row, ...]
    titles: Mapping[int, Cell] = field(default_factory=dict)  # the cells of the first row, by column

    def cells(self) -> Iterator[tuple[Cell, str]]:
        """Every cell that is not empty, with the heading it stands under."""
        for cell in self.titles.values():
            yield cell, ""
        for row in self.rows:
            for cell in row.cells:
                title = self.titles.get(cell.column)
                yield cell, title.text if title else ""


def sheet_of(whole: WholeSheet) -> Sheet:
    """Read a sheet of cells as rows under headings."""
    if not whole.lines:
        return Sheet(whole.name, {}, ())
    first, rest = whole.lines[0], whole.lines[1:]
    titles = {cell.column: cell for cell in _cells(whole.name, first)}
    headings = _headings(titles)
    return Sheet(whole.name, headings, tuple(_row(whole.name, line, headings) for line in rest), titles)


def _headings(titles: Mapping[int, Cell]) -> dict[int, Heading]:
    """What each column holds; of two columns that hold the same only the first counts."""
    separator = "::" if any("::" in cell.text for cell in titles.values()) else ":"
    found: dict[int, Heading] = {}
    for column, cell in titles.items():
        heading = _heading(cell.code, separator)
        if heading not in found.values():
            found[column] = heading
    return found


def _heading(text: str, separator: str) -> Heading:
    parts = [part.strip() for part in re.sub(r"\bjr\s*:\s*", "jr\x00", text).split(separator)]
    parts = [part.replace("\x00", ":") for part in parts]
    names = [_name(part) for part in parts]
    if names[0] in _PREFIXES and len(names) > 1:
        names, parts = names[1:], parts[1:]
    return Heading(names[0], parts[1] if len(parts) > 1 else "")


def _name(text: str) -> str:
    name = "_".join(text.lower().split())
    return _ALIASES.get(name, name)


def _row(sheet: str, line: Line, headings: Mapping[int, Heading]) -> Row:
    cells = tuple(_cells(sheet, line))
    return Row(line.number, {headings[cell.column]: cell for cell in cells if cell.column in headings}, cells)


def _cells(sheet: str, line: Line) -> Iterator[Cell]:
    for column, raw in enumerate(line.cells, start=1):
        text = _text(raw)
        if text:
            yield Cell(sheet, line.number, column, text)


def _text(raw: Raw) -> str:
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFC", str(raw))
    return UNCLEAN.sub(" ", text).replace("\r\n", "\n").replace("\r", "\n").strip()
