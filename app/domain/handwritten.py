"""Days, documents and headings as people in Viet Nam write them by hand."""

import re
from datetime import date, timedelta

from app.domain.vietnamese import search_key

Cell = str | int | float | None  # of a spreadsheet; a cell of a date is its ISO text

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
_SERIAL_ZERO = date(1899, 12, 30)

_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})")
_DAY_IN_WORDS = re.compile(r"(\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_DAYS = re.compile(r"(\d{1,4})(?: ngay)?(?: lam viec)?")
_SYMBOL = re.compile(r"\d+[A-Za-zĐđ]?/(?:\d{4}/)?[A-ZĐa-zđ][\wĐđ.&\-]*(?:/[A-ZĐa-zđ][\wĐđ.&\-]*)*")


def parse_day(cell: Cell) -> date | None:
    """Read a day as 05/03/2025, 5-3-25, “ngày 05 tháng 3 năm 2025”, ISO, or a spreadsheet's count of days.

    The day always stands before the month. Returns None for an empty cell; raises ValueError for what is no day
    between 2000 and 2100.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        day = _written_day(cell)
    elif cell == int(cell) and abs(cell) < 100_000:
        day = _SERIAL_ZERO + timedelta(days=int(cell))
    else:
        raise ValueError(cell)
    if not EARLIEST <= day < LATEST:
        raise ValueError(cell)
    return day


def _written_day(text: str) -> date:
    plain = search_key(text).removeprefix("ngay").strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
        return date.fromisoformat(plain)
    match = _DAY.fullmatch(plain) or _DAY_IN_WORDS.fullmatch(plain)
    if match is None:
        raise ValueError(text)
    day, month, year = (int(each) for each in match.groups())
    return date(year + 2000 if year < 100 else year, month, day)


def parse_source(text: str) -> tuple[str, date | None]:
    """Take a document's number and day out of words: “Thông báo số 05/TB-UBND ngày 05/03/2025”."""
    symbol = _SYMBOL.search(text)
    written = _DAY.search(text[symbol.end() :] if symbol else text) or _DAY_IN_WORDS.search(search_key(text))
    try:
        day = parse_day(written[0]) if written else None
    except ValueError:
        day = None
    if symbol:
        return symbol[0], day
    rest = text.replace(written[0], "") if written else text
    return re.sub(r"[\s,;]*(ngày)?[\s,;]*$", "", rest), day


def working_days(cell: Cell) -> int | None:
    """The number in “10 ngày làm việc”; nothing in a bare number, which is a spreadsheet's day."""
    match = _DAYS.fullmatch(plain(cell)) if isinstance(cell, str) else None
    return int(match[1]) if match else None


def plain(text: str) -> str:
    """Lower case letters and digits without diacritics, single spaces between words."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", search_key(text)).split())
