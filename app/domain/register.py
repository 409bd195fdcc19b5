"""An old register of findings, row by row: what its columns are called, and what each row says.

Registers were kept by hand for years: headings in any order, case and spelling, dates as people write them in
Viet Nam or as a spreadsheet counts them. What cannot be understood is told with its column and what to write instead.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.answer_types import UNCLEAN
from app.domain.errors import Invalid
from app.domain.handwritten import Cell, parse_day, parse_source, plain, working_days

MOST_DAYS = 250  # working days; more than a year is written as a date
LONGEST = {"problem": 2000, "remedy": 2000, "source": 60, "owner": 200, "head": 200, "proof": 500}


class Column(StrEnum):
    UNIT = "unit"
    UNIT_CODE = "unit_code"
    PROBLEM = "problem"
    REMEDY = "remedy"
    SEVERITY = "severity"
    SOURCE = "source"
    ISSUED_ON = "issued_on"
    DUE_ON = "due_on"
    DUE_DAYS = "due_days"
    OWNER = "owner"
    HEAD = "head"
    STATE = "state"
    DONE_ON = "done_on"
    PROOF = "proof"


# What a column may be called, as `plain` writes it but for diacritics; the first is what we print.
NAMES: Mapping[Column, tuple[str, ...]] = {
    Column.UNIT: ("Đơn vị", "Tên đơn vị", "Đơn vị thực hiện", "Đơn vị được kiểm tra", "Xã, phường", "Phường, xã"),
    Column.UNIT_CODE: ("Mã đơn vị", "Mã", "Mã xã", "Mã phường, xã"),
    Column.PROBLEM: ("Tồn tại, hạn chế", "Tồn tại", "Hạn chế", "Nội dung tồn tại", "Vi phạm", "Nội dung vi phạm"),
    Column.REMEDY: (
        *("Yêu cầu khắc phục", "Nội dung khắc phục", "Biện pháp khắc phục", "Nội dung yêu cầu", "Yêu cầu"),
        *("Kiến nghị", "Nhiệm vụ", "Nội dung nhiệm vụ"),
    ),
    Column.SEVERITY: ("Mức độ", "Mức độ vi phạm"),
    Column.SOURCE: ("Văn bản", "Số văn bản", "Số, ký hiệu", "Số, ký hiệu văn bản", "Thông báo kết luận", "Thông báo"),
    Column.ISSUED_ON: ("Ngày văn bản", "Ngày ban hành", "Ngày ban hành văn bản"),
    Column.DUE_ON: (
        *("Hạn hoàn thành", "Hạn", "Thời hạn", "Thời hạn hoàn thành", "Hạn khắc phục", "Thời hạn khắc phục"),
        "Ngày đến hạn",
    ),
    Column.DUE_DAYS: ("Số ngày làm việc", "Số ngày", "Thời hạn ngày làm việc"),
    Column.OWNER: ("Người thực hiện", "Cán bộ thực hiện", "Người phụ trách", "Cán bộ phụ trách"),
    Column.HEAD: ("Người đứng đầu", "Người chịu trách nhiệm", "Lãnh đạo chịu trách nhiệm"),
    Column.STATE: ("Trạng thái", "Tình trạng", "Kết quả", "Kết quả thực hiện", "Kết quả khắc phục"),
    Column.DONE_ON: ("Ngày khắc phục xong", "Ngày hoàn thành", "Ngày khắc phục", "Hoàn thành ngày", "Ngày xong"),
    Column.PROOF: ("Minh chứng", "Tài liệu chứng minh", "Văn bản báo cáo", "Báo cáo kết quả"),
}
SEVERITIES = {"nhe": "minor", "nang": "major", "nghiem trong": "critical", "rat nghiem trong": "critical"}
_OPEN = {
    *("chua", "chua khac phuc", "chua thuc hien", "chua hoan thanh", "chua xong", "con ton tai", "chua bao cao"),
    *("dang", "dang khac phuc", "dang thuc hien"),
}
_DONE = {"da khac phuc", "da khac phuc xong", "da hoan thanh", "hoan thanh", "da thuc hien", "xong", "da xong", "da"}


@dataclass(frozen=True)
class Problem:
    """What is wrong, or worth knowing, in a column, and what to do."""

    column: Column
    text: str


@dataclass(frozen=True)
class Entry:
    """What a row says. `due_on` is empty where a number of working days was given; `done_on` where it is open."""

    unit: str
    unit_code: Cell
    problem: str
    remedy: str
    severity: str
    source: str
    issued_on: date
    due_on: date | None
    working_days: int
    owner: str
    head: str
    done_on: date | None
    proof: str


@dataclass(frozen=True)
class Headings:
    """Where each column stands, and the headings that mean nothing here."""

    places: Mapping[Column, int]
    unknown: tuple[str, ...]


def headings_of(row: Sequence[Cell]) -> Headings | None:
    """Read a row as headings; None for a row of something else, such as a title.

    Raises `Invalid("register_columns_twice")` when two headings mean the same.
    """
    found: dict[Column, str] = {}
    places: dict[Column, int] = {}
    unknown = []
    for place, cell in enumerate(row):
        text = str(cell or "").strip()
        column = _COLUMNS.get(plain(re.sub(r"\(.*?\)", " ", text)))
        if column is None:
            if text and plain(text) not in {"stt", "tt", "so tt", "so thu tu"}:
                unknown.append(text[:60])
        elif column in places:
            raise Invalid("register_columns_twice", first=found[column][:60], second=text[:60])
        else:
            places[column], found[column] = place, text
    has_unit = Column.UNIT in places or Column.UNIT_CODE in places
    has_work = Column.REMEDY in places or Column.PROBLEM in places
    return Headings(places, tuple(unknown)) if has_unit and has_work else None


def judge(cells: Mapping[Column, Cell], today: date) -> tuple[Entry | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """Read a row: what it says (None when something is wrong), the errors, and what is worth knowing."""
    reader = _Reader(cells)
    unit, problem, remedy = reader.text(Column.UNIT), reader.text(Column.PROBLEM), reader.text(Column.REMEDY)
    if not unit and cells.get(Column.UNIT_CODE) in (None, ""):
        reader.wrong(Column.UNIT, "Thiếu đơn vị: ghi tên hoặc mã đơn vị.")
    if not remedy and not problem:
        reader.wrong(Column.REMEDY, "Thiếu nội dung: ghi việc đơn vị phải làm.")
    elif not remedy:
        remedy = f"Khắc phục: {problem}"[: LONGEST["remedy"]]
        reader.told(Column.REMEDY, "Trống: lấy theo nội dung tồn tại.")
    source, issued_on = reader.source(today)
    due_on, days = reader.due(issued_on)
    done_on = reader.done(issued_on, today)
    entry = Entry(
        *(unit, cells.get(Column.UNIT_CODE), problem, remedy, reader.severity(), source, issued_on or today, due_on),
        *(days, reader.text(Column.OWNER), reader.text(Column.HEAD), done_on, reader.text(Column.PROOF)),
    )
    if done_on and not entry.proof:
        reader.told(Column.PROOF, "Đã khắc phục nhưng không ghi minh chứng.")
    return None if reader.errors else entry, tuple(reader.errors), tuple(reader.warnings)


class _Reader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, cells: Mapping[Column, Cell]) -> None:
        self.cells = cells
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def wrong(self, column: Column, text: str) -> None:
        self.errors.append(Problem(column, text))

    def told(self, column: Column, text: str) -> None:
        self.warnings.append(Problem(column, text))

    def text(self, column: Column) -> str:
        value = self.cells.get(column)
        text = unicodedata.normalize("NFC", "" if value is None else str(value)).strip()
        longest = LONGEST.get(column, 200)
        if UNCLEAN.search(text):
            self.wrong(column, "Có ký tự điều khiển không hợp lệ: hãy gõ lại ô này.")
        elif len(text) > longest:
            self.wrong(column, f"Dài quá {longest} ký tự: hãy rút gọn.")
        return text

    def day(self, column: Column) -> date | None:
        try:
            return parse_day(self.cells.get(column))
        except ValueError:
            self.wrong(column, f"“{str(self.cells[column])[:40]}” không phải ngày: ghi dạng 05/03/2025.")
            return None

    def source(self, today: date) -> tuple[str, date | None]:
        named, written = parse_source(self.text(Column.SOURCE))
        errors = len(self.errors)
        day = self.day(Column.ISSUED_ON)
        if not named:
            self.wrong(Column.SOURCE, "Thiếu văn bản giao việc: ghi như 05/TB-UBND ngày 05/03/2025.")
        if day and written and day != written:
            self.wrong(Column.ISSUED_ON, f"Khác ngày {written:%d/%m/%Y} ghi ở cột {NAMES[Column.SOURCE][0]}.")
        day = day or written
        if day is None and len(self.errors) == errors:
            self.wrong(Column.ISSUED_ON, "Thiếu ngày của văn bản: ghi dạng 05/03/2025.")
        if day and day > today:
            self.wrong(Column.ISSUED_ON, f"Ngày {day:%d/%m/%Y} chưa đến.")
            day = None  # nothing is judged by it
        return named, day

    def due(self, issued_on: date | None) -> tuple[date | None, int]:
        days = self._days(Column.DUE_DAYS)
        if days is None and working_days(self.cells.get(Column.DUE_ON)) is not None:
            return None, self._days(Column.DUE_ON) or 0
        errors = len(self.errors)
        day = self.day(Column.DUE_ON)
        if day and issued_on and day < issued_on:
            self.wrong(Column.DUE_ON, f"Hạn trước ngày văn bản ({issued_on:%d/%m/%Y}).")
        if day and days:
            self.told(Column.DUE_DAYS, "Có cả ngày đến hạn: lấy ngày đến hạn.")
        if day is None and days is None and len(self.errors) == errors:
            self.wrong(Column.DUE_ON, "Thiếu hạn: ghi ngày, hoặc số ngày làm việc.")
        return day, days or 0

    def _days(self, column: Column) -> int | None:
        value = self.cells.get(column)
        if value in (None, ""):
            return None
        days = working_days(value) if isinstance(value, str) else value
        if days is None or days != int(days) or not 1 <= days <= MOST_DAYS:
            self.wrong(column, f"Ghi số ngày làm việc từ 1 đến {MOST_DAYS}, hoặc ghi ngày đến hạn.")
            return 0
        return int(days)

    def severity(self) -> str:
        text = self.text(Column.SEVERITY)
        if text and plain(text) not in SEVERITIES:
            self.wrong(Column.SEVERITY, f"Không có mức “{text[:40]}”: ghi Nhẹ, Nặng hoặc Nghiêm trọng.")
        return SEVERITIES.get(plain(text), "")

    def done(self, issued_on: date | None, today: date) -> date | None:
        text, day = self.text(Column.STATE), self.day(Column.DONE_ON)
        state = plain(text)
        if state in _DONE:
            if day is None and self.cells.get(Column.DONE_ON) in (None, ""):
                self.wrong(Column.DONE_ON, "Đã khắc phục thì ghi ngày khắc phục xong.")
        elif state and state not in _OPEN:
            self.wrong(Column.STATE, f"Không hiểu “{text[:40]}”: ghi Chưa khắc phục hoặc Đã khắc phục.")
        elif day:
            self.wrong(Column.STATE, "Có ngày khắc phục xong: ghi Đã khắc phục, hoặc bỏ ngày.")
        elif not state:
            self.told(Column.STATE, "Trống: coi là chưa khắc phục.")
        if day and day > today:
            self.wrong(Column.DONE_ON, f"Ngày {day:%d/%m/%Y} chưa đến.")
        if day and issued_on and day < issued_on:
            self.wrong(Column.DONE_ON, f"Trước ngày văn bản ({issued_on:%d/%m/%Y}).")
        return day


_COLUMNS = {plain(name): column for column, names in NAMES.items() for name in names}
