"""Reads rows of units from a CSV file of our own or from a workbook of a stranger."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.web import workbooks
from app.web.workbooks import Cell, Refused

COLUMNS = ("scheme", "code", "kind", "name_vi", "parent_scheme", "parent_code", "valid_from", "valid_to")
KINDS = ("province", "district", "ward", "commune", "special_zone", "department")

LONGEST_CELL = 500


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


# --- reading a workbook ---------------------------------------------------------------------------------------

NUMBER_MARK = "\x00number:"  # cannot be typed into a cell; marks a code that lost its zeros


def read_workbook(content: bytes) -> list[RawRow]:
    """The rows of an uploaded workbook under its first row, which names our columns. Raises Refused."""
    found = workbooks.read_lines(content, longest_cell=LONGEST_CELL)
    places = _header(found[0].cells if found and found[0].number == 1 else ())
    rows = []
    for line in found[1:]:
        cells = [
            _text(line.cells[place] if place is not None and place < len(line.cells) else None) for place in places
        ]
        if any(cells):
            rows.append(RawRow(line.number, dict(zip(COLUMNS, cells, strict=True))))
    return rows


def _header(row: Sequence[Cell]) -> list[int | None]:
    """Where each of our columns stands; those that may be absent are None."""
    names = [str(cell).strip().lower() if cell is not None else "" for cell in row]
    if any(column not in names for column in COLUMNS[:4]):
        raise Refused("workbook_columns")
    return [names.index(column) if column in names else None for column in COLUMNS]


def _text(value: Cell) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{NUMBER_MARK}{value}"


def lines(rows: Iterable[RawRow]) -> str:
    """Rows as text, to be kept between showing and confirming."""
    return json.dumps([[row.line, [row.cells[column] for column in COLUMNS]] for row in rows])


def from_lines(text: str) -> list[RawRow]:
    """Rows kept by `lines`."""
    return [RawRow(line, dict(zip(COLUMNS, cells, strict=True))) for line, cells in json.loads(text)]
