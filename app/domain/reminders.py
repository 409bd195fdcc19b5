"""When people are reminded of a task, and when it is decent to reach them.

A reminder belongs to a *step*: some working days before the due date, on it, some after, and from then on again and
again. Of several steps that were missed only the latest is told. Sending waits for the next working day and the end of
quiet hours; nothing is dropped for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.domain.calendar import VIET_NAM, WorkingCalendar, add_working_days, is_working_day, working_days_after
from app.domain.errors import Invalid

_ONE_DAY = timedelta(days=1)


class NoticeKind(StrEnum):
    """What a person is told."""

    ORDERED = "ordered"
    BEFORE = "before"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    RETURNED = "returned"
    ANSWERED = "answered"
    MOVED = "moved"
    ASKED = "asked"
    TO_VERIFY = "to_verify"
    TO_REVIEW = "to_review"
    SENT_BACK = "sent_back"
    DIGEST = "digest"
    ADDRESS = "address"  # prove that an e-mail address is yours


class Channel(StrEnum):
    """How it reaches them besides the desk's own list, which holds everything."""

    EMAIL = "email"
    PUSH = "push"


REMINDERS = (NoticeKind.BEFORE, NoticeKind.DUE, NoticeKind.OVERDUE, NoticeKind.ESCALATED)
CHOSEN = tuple(kind for kind in NoticeKind if kind is not NoticeKind.ADDRESS)  # what a person may turn off by channel


@dataclass(frozen=True)
class Schedule:
    """When to remind, in working days from the due date; `again` and `escalate` of 0 mean never."""

    before: tuple[int, ...] = (3,)
    after: tuple[int, ...] = (1, 5)
    again: int = 5
    escalate: int = 3


@dataclass(frozen=True)
class Step:
    """One reminder and the day it belongs to."""

    kind: NoticeKind
    day: date


@dataclass(frozen=True)
class Look:
    """What is to be told of a task today, and the next day on which it needs a look."""

    tell: tuple[Step, ...]
    next_on: date | None


def back_working_days(calendar: WorkingCalendar, end: date, count: int) -> date:
    """The working day that lies `count` working days before `end`. Raises `Invalid("calendar_not_known")`."""
    day = end
    while count > 0:
        day -= _ONE_DAY
        count -= is_working_day(calendar, day)
    return day


def look(calendar: WorkingCalendar, due_on: date, today: date, schedule: Schedule, *, since: date) -> Look:
    """What to tell of a task that nobody has reported; `since` is the day it was ordered, which told its date."""
    early = [Step(NoticeKind.BEFORE, back_working_days(calendar, due_on, each)) for each in schedule.before]
    steps = [each for each in early if each.day > since]
    steps += [Step(NoticeKind.DUE, due_on), *_late(calendar, due_on, today, schedule)]
    told = max((each for each in steps if each.day <= today), key=lambda each: each.day, default=None)
    tell = [told] if told else []
    if schedule.escalate:
        up = Step(NoticeKind.ESCALATED, add_working_days(calendar, due_on, schedule.escalate))
        steps.append(up)
        tell += [up] if up.day <= today else []
    return Look(tuple(tell), min((each.day for each in steps if each.day > today), default=None))


def _late(calendar: WorkingCalendar, due_on: date, today: date, schedule: Schedule) -> list[Step]:
    """The reminders of a late task up to the first that is still to come."""
    counts = sorted(schedule.after)
    if schedule.again:
        late = working_days_after(calendar, due_on, today)
        last = counts[-1] if counts else 0
        rounds = max(0, late - last) // schedule.again
        counts += [last + schedule.again * each for each in (rounds, rounds + 1) if each]
    return [Step(NoticeKind.OVERDUE, add_working_days(calendar, due_on, each)) for each in counts]


@dataclass(frozen=True)
class QuietHours:
    """From `start` until before `end`, local time; across midnight when `start` is later. Equal: never quiet."""

    start: time
    end: time

    def cover(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def parse_quiet(start: str, end: str) -> QuietHours:
    """Quiet hours as typed, `18:00` and `07:00`. Raises `Invalid("quiet_hours")`."""
    try:
        return QuietHours(time.fromisoformat(start), time.fromisoformat(end))
    except ValueError:
        raise Invalid("quiet_hours") from None


def next_allowed(calendar: WorkingCalendar, quiet: QuietHours, moment: datetime) -> datetime:
    """The moment itself if it lies on a working day outside quiet hours, else the first such moment after it."""
    local = moment.astimezone(VIET_NAM)
    while True:
        if not is_working_day(calendar, local.date()):
            local = _at(local.date() + _ONE_DAY, time.min)
        elif quiet.cover(local.time()):
            ends_today = local.time() < quiet.end
            local = _at(local.date() + (timedelta() if ends_today else _ONE_DAY), quiet.end)
        else:
            return local.astimezone(moment.tzinfo)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, VIET_NAM)


_PAUSES = (5, 30, 120, 360, 720)  # minutes


def next_attempt(moment: datetime, attempts: int) -> datetime | None:
    """When to try again after so many failed attempts; None when it is given up."""
    return moment + timedelta(minutes=_PAUSES[attempts - 1]) if attempts <= len(_PAUSES) else None


def wanted(muted: Sequence[str], kind: NoticeKind, channel: Channel) -> bool:
    """Whether a person wants this kind by this channel; `muted` holds what was turned off, `email:before`."""
    return kind is NoticeKind.ADDRESS or f"{channel}:{kind}" not in muted
