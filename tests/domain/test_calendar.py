"""Counting working days. The six official vectors are those of domain.md 6.2; the others cross Tết."""

import json
from datetime import date
from pathlib import Path

import pytest

from app.domain.calendar import (
    WorkingCalendar,
    add_working_days,
    is_working_day,
    next_working_day,
    working_days_after,
)
from app.domain.errors import Invalid
from app.domain.remediation import due_date, months_later
from app.remediation.holidays import build_calendar, read_swaps

VECTORS = Path(__file__).parent.parent / "vectors"


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return build_calendar(2019, 2027, read_swaps())


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        pytest.param("2026-02-12", 3, "2026-02-24", id="nine free days of Tết 2026 are crossed"),
        pytest.param("2026-04-24", 1, "2026-04-28", id="Hùng Kings' day on a Sunday is made up on Monday"),
        pytest.param("2026-04-29", 1, "2026-05-04", id="30 April, 1 May and a weekend are carried"),
        pytest.param("2026-08-20", 3, "2026-08-24", id="the worked Saturday 22/8/2026 counts"),
        pytest.param("2026-08-28", 1, "2026-09-03", id="the swapped Monday and National Day are off"),
        pytest.param("2025-04-24", 3, "2025-04-28", id="the worked Saturday 26/4/2025 counts"),
        pytest.param("2020-01-22", 1, "2020-01-30", id="the last day before Tết 2020"),
        pytest.param("2025-01-24", 5, "2025-02-07", id="Tết 2025 and the weekends on both sides"),
        pytest.param("2026-02-13", 10, "2026-03-06", id="ten days that begin the day before the break"),
        pytest.param("2026-02-17", 1, "2026-02-23", id="a limit that begins on New Year's day itself"),
        pytest.param("2020-08-24", 5, "2020-08-31", id="the scenario's day, five days"),
        pytest.param("2020-08-24", 10, "2020-09-08", id="the scenario's day, over National Day 2020"),
        pytest.param("2026-12-31", 1, "2027-01-04", id="the year turns"),
    ],
)
def test_a_limit_ends_on_the_official_day(calendar: WorkingCalendar, received: str, days: int, due: str) -> None:
    assert add_working_days(calendar, date.fromisoformat(received), days) == date.fromisoformat(due)


def test_every_vector_holds_and_none_is_missing(calendar: WorkingCalendar) -> None:
    cases = json.loads((VECTORS / "calendar" / "working-days.json").read_text(encoding="utf-8"))["cases"]
    assert len(cases) == 206
    wrong = [
        case
        for case in cases
        if add_working_days(calendar, date.fromisoformat(case["from"]), case["days"]).isoformat() != case["due"]
    ]
    assert wrong == []


def test_a_granted_date_stands_but_for_a_day_that_was_closed(calendar: WorkingCalendar) -> None:
    start = date(2026, 8, 20)
    assert due_date(calendar, start, 3, None) == date(2026, 8, 24)
    assert due_date(calendar, start, 3, date(2026, 8, 27)) == date(2026, 8, 27)
    assert due_date(calendar, start, 3, date(2026, 8, 31)) == date(2026, 9, 3)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-11-30", 3, "2027-02-28"),
     ("2026-12-15", 12, "2027-12-15"), ("2026-05-31", 6, "2026-11-30")],
)  # fmt: skip
def test_months_end_where_the_month_ends(day: str, months: int, expected: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_a_limit_of_no_days_ends_today_or_when_offices_open_again(calendar: WorkingCalendar) -> None:
    assert add_working_days(calendar, date(2026, 2, 12), 0) == date(2026, 2, 12)
    assert add_working_days(calendar, date(2026, 2, 14), 0) == date(2026, 2, 23)
    assert next_working_day(calendar, date(2026, 8, 22)) == date(2026, 8, 22)


def test_the_worked_saturday_is_worked_and_its_monday_is_not(calendar: WorkingCalendar) -> None:
    assert is_working_day(calendar, date(2026, 8, 22))
    assert not is_working_day(calendar, date(2026, 8, 31))
    assert not is_working_day(calendar, date(2026, 8, 15))


def test_days_between_are_counted_like_the_limit_itself(calendar: WorkingCalendar) -> None:
    start = date(2026, 2, 12)
    assert working_days_after(calendar, start, add_working_days(calendar, start, 3)) == 3
    assert working_days_after(calendar, start, start) == 0
    assert working_days_after(calendar, date(2026, 2, 14), date(2026, 2, 22)) == 0


def test_a_day_without_data_is_refused_not_guessed(calendar: WorkingCalendar) -> None:
    with pytest.raises(Invalid) as caught:
        add_working_days(calendar, date(2027, 12, 31), 1)
    assert caught.value.code == "calendar_not_known"
    assert caught.value.details["day"] == "2028-01-01"


def test_a_negative_limit_is_refused(calendar: WorkingCalendar) -> None:
    with pytest.raises(Invalid, match="bad_working_days"):
        add_working_days(calendar, date(2026, 2, 12), -1)
