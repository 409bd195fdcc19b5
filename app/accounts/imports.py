"""Reads rows of units from a CSV file of our own or from a workbook of a stranger.

A workbook is read by a child process with little memory and little time, after its zip directory was looked at:
what a hostile file does, it does there. Run as a script, this file is that child; it imports nothing of the app.
"""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

COLUMNS = ("scheme", "code", "kind", "name_vi", "parent_scheme", "parent_code", "valid_from", "valid_to")
KINDS = ("province", "district", "ward", "commune", "special_zone", "department")

MOST_ROWS = 10_000
MOST_ENTRIES = 200
MOST_BYTES = 50 * 1024 * 1024
MOST_RATIO = 100
CHILD_MEMORY = 512 * 1024 * 1024
CHILD_SECONDS = 20
LONGEST_CELL = 500


class Refused(Exception):
    """The file cannot be used at all; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class RawRow:
    """A row as it stands in the file; `line` counts as the spreadsheet does."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class UnitRow:
    """A row that says something sensible about a unit."""

    line: int
    scheme: str
    code: str
    kind: str
    name: str
    parent: tuple[str, str] | None
    valid_from: date | None
    valid_to: date | None

    @property
    def key(self) -> tuple[str, str]:
        return self.scheme, self.code


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a seed file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_unit_csv(path: Path) -> list[RawRow]:
    """The rows of a seed file of units, with their lines."""
    return [RawRow(line, row) for line, row in enumerate(read_csv(path), start=2)]


# --- judging a row ------------------------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def judge(row: RawRow) -> UnitRow | list[str]:
    """The row as a unit, or what is wrong with it, in Vietnamese."""
    cells = row.cells
    problems = [text for text in _problems(cells) if text]
    dates: dict[str, date | None] = {}
    for column in ("valid_from", "valid_to"):
        try:
            dates[column] = date.fromisoformat(cells[column]) if cells[column] else None
        except ValueError:
            problems.append(
                f"Cột {column} không phải ngày dạng năm-tháng-ngày: “{cells[column].removeprefix(NUMBER_MARK)[:40]}”."
            )
    starts, ends = dates.get("valid_from"), dates.get("valid_to")
    if starts and ends and ends < starts:
        problems.append("Ngày hết hiệu lực trước ngày bắt đầu.")
    if problems:
        return problems
    parent = (cells["parent_scheme"], cells["parent_code"]) if cells["parent_code"] else None
    name = " ".join(cells["name_vi"].split())
    return UnitRow(row.line, cells["scheme"], cells["code"], cells["kind"], name, parent, starts, ends)


def _problems(cells: dict[str, str]) -> Iterator[str]:
    for column in ("scheme", "code", "kind", "name_vi"):
        if not cells[column]:
            yield f"Thiếu cột {column}."
    for column in ("scheme", "code", "parent_scheme", "parent_code"):
        if cells[column].startswith(NUMBER_MARK):
            yield f"Cột {column} phải là văn bản, không phải số (bảng tính đã bỏ các số 0 ở đầu)."
        elif cells[column] and not _NAME.fullmatch(cells[column]):
            yield f"Cột {column} chỉ gồm chữ không dấu, số và . _ -, dài nhất 40 ký tự."
    if cells["kind"] and cells["kind"] not in KINDS:
        yield f"Loại đơn vị “{cells['kind'].removeprefix(NUMBER_MARK)[:40]}” không có; các loại: {', '.join(KINDS)}."
    if len(cells["name_vi"]) > 200 or any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in cells["name_vi"]):
        yield "Tên dài quá 200 ký tự hoặc có ký tự không hợp lệ."
    if bool(cells["parent_scheme"]) != bool(cells["parent_code"]):
        yield "Đơn vị cấp trên cần cả parent_scheme và parent_code, hoặc để trống cả hai."


# --- reading a workbook, seen from the app --------------------------------------------------------------------


def read_workbook(content: bytes) -> list[RawRow]:
    """The rows of an uploaded workbook. Raises Refused; nothing of the file is run, unpacked to disk or kept."""
    check_container(content)
    try:
        done = subprocess.run(  # noqa: S603 - this very file, run by this very interpreter
            [sys.executable, "-I", str(Path(__file__).resolve())],
            input=content,
            capture_output=True,
            timeout=CHILD_SECONDS + 10,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("workbook_too_heavy") from error
    try:
        reply = json.loads(done.stdout)
    except ValueError as error:  # it was stopped by its limits
        raise Refused("workbook_too_heavy") from error
    if "refused" in reply:
        raise Refused(str(reply["refused"]))
    return [RawRow(line, dict(zip(COLUMNS, cells, strict=True))) for line, cells in reply["rows"]]


def check_container(content: bytes) -> None:
    """Look at the zip directory only. Raises Refused for what no honest workbook is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused("not_a_workbook") from error
    names = [entry.filename for entry in entries]
    declared = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MOST_ENTRIES or declared > MOST_BYTES or declared / packed > MOST_RATIO:
        raise Refused("workbook_too_heavy")
    if len(set(names)) != len(names) or any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused("not_a_workbook")
    lowered = [name.lower() for name in names]
    if any("vbaproject" in name or "/macrosheets/" in name or name.endswith((".bin", ".exe")) for name in lowered):
        raise Refused("workbook_with_macros")
    if "[content_types].xml" not in lowered or "xl/workbook.xml" not in lowered:
        raise Refused("not_a_workbook")


# --- reading a workbook, in the child -------------------------------------------------------------------------

NUMBER_MARK = "\x00number:"  # cannot be typed into a cell; marks a code that lost its zeros


def _child() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        reply: dict[str, Any] = {"rows": list(_rows(sys.stdin.buffer.read()))}
    except Refused as refused:
        reply = {"refused": refused.code}
    except MemoryError:
        reply = {"refused": "workbook_too_heavy"}
    except Exception:  # whatever a broken or hostile file makes the parser raise
        reply = {"refused": "not_a_workbook"}
    sys.stdout.write(json.dumps(reply))


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import DEFUSEDXML, load_workbook

    if not DEFUSEDXML:
        raise Refused("not_a_workbook")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its own size is not believed
    rows = iter(sheet.iter_rows(values_only=True, max_col=40))
    places = _header(next(rows, ()))
    count = 0
    for line, row in enumerate(rows, start=2):
        cells = [_text(row[place] if place is not None and place < len(row) else None) for place in places]
        if line > 4 * MOST_ROWS:
            raise Refused("workbook_too_long")
        if not any(cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Refused("workbook_too_long")
        yield line, cells


def _header(row: Sequence[Any]) -> list[int | None]:
    """Where each of our columns stands; those that may be absent are None."""
    names = [str(cell).strip().lower() if cell is not None else "" for cell in row]
    if any(column not in names for column in COLUMNS[:4]):
        raise Refused("workbook_columns")
    return [names.index(column) if column in names else None for column in COLUMNS]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int | float):
        return f"{NUMBER_MARK}{value}"
    return str(value).strip().replace("\x00", " ")[:LONGEST_CELL]


def lines(rows: Iterable[RawRow]) -> str:
    """Rows as text, to be kept between showing and confirming."""
    return json.dumps([[row.line, [row.cells[column] for column in COLUMNS]] for row in rows])


def from_lines(text: str) -> list[RawRow]:
    """Rows kept by `lines`."""
    return [RawRow(line, dict(zip(COLUMNS, cells, strict=True))) for line, cells in json.loads(text)]


if __name__ == "__main__":
    _child()
