"""Writes workbooks: rows go to disk as they come, text stays text, numbers stay numbers.

A text that begins with =, +, - or @ is a text all the same: the type of its cell is forced, and it is marked as
quoted, so that a spreadsheet does not take it for a formula even when somebody edits the cell (security.md 5.4).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from app.domain.answer_types import UNCLEAN
from app.domain.calendar import VIET_NAM

Value = str | int | float | date | datetime | None

ROW_LIMIT = 1_048_576  # of the format; what is beyond it continues on a further sheet
TEXT_LIMIT = 32_767
_CUT = "… (còn nữa)"
_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read _x0041_ as one character
_FORMATS = {"date": "dd/mm/yyyy", "datetime": "dd/mm/yyyy hh:mm:ss", "str": "General", "quoted": "General"}
_HEADER_FONT, _HEADER_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0B5C6B")
_TOP, _WRAP = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in characters, and how numbers in it are shown."""

    title: str
    width: int = 14
    format: str = ""  # of numbers
    wrap: bool = False


class Sheet:
    """One sheet that is written downwards; it goes on with `Tên (2)` when it is full."""

    def __init__(self, workbook: Workbook, title: str, columns: Sequence[Column], row_limit: int) -> None:
        self._workbook, self._title, self._columns, self._row_limit = workbook, title, columns, row_limit
        self._parts = 0
        self._styles: dict[tuple[str, Column], Any] = {}
        self._begin()

    def add(self, values: Iterable[Value]) -> None:
        """Write one row; there are as many values as columns."""
        if self._rows == self._row_limit:
            self._finish()
            self._begin()
        self._write([self._cell(value, column) for value, column in zip(values, self._columns, strict=True)])

    def _begin(self) -> None:
        self._parts += 1
        name = self._title if self._parts == 1 else f"{self._title} ({self._parts})"
        self._sheet: Any = self._workbook.create_sheet(name)
        self._sheet.freeze_panes = "A2"
        for number, column in enumerate(self._columns, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = column.width
        self._rows = 0
        self._write([self._heading(column) for column in self._columns])

    def _finish(self) -> None:
        """Let the whole table be filtered; its length is known only now."""
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{self._rows}"

    def _write(self, row: list[Any]) -> None:
        self._sheet.append(row)
        self._rows += 1

    def _heading(self, column: Column) -> Any:
        cell: Any = WriteOnlyCell(self._sheet, column.title)
        cell.font, cell.fill, cell.alignment = _HEADER_FONT, _HEADER_FILL, _WRAP
        return cell

    def _cell(self, value: Value, column: Column) -> Any:
        if value is None or value == "":
            return None
        cell: Any = WriteOnlyCell(self._sheet)
        kind = type(value).__name__
        if isinstance(value, str):
            cell.value = clean(value)
            cell.data_type = "s"
            kind = "quoted" if cell.value.startswith(_FORMULA_LIKE) else kind
        elif isinstance(value, datetime):
            cell.value = value.astimezone(VIET_NAM).replace(tzinfo=None, microsecond=0)
        else:
            cell.value = value
        cell._style = self._style(kind, column)
        return cell

    def _style(self, kind: str, column: Column) -> Any:
        """The style of a kind of value in a column; made once, for making one costs more than writing a cell."""
        style = self._styles.get((kind, column))
        if style is None:
            model: Any = WriteOnlyCell(self._sheet)
            model.alignment = _WRAP if column.wrap else _TOP
            model.quotePrefix = kind == "quoted"
            model.number_format = _FORMATS.get(kind) or column.format or "General"
            style = self._styles[kind, column] = model._style
        return style


class Book:
    """A workbook under way. Leaving it with an error takes its temporary files away."""

    def __init__(self, *, title: str, creator: str, row_limit: int = ROW_LIMIT) -> None:
        self._workbook = Workbook(write_only=True)
        self._workbook.properties.title, self._workbook.properties.creator = clean(title), clean(creator)
        self._row_limit = row_limit
        self._sheets: list[Sheet] = []

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None:
            self._discard()

    def sheet(self, title: str, columns: Sequence[Column]) -> Sheet:
        """Begin a sheet; several may be written at the same time."""
        sheet = Sheet(self._workbook, title, columns, self._row_limit)
        self._sheets.append(sheet)
        return sheet

    def save(self, file: IO[bytes]) -> None:
        """Put the sheets together into one file."""
        for sheet in self._sheets:
            sheet._finish()
        self._workbook.save(file)

    def _discard(self) -> None:
        for sheet in self._workbook.worksheets:
            writer: Any = getattr(sheet, "_writer", None)
            if writer is not None:
                if not sheet.closed:
                    sheet.close()
                writer.cleanup()


def clean(text: str) -> str:
    """Take away what XML cannot hold, and what a spreadsheet would take for an escape; cut what is too long."""
    text = UNCLEAN.sub("", text.replace("\r\n", "\n"))
    text = _ESCAPE_LIKE.sub("_x005F_", text)
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - len(_CUT)] + _CUT
