"""Working days of offices: pure counting over a calendar that was built elsewhere.

Monday to Friday are worked (40-hour week, Decision 188/1999/QĐ-TTg) except public holidays and days
swapped by yearly decision; some Saturdays are worked in exchange (Labour Code 45/2019, articles 111
and 112). So neither "weekdays minus holidays" nor "Saturday is always off" is right: both sets are data
and the version of that data is printed beside every date counted with it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from app.domain.errors import Invalid

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
VIET_NAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days count. `days_off` and `worked` list only what the weekday alone does not tell.

    The calendar speaks for the days from `first` to `last`, both included; `reasons` names a day off or
    a worked rest day in Vietnamese.
    """

    version: str
    first: date
    last: date
    days_off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    reasons: dict[date, str] = field(default_factory=dict, compare=False)


def is_working_day(calendar: WorkingCalendar, day: date) -> bool:
    """Tell whether offices work on `day`.

    Raises `Invalid("calendar_not_known")` when the calendar has no data for that day: a date that would
    have to be guessed must not be printed in an official document.
    """
    if not calendar.first <= day <= calendar.last:
        raise Invalid("calendar_not_known", day=day.isoformat(), calendar=calendar.version)
    if day in calendar.worked:
        return True
    return day.weekday() < _SATURDAY and day not in calendar.days_off


def next_working_day(calendar: WorkingCalendar, day: date) -> date:
    """Return `day`, or the first working day after it when `day` is off."""
    while not is_working_day(calendar, day):
        day += _ONE_DAY
    return day


def add_working_days(calendar: WorkingCalendar, start: date, count: int) -> date:
    """Return the day on which a limit of `count` working days ends, counting from the day after `start`.

    A limit of 0 ends on `start`, or on the next working day when `start` is off. Raises
    `Invalid("bad_working_days")` for a negative count and `Invalid("calendar_not_known")`.
    """
    if count < 0:
        raise Invalid("bad_working_days", count=count)
    if count == 0:
        return next_working_day(calendar, start)
    day = start
    for _ in range(count):
        day = next_working_day(calendar, day + _ONE_DAY)
    return day


def working_days_after(calendar: WorkingCalendar, start: date, end: date) -> int:
    """Count the working days after `start` up to and including `end`; 0 when `end` is not after `start`."""
    day, count = start, 0
    while day < end:
        day += _ONE_DAY
        count += is_working_day(calendar, day)
    return count


def local_day(moment: datetime) -> date:
    """Return the day in Viet Nam of an aware moment: UTC+7, without summer time, since 1975."""
    return moment.astimezone(VIET_NAM).date()
