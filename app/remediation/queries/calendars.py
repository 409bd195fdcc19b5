"""The working calendar as it stands today: the shipped table, and what an administrator announced since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import select

from app.accounts.queries import directory
from app.domain.calendar import WorkingCalendar, is_working_day
from app.extensions import db
from app.remediation.holidays import Swap, build_calendar, read_swaps
from app.remediation.models import CalendarSwap


@dataclass(frozen=True)
class SwapView:
    """A day that was moved, and who announced it; nobody for a shipped one."""

    day: date
    off: bool
    name: str
    source: str
    who: str = ""
    at: datetime | None = None


def announced() -> Sequence[CalendarSwap]:
    """What was announced on the desk, by day."""
    return db.session.scalars(select(CalendarSwap).order_by(CalendarSwap.day)).all()


def swaps() -> tuple[Swap, ...]:
    """Every swap that counts, by day; an announced one wins over a shipped one."""
    known = {each.day: each for each in read_swaps()}
    known |= {each.day: Swap(each.day, each.off, each.name, each.source) for each in announced()}
    return tuple(known[day] for day in sorted(known))


def calendar_of(year: int) -> WorkingCalendar:
    """The calendar for limits that begin in `year`: from the year before to the year after it."""
    return _built(year - 1, year + 1, swaps())


def calendar_between(first_year: int, last_year: int) -> WorkingCalendar:
    """The calendar for counting what has passed between two years, both included."""
    return _built(first_year, last_year, swaps())


def calendars_of(years: Iterable[int]) -> Mapping[int, WorkingCalendar]:
    """The calendars of several years, in one statement."""
    known = swaps()
    return {year: _built(year - 1, year + 1, known) for year in set(years)}


@lru_cache(maxsize=32)
def _built(first_year: int, last_year: int, known: tuple[Swap, ...]) -> WorkingCalendar:
    return build_calendar(first_year, last_year, known)


def moved_days(year: int) -> tuple[SwapView, ...]:
    """The swaps of a year for people to read."""
    told = {each.day: each for each in announced()}
    names = directory.names_of_people({each.announced_by for each in told.values()})
    return tuple(
        SwapView(s.day, s.off, s.name, s.source, names[told[s.day].announced_by], told[s.day].announced_at)
        if s.day in told
        else SwapView(s.day, s.off, s.name, s.source)
        for s in swaps()
        if s.day.year == year
    )


@dataclass(frozen=True)
class Day:
    """A day in a month's grid: `closed` says why offices are shut, in words."""

    day: date
    inside: bool
    closed: str


def weeks_of(first: date) -> tuple[tuple[Day, ...], ...]:
    """The weeks that show a month, from Monday to Sunday."""
    known = calendar_of(first.year)
    start = first - timedelta(days=first.weekday())
    days = [start + timedelta(days=number) for number in range(42)]
    shown = [Day(day, day.month == first.month, "" if is_working_day(known, day) else _why(known, day)) for day in days]
    weeks = [tuple(shown[number : number + 7]) for number in range(0, 42, 7)]
    return tuple(week for week in weeks if any(each.inside for each in week))


def _why(known: WorkingCalendar, day: date) -> str:
    return known.reasons.get(day, "Ngày nghỉ")
