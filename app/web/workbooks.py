"""Reads the workbook of a stranger: its zip directory is looked at, then a child process with little memory and
little time reads the cells, of its first sheet or of all. What a hostile file does, it does there.

Run as a script, this file is that child; it imports nothing of the app. Formulas are never computed: in a list a cell
holds the value that was saved with it, or nothing; where no cell may be lost (`read_sheets`) a formula is refused.
"""

import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

MOST_ROWS = 10_000
MOST_COLUMNS = 40
MOST_ENTRIES = 200
MOST_BYTES = 50 * 1024 * 1024
MOST_RATIO = 100
MOST_TYPES = 1024 * 1024
MOST_SHEETS = 50
MOST_CELLS = 50_000  # of all sheets together, where every one is told of
WIDEST = 512  # columns of a sheet that is read whole: texts in many languages stand side by side
LONGEST_CELL = 32_767  # characters; no spreadsheet holds more
WORKBOOK, DOCUMENT = "xl/workbook.xml", "word/document.xml"
MOST_TEXT = 16 * 1024 * 1024  # characters of all cells together
CHILD_MEMORY = 512 * 1024 * 1024
CHILD_SECONDS = 20

Cell = str | int | float | None  # a date is its ISO text


class Refused(Exception):
    """The file cannot be used at all; `code` says why, `place` names the sheet or cell if there is one."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.place = place


@dataclass(frozen=True)
class Line:
    """A row of the sheet that is not empty; `number` counts as the spreadsheet does."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class WholeSheet:
    """A sheet of which every cell was read."""

    name: str
    lines: tuple[Line, ...]


def read_lines(content: bytes, *, longest_cell: int) -> list[Line]:
    """The rows of a workbook's first sheet. Raises Refused; nothing of the file is run, unpacked to disk or kept."""
    if WORKBOOK not in parts_of(content):
        raise Refused("not_a_workbook")
    return _lines(_ask_child(content, "lines", longest_cell)["rows"])


def read_sheets(content: bytes) -> list[WholeSheet]:
    """Every sheet of a workbook with every cell, for callers that may lose none.

    Raises Refused as `read_lines` does, and for formulas, links to other files, old formats and passwords.
    """
    _check_format(content)
    parts = parts_of(content)
    if WORKBOOK not in parts:
        raise Refused("not_a_workbook")
    if any(name.startswith("xl/externallinks/") for name in parts):
        raise Refused("workbook_links")
    reply = _ask_child(content, "sheets", LONGEST_CELL)
    return [WholeSheet(name, tuple(_lines(rows))) for name, rows in reply["sheets"]]


# What a workbook may hold outside its cells, by how its parts are named in the file.
_BESIDE = {
    "comments": ("xl/comments", "xl/threadedcomments/"),
    "pictures": ("xl/media/",),
    "drawings": ("xl/drawings/drawing",),
    "charts": ("xl/charts/chart", "xl/chartsheets/sheet"),
    "pivots": ("xl/pivottables/",),
}


def beside_cells(content: bytes) -> dict[str, int]:
    """How many parts of the file hold something else than cells, by kind; kinds it has none of are left out.

    For callers that read cells only and have to say what they passed over. Raises Refused as `parts_of` does.
    """
    names = [name for name in parts_of(content) if not name.rpartition("/")[0].endswith("_rels")]
    found = {kind: sum(name.startswith(starts) for name in names) for kind, starts in _BESIDE.items()}
    return {kind: count for kind, count in found.items() if count}


_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def _check_format(content: bytes) -> None:
    """Tell a workbook with a password, or of before 2007, from what is no workbook at all."""
    if content.startswith(_OLD_OFFICE):
        raise Refused("workbook_password" if _ENCRYPTED in content else "workbook_old")


def _lines(rows: list[Any]) -> list[Line]:
    return [Line(number, tuple(cells)) for number, cells in rows]


def _ask_child(content: bytes, what: str, longest_cell: int) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 - this very file, run by this very interpreter
            [sys.executable, "-I", str(Path(__file__).resolve()), what, str(longest_cell)],
            input=content,
            capture_output=True,
            timeout=CHILD_SECONDS + 10,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("workbook_too_heavy") from error
    try:
        reply: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:  # it was stopped by its limits
        raise Refused("workbook_too_heavy") from error
    if "refused" in reply:
        raise Refused(str(reply["refused"]), str(reply.get("place", "")))
    return reply


