"""The working calendar as it stands today: the shipped table, and what an administrator announced since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import select

from app.accounts.queries import directory
from app.domain.calendar import WorkingCalendar, is_working_day
from app.extensions import db
from app.remediation.holidays import Swap, build_calendar, read_swaps
from app.remediation.models import CalendarAnnouncement

WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class SwapView:
    """A day that was moved, and who announced it; nobody for a shipped one. `corrected` is what was said before."""

    day: date
    kind: str
    name: str
    source: str
    id: str = ""
    who: str = ""
    at: datetime | None = None
    reason: str = ""
    corrected: tuple["SwapView", ...] = ()


def announced() -> Mapping[date, Sequence[CalendarAnnouncement]]:
    """What was announced on the desk by day, of each day the first word first."""
    words: dict[date, list[CalendarAnnouncement]] = {}
    order = CalendarAnnouncement.day, CalendarAnnouncement.announced_at, CalendarAnnouncement.id
    for each in db.session.scalars(select(CalendarAnnouncement).order_by(*order)):
        words.setdefault(each.day, []).append(each)
    return words


def latest(day: date) -> CalendarAnnouncement | None:
    """The last word on a day."""
    words = announced().get(day)
    return words[-1] if words else None


def swaps() -> tuple[Swap, ...]:
    """Every swap that counts, by day; an announced one wins over a shipped one, unless it was withdrawn."""
    known = {each.day: each for each in read_swaps()}
    for day, words in announced().items():
        word = words[-1]
        if word.kind != WITHDRAWN:
            known[day] = Swap(day, word.kind == "off", word.name, word.source)
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
    """The swaps of a year for people to read, those that were withdrawn included, each with what was said before."""
    told = {day: words for day, words in announced().items() if day.year == year}
    names = directory.names_of_people({each.announced_by for words in told.values() for each in words})
    said: dict[date, list[SwapView]] = {}
    for each in read_swaps():
        if each.day.year == year:
            said[each.day] = [SwapView(each.day, each.kind, each.name, each.source)]
    for day, words in told.items():
        said.setdefault(day, []).extend(_view(word, names[word.announced_by]) for word in words)
    return tuple(replace(said[day][-1], corrected=tuple(reversed(said[day][:-1]))) for day in sorted(said))


def _view(word: CalendarAnnouncement, who: str) -> SwapView:
    return SwapView(word.day, word.kind, word.name, word.source, word.id, who, word.announced_at, word.reason)


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
