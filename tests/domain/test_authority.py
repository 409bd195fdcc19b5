"""Who signs in whose place on a day, and how the signature block says so (Decree 30/2020/NĐ-CP, box 7a)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.authority import Authority, Capacity, capacity, check_period, deputy_lines, for_collective
from app.domain.errors import Invalid

DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 20)


def leave(valid_from: date = FIRST, valid_to: date | None = LAST, who: str = "b", basis: str = "QĐ 12") -> Authority:
    return Authority(who, "CHỦ TỊCH", "PHÓ CHỦ TỊCH", valid_from, valid_to, basis)


def test_the_head_signs_under_his_own_title_and_a_deputy_in_his_place() -> None:
    assert capacity("a", FIRST, "a", [leave(who="a")]) == Capacity(("CHỦ TỊCH",))
    held = capacity("b", LAST, "a", [leave()])
    assert held == Capacity(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "QĐ 12", FIRST, LAST)
    assert for_collective(held.lines) == ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")


@pytest.mark.parametrize("on", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
@pytest.mark.parametrize("head", ["a", None])
def test_nobody_signs_outside_the_period_or_for_somebody_else(on: date, head: str | None) -> None:
    with pytest.raises(Invalid, match="no_authority"):
        capacity("b", on, head, [leave()])
    with pytest.raises(Invalid, match="no_authority"):
        capacity("c", FIRST, head, [leave()])


def test_of_two_in_force_the_later_one_is_taken() -> None:
    later = leave(date(2026, 2, 10), None, basis="QĐ 13")
    assert capacity("b", LAST, None, [later, leave()]).basis == "QĐ 13"
    assert capacity("b", FIRST, None, [later, leave()]).basis == "QĐ 12"


@given(first=DAYS, last=st.none() | DAYS, other_first=DAYS, other_last=st.none() | DAYS, on=DAYS)
def test_periods_that_were_let_in_never_share_a_day(
    first: date, last: date | None, other_first: date, other_last: date | None, on: date
) -> None:
    held = leave(first, last)
    if last is not None and last < first:
        with pytest.raises(Invalid, match="term_order"):
            check_period(first, last, [])
        return
    try:
        check_period(other_first, other_last, [held])
    except Invalid as error:
        if error.code == "authority_overlaps":
            both = [
                first + timedelta(days=n)
                for n in range(-70, 140)
                if held.holds(first + timedelta(days=n))
                and leave(other_first, other_last).holds(first + timedelta(days=n))
            ]
            assert both
        return
    assert not (held.holds(on) and leave(other_first, other_last).holds(on))


def test_a_draft_shows_the_block_of_a_deputy() -> None:
    assert deputy_lines() == ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
