"""What documents cite of a campaign: word for word, and nothing where nothing was said."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.errors import Invalid
from app.domain.grounds import Grounds, check_grounds

HOST, TITLE = "Thị xã Sơn Tây", "Kiểm tra công vụ năm 2020"
FULL = Grounds(
    decision_number="215/QĐ-UBND",
    decision_date=date(2020, 8, 5),
    decision_issuer="Chủ tịch UBND thị xã Sơn Tây",
    decision_subject="Về việc thành lập Đoàn kiểm tra công vụ.",
    plan_number="89/KH-UBND",
    plan_date=date(2020, 2, 5),
    inspected_from=date(2020, 1, 1),
    inspected_to=date(2020, 7, 31),
)


def test_decision_and_plan_are_cited_in_their_own_words() -> None:
    assert list(FULL.cited(HOST, TITLE)) == [
        "Căn cứ Quyết định số 215/QĐ-UBND ngày 05 tháng 8 năm 2020 của Chủ tịch UBND thị xã Sơn Tây "
        "về việc thành lập Đoàn kiểm tra công vụ",
        "Căn cứ Kế hoạch số 89/KH-UBND ngày 05 tháng 02 năm 2020 của UBND thị xã Sơn Tây về kiểm tra công vụ năm 2020",
    ]
    assert FULL.period == "từ ngày 01 tháng 01 năm 2020 đến ngày 31 tháng 7 năm 2020"
    assert FULL.missing() == ()


def test_what_nobody_said_is_left_out_and_told() -> None:
    assert list(Grounds().cited(HOST, TITLE)) == []
    assert Grounds().period == ""
    assert Grounds().missing() == ("số quyết định kiểm tra", "số kế hoạch kiểm tra", "thời kỳ kiểm tra")
    undated = replace(FULL, plan_date=None)
    assert undated.missing() == ("ngày của kế hoạch kiểm tra",)
    assert " ngày " not in list(undated.cited(HOST, TITLE))[1]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("decision_date_missing", replace(FULL, decision_date=None)),
        ("decision_number_missing", replace(FULL, decision_number="")),
        ("decision_number_missing", Grounds(decision_subject="thành lập Đoàn")),
        ("period_incomplete", replace(FULL, inspected_from=None)),
        ("period_reversed", replace(FULL, inspected_to=date(2019, 12, 31))),
    ],
)
def test_half_said_is_refused(code: str, said: Grounds) -> None:
    with pytest.raises(Invalid, match=code):
        check_grounds(said)


def test_all_or_nothing_is_fine() -> None:
    check_grounds(FULL)
    check_grounds(Grounds())
