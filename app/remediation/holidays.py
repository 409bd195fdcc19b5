"""Builds the calendar the domain counts with: public holidays of the `holidays` library, and over them the
official swaps of `working_days.csv`, which an administrator may replace with a file of the same shape.

The version printed beside every date names both sources, so that a date can be counted again years later.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as package_version
from pathlib import Path

from app.domain.calendar import WorkingCalendar

SHIPPED = Path(__file__).with_name("working_days.csv")
_COLUMNS = ["date", "kind", "name", "source", "status"]


@dataclass(frozen=True)
class Swap:
    """One day that an official notice moved: `off` (closed) or worked."""

    day: date
    off: bool
    name: str
    source: str

    @property
    def kind(self) -> str:
        return "off" if self.off else "worked"


def read_swaps(path: Path = SHIPPED) -> tuple[Swap, ...]:
    """Read the table of swaps; unconfirmed lines are left out. Raises `ValueError` naming the bad line."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    table = csv.DictReader(lines, strict=True)
    if table.fieldnames != _COLUMNS:
        raise ValueError(f"{path.name}: the columns must be {', '.join(_COLUMNS)}")
    swaps: dict[date, Swap] = {}
    for number, row in enumerate(table, start=1):
        swap = _read_row(row, f"{path.name}, day {number}")
        if swap.day in swaps:
            raise ValueError(f"{path.name}, day {number}: {swap.day} is listed twice")
        if row["status"] == "confirmed":
            swaps[swap.day] = swap
    return tuple(swaps.values())


def _read_row(row: Mapping[str, str], where: str) -> Swap:
    if row["kind"] not in {"off", "worked"} or row["status"] not in {"confirmed", "unconfirmed"}:
        raise ValueError(f"{where}: kind is off or worked, status is confirmed or unconfirmed")
    try:
        day = date.fromisoformat(row["date"])
    except ValueError as error:
        raise ValueError(f"{where}: {row['date']!r} is not a date (YYYY-MM-DD)") from error
    return Swap(day, row["kind"] == "off", row["name"], row["source"])


def build_calendar(first_year: int, last_year: int, swaps: Iterable[Swap]) -> WorkingCalendar:
    """Join the library's holidays of those years with the swaps; a swap wins over the library."""
    years = range(first_year, last_year + 1)
    import holidays

    known = holidays.country_holidays("VN", years=years, language="vi")
    reasons = dict(known.items())
    off = set(reasons)
    # The library keeps Saturdays of every year; only those it was asked about belong to this calendar.
    worked = {day for day in known.weekend_workdays if day.year in years}
    moved = sorted((swap for swap in swaps if swap.day.year in years), key=lambda swap: swap.day)
    for swap in moved:
        (off if swap.off else worked).add(swap.day)
        (worked if swap.off else off).discard(swap.day)
        reasons[swap.day] = swap.name
    return WorkingCalendar(
        version=_version(moved),
        first=date(first_year, 1, 1),
        last=date(last_year, 12, 31),
        days_off=frozenset(off),
        worked=frozenset(worked),
        reasons=reasons,
    )


def _version(swaps: Iterable[Swap]) -> str:
    """Name the data: the library's version and a short digest of the swaps that were laid over it."""
    told = "\n".join(f"{swap.day.isoformat()} {'off' if swap.off else 'worked'}" for swap in swaps)
    digest = hashlib.sha256(told.encode()).hexdigest()[:8]
    return f"VN holidays {package_version('holidays')} + {digest}"