def parts_of(content: bytes) -> frozenset[str]:
    """The names of the parts of an office file, in lower case, read from its directory and list of types only.

    Raises Refused for what no honest file is: too heavy once unpacked, encrypted, with macros or programs inside.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_weight(entries)
            with archive.open("[Content_Types].xml") as part:
                types = part.read(MOST_TYPES).lower()
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, RuntimeError) as error:
        raise Refused("not_a_workbook") from error
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names) or any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused("not_a_workbook")
    if b"macroenabled" in types or any(_is_program(name) for name in names):
        raise Refused("workbook_with_macros")
    return frozenset(names)


def _check_weight(entries: list[zipfile.ZipInfo]) -> None:
    declared = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MOST_ENTRIES or declared > MOST_BYTES or declared / packed > MOST_RATIO:
        raise Refused("workbook_too_heavy")


def _is_program(name: str) -> bool:
    """Macros, programs and embedded objects; what a printer was set to is none of these."""
    if "/printersettings/" in name:
        return False
    return "vbaproject" in name or "/macrosheets/" in name or name.endswith((".bin", ".exe", ".dll", ".js", ".vbs"))


# --- in the child ---------------------------------------------------------------------------------------------


def _child(what: str, longest_cell: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        content = sys.stdin.buffer.read()
        if what == "lines":
            reply: dict[str, Any] = {"rows": list(_rows(content, longest_cell))}
        else:
            reply = {"sheets": list(_sheets(content, longest_cell))}
    except Refused as refused:
        reply = {"refused": refused.code, "place": refused.place}
    except MemoryError:
        reply = {"refused": "workbook_too_heavy"}
    except Exception:  # whatever a broken or hostile file makes the parser raise
        reply = {"refused": "not_a_workbook"}
    sys.stdout.write(json.dumps(reply))


def _open(content: bytes, *, values: bool) -> Any:
    from openpyxl import DEFUSEDXML, load_workbook

    if not DEFUSEDXML:
        raise Refused("not_a_workbook")
    return load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)


class _Budget:
    """How much of a workbook may be read: rows that hold something, cells if they are counted, and characters."""

    def __init__(self, cells: int | None = None) -> None:
        self.rows = 0
        self.cells = cells
        self.text = 0

    def take(self, number: int, cells: list[Cell]) -> None:
        self.rows += bool(cells)
        if self.cells is not None:
            self.cells -= sum(cell not in (None, "") for cell in cells)
        self.text += sum(len(cell) for cell in cells if isinstance(cell, str))
        if number > 4 * MOST_ROWS or self.rows > MOST_ROWS + 1:  # with the row of headings
            raise Refused("workbook_too_long")
        if self.text > MOST_TEXT or (self.cells is not None and self.cells < 0):
            raise Refused("workbook_too_heavy")


def _rows(content: bytes, longest_cell: int) -> Iterator[tuple[int, list[Cell]]]:
    sheet = _open(content, values=True).worksheets[0]
    sheet.reset_dimensions()  # what the file says of its own size is not believed
    budget = _Budget()
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1):
        cells = _trimmed([_cell(value, longest_cell) for value in row])
        budget.take(number, cells)
        if cells:
            yield number, cells


def _sheets(content: bytes, longest_cell: int) -> Iterator[tuple[str, list[tuple[int, list[Cell]]]]]:
    book, budget = _open(content, values=False), _Budget(MOST_CELLS)
    if len(book.worksheets) > MOST_SHEETS:
        raise Refused("workbook_too_heavy")
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows = []
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = _trimmed([_cell(_with_hour(_plain_value(cell, sheet.title)), longest_cell) for cell in row])
            budget.take(number, cells)
            if len(cells) > WIDEST:
                raise Refused("workbook_too_wide", sheet.title)
            if cells:
                rows.append((number, cells))
        yield sheet.title, rows


def _plain_value(cell: Any, sheet: str) -> Any:
    """What a cell says; a formula says nothing without being computed, but for a bare `TRUE()` or `FALSE()`."""
    if cell.data_type != "f":
        return cell.value
    said = str(cell.value).upper().replace(" ", "")
    if said not in ("=TRUE()", "=FALSE()"):
        raise Refused("workbook_formula", f"{sheet}!{cell.coordinate}")
    return said == "=TRUE()"


def _with_hour(value: Any) -> Any:
    """A day with an hour as its text, so that the hour is not lost; a day at midnight is only a day."""
    return value.isoformat(" ") if isinstance(value, datetime) and value.time() != time() else value


def _trimmed(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def _cell(value: Any, longest: int) -> Cell:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    return str(value).strip().replace("\x00", " ")[:longest]


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]))
