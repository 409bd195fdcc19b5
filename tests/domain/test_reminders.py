"""When people are reminded: across Tết, swaps and nights; pure counting."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import VIET_NAM, WorkingCalendar, is_working_day
from app.domain.errors import Invalid
from app.domain.reminders import (
    CHOSEN,
    Channel,
    Look,
    NoticeKind,
    QuietHours,
    Schedule,
    Step,
    back_working_days,
    look,
    next_allowed,
    next_attempt,
    parse_quiet,
    wanted,
)
from app.remediation.holidays import Swap, build_calendar, read_swaps

BEFORE, DUE, OVERDUE, UP = NoticeKind.BEFORE, NoticeKind.DUE, NoticeKind.OVERDUE, NoticeKind.ESCALATED
PLAIN = WorkingCalendar("plain", date(2025, 1, 1), date(2028, 12, 31))
REAL = build_calendar(2025, 2027, read_swaps())
OFFICE = QuietHours(time(18), time(7))
LONG_AGO = date(2025, 6, 1)
MONDAY = date(2026, 11, 30)  # due on


def told(today: date, due_on: date = MONDAY, schedule: Schedule = Schedule(), since: date = LONG_AGO) -> Look:
    return look(PLAIN, due_on, today, schedule, since=since)


@pytest.mark.parametrize(
    ("today", "kinds", "next_on"),
    [
        (date(2026, 11, 24), [], date(2026, 11, 25)),
        (date(2026, 11, 25), [(BEFORE, 25)], date(2026, 11, 30)),  # Wed, Thu, Fri, then Monday
        (date(2026, 11, 28), [(BEFORE, 25)], date(2026, 11, 30)),  # told already, or missed and told on Saturday
        (date(2026, 11, 30), [(DUE, 30)], date(2026, 12, 1)),
        (date(2026, 12, 1), [(OVERDUE, 1)], date(2026, 12, 3)),
        (date(2026, 12, 3), [(OVERDUE, 1), (UP, 3)], date(2026, 12, 7)),
        (date(2026, 12, 7), [(OVERDUE, 7), (UP, 3)], date(2026, 12, 14)),
        (date(2026, 12, 13), [(OVERDUE, 7), (UP, 3)], date(2026, 12, 14)),
        (date(2026, 12, 14), [(OVERDUE, 14), (UP, 3)], date(2026, 12, 21)),  # and then every five working days
    ],
)
def test_the_steps_of_a_task(today: date, kinds: list[tuple[NoticeKind, int]], next_on: date) -> None:
    found = told(today)
    assert [(each.kind, each.day.day) for each in found.tell] == kinds
    assert found.next_on == next_on


def test_a_server_that_slept_tells_only_the_latest_step() -> None:
    assert [each.kind for each in told(date(2026, 12, 2)).tell] == [OVERDUE]  # not "due soon" and "due" as well


def test_a_short_limit_is_not_announced_twice_on_the_day_it_is_ordered() -> None:
    ordered = date(2026, 11, 26)
    assert told(ordered, since=ordered) == Look((), MONDAY)


def test_never_means_never() -> None:
    quiet = Schedule(before=(), after=(), again=0, escalate=0)
    assert told(date(2026, 12, 30), schedule=quiet).tell == (Step(DUE, MONDAY),)
    assert told(date(2026, 12, 30), schedule=quiet).next_on is None
    again = told(date(2026, 12, 8), schedule=Schedule(before=(), after=(), again=5, escalate=0))
    assert again == Look((Step(OVERDUE, date(2026, 12, 7)),), date(2026, 12, 14))


def test_tet_is_no_time_to_be_reminded_in() -> None:
    """Tết 2026: offices are closed from Saturday 14 to Sunday 22 February."""
    due_on = date(2026, 2, 24)
    assert back_working_days(REAL, due_on, 3) == date(2026, 2, 12)
    before = look(REAL, due_on, date(2026, 2, 12), Schedule(), since=LONG_AGO)
    assert before == Look((Step(BEFORE, date(2026, 2, 12)),), due_on)
    late = look(REAL, date(2026, 2, 13), date(2026, 2, 23), Schedule(), since=LONG_AGO)
    assert late.tell == (Step(OVERDUE, date(2026, 2, 23)),)
    assert late.next_on == date(2026, 2, 25)  # escalated
    evening = datetime(2026, 2, 13, 19, 0, tzinfo=VIET_NAM)
    assert next_allowed(REAL, OFFICE, evening) == datetime(2026, 2, 23, 7, 0, tzinfo=VIET_NAM)


def test_an_announced_swap_moves_reminders() -> None:
    swaps = [Swap(date(2026, 11, 26), True, "Nghỉ", "TB 1"), Swap(date(2026, 11, 28), False, "Làm bù", "TB 1")]
    moved = build_calendar(2025, 2027, [*read_swaps(), *swaps])
    assert back_working_days(moved, MONDAY, 3) == date(2026, 11, 25)  # Wed, Fri, Sat
    saturday = datetime(2026, 11, 28, 9, 0, tzinfo=VIET_NAM)
    assert next_allowed(moved, OFFICE, saturday) == saturday
    assert next_allowed(REAL, OFFICE, saturday) == datetime(2026, 11, 30, 7, 0, tzinfo=VIET_NAM)


@settings(max_examples=12)
@given(
    due=st.dates(date(2025, 3, 1), date(2026, 9, 1)),
    after=st.integers(-20, 120),
    schedule=st.builds(
        Schedule,
        before=st.lists(st.integers(1, 9), max_size=3, unique=True).map(tuple),
        after=st.lists(st.integers(1, 9), max_size=3, unique=True).map(tuple),
        again=st.integers(0, 7),
        escalate=st.integers(0, 9),
    ),
)
def test_looking_only_on_the_named_days_misses_nothing(due: date, after: int, schedule: Schedule) -> None:
    """Whoever looks on `next_on` days alone tells the same as who looks every day."""
    start, end = due - timedelta(days=25), due + timedelta(days=max(after, 0))
    daily, lazy = set(), set()
    day: date | None = start
    while day is not None and day <= end:
        found = look(REAL, due, day, schedule, since=LONG_AGO)
        lazy |= set(found.tell)
        assert found.next_on is None or found.next_on > day
        day = found.next_on
    for number in range((end - start).days + 1):
        daily |= set(look(REAL, due, start + timedelta(days=number), schedule, since=LONG_AGO).tell)
    assert lazy == daily
    assert all(is_working_day(REAL, step.day) for step in lazy if step.kind is not DUE)


@pytest.mark.parametrize(
    ("quiet", "at", "allowed"),
    [
        (OFFICE, "2026-11-30 06:59", "2026-11-30 07:00"),
        (OFFICE, "2026-11-30 07:00", "2026-11-30 07:00"),
        (OFFICE, "2026-11-30 17:59", "2026-11-30 17:59"),
        (OFFICE, "2026-11-30 18:00", "2026-12-01 07:00"),
        (OFFICE, "2026-12-01 00:30", "2026-12-01 07:00"),
        (OFFICE, "2026-12-04 23:59", "2026-12-07 07:00"),  # Friday night → Monday
        (QuietHours(time(11, 30), time(13, 30)), "2026-11-30 12:00", "2026-11-30 13:30"),
        (QuietHours(time(11, 30), time(13, 30)), "2026-11-30 23:00", "2026-11-30 23:00"),
        (QuietHours(time(22), time(22)), "2026-11-30 22:00", "2026-11-30 22:00"),  # never quiet
        (QuietHours(time(22), time(0)), "2026-12-04 22:30", "2026-12-07 00:00"),
        (OFFICE, "2026-12-31 20:00", "2027-01-04 07:00"),  # New Year's Day is a Friday
    ],
)
def test_quiet_hours(quiet: QuietHours, at: str, allowed: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=VIET_NAM)
    found = next_allowed(REAL, quiet, moment.astimezone(UTC))
    assert found == datetime.fromisoformat(allowed).replace(tzinfo=VIET_NAM)
    assert found.utcoffset() == timedelta()  # as it was given


@pytest.mark.parametrize(("start", "end"), [("", "07:00"), ("25:00", "07:00"), ("18:00", ""), ("sáu giờ", "07:00")])
def test_quiet_hours_are_clock_times(start: str, end: str) -> None:
    with pytest.raises(Invalid, match="quiet_hours"):
        parse_quiet(start, end)


def test_attempts_come_slower_and_end() -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    pauses = [next_attempt(at, number) for number in range(1, 7)]
    assert pauses[0] == at + timedelta(minutes=5)
    assert pauses[:5] == sorted(each for each in pauses[:5] if each)
    assert pauses[5] is None


def test_what_was_turned_off_stays_off_but_for_proof_of_an_address() -> None:
    muted = [f"{channel}:{kind}" for channel in Channel for kind in NoticeKind]
    assert not any(wanted(muted, kind, Channel.EMAIL) for kind in CHOSEN)
    assert wanted(muted, NoticeKind.ADDRESS, Channel.EMAIL)
    assert wanted(["email:before"], NoticeKind.BEFORE, Channel.PUSH)
