"""Old registers: headings, days and documents as people wrote them, and what is told about a row."""

from datetime import date

import pytest

from app.domain.errors import Invalid
from app.domain.handwritten import Cell, parse_day, parse_source, plain
from app.domain.register import NAMES, Column, headings_of, judge

TODAY = date(2026, 3, 2)
ROW: dict[Column, Cell] = {
    Column.UNIT: "Phường Lê Lợi",
    Column.PROBLEM: "Thiếu biển",
    Column.REMEDY: "Bổ sung biển",
    Column.SEVERITY: "NẶNG",
    Column.SOURCE: "Thông báo số 05/TB-UBND ngày 05/01/2026",
    Column.DUE_ON: "20/1/2026",
    Column.STATE: "Chưa khắc phục",
}


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("05/03/2025", date(2025, 3, 5)),
        ("5-3-2025", date(2025, 3, 5)),
        ("5.3.25", date(2025, 3, 5)),
        ("ngày 5/ 3/2025", date(2025, 3, 5)),
        ("Ngày 05 tháng 3 năm 2025", date(2025, 3, 5)),
        ("2025-03-05", date(2025, 3, 5)),
        (45721, date(2025, 3, 5)),
        (45721.75, None),
        (45721.0, date(2025, 3, 5)),
        ("29/02/2024", date(2024, 2, 29)),
        ("29/02/2025", None),
        ("12/31/2025", None),  # the day stands before the month
        ("05/03", None),
        ("tháng 3", None),
        ("05/03/1925", None),
        (2025, None),
        (10**12, None),
        (-1, None),
        (float(10**300), None),
    ],
)
def test_days_as_people_and_spreadsheets_write_them(cell: Cell, day: date | None) -> None:
    if day is None:
        with pytest.raises(ValueError):
            parse_day(cell)
    else:
        assert parse_day(cell) == day
    assert parse_day("") is parse_day(None) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("05/TB-UBND ngày 05/03/2025", ("05/TB-UBND", date(2025, 3, 5))),
        ("Thông báo số 05/TB-UBND, ngày 5 tháng 3 năm 2025", ("05/TB-UBND", date(2025, 3, 5))),
        ("123/2024/QĐ-UBND", ("123/2024/QĐ-UBND", None)),
        ("12a/KL-TTr (05/03/2025)", ("12a/KL-TTr", date(2025, 3, 5))),
        ("Kết luận miệng của Chủ tịch ngày 05/03/2025", ("Kết luận miệng của Chủ tịch", date(2025, 3, 5))),
        ("Kết luận miệng", ("Kết luận miệng", None)),
        ("05/TB-UBND ngày 31/02/2025", ("05/TB-UBND", None)),
        ("", ("", None)),
    ],
)
def test_documents_as_people_name_them(text: str, named: tuple[str, date | None]) -> None:
    assert parse_source(text) == named


def test_headings_are_known_in_any_order_case_and_spelling() -> None:
    found = headings_of(["STT", "HẠN KHẮC PHỤC (ngày/tháng/năm)", "yeu cau  khac phuc", "Tên đơn vị:", "Ghi chú", None])
    assert found is not None
    assert found.places == {Column.DUE_ON: 1, Column.REMEDY: 2, Column.UNIT: 3}
    assert found.unknown == ("Ghi chú",)
    assert headings_of(["SỔ THEO DÕI KHẮC PHỤC NĂM 2025", None, 7]) is None
    everything = headings_of([names[0] for names in NAMES.values()])
    assert everything is not None
    assert set(everything.places) == set(Column), "what we print in the template we read"
    with pytest.raises(Invalid, match="register_columns_twice"):
        headings_of(["Đơn vị", "Yêu cầu", "Kiến nghị"])


def test_no_two_columns_are_called_alike() -> None:
    names = [plain(name) for known in NAMES.values() for name in known]
    assert len(names) == len(set(names))


def test_a_row_says_who_must_do_what_by_when() -> None:
    entry, errors, warnings = judge(ROW, TODAY)
    assert entry is not None
    assert errors == warnings == ()
    assert (entry.source, entry.issued_on, entry.due_on) == ("05/TB-UBND", date(2026, 1, 5), date(2026, 1, 20))
    assert (entry.severity, entry.done_on) == ("major", None)
    days, _, _ = judge({**ROW, Column.DUE_ON: "10 ngày làm việc"}, TODAY)
    assert days is not None
    assert (days.due_on, days.working_days) == (None, 10)
    done, _, told = judge({**ROW, Column.STATE: "đã khắc phục", Column.DONE_ON: 46035}, TODAY)
    assert done is not None
    assert done.done_on == date(2026, 1, 13)
    assert [each.column for each in told] == [Column.PROOF]


@pytest.mark.parametrize(
    ("change", "column", "told"),
    [
        ({Column.UNIT: ""}, Column.UNIT, "Thiếu đơn vị"),
        ({Column.REMEDY: "", Column.PROBLEM: " "}, Column.REMEDY, "Thiếu nội dung"),
        ({Column.REMEDY: "x" * 2001}, Column.REMEDY, "Dài quá 2000"),
        ({Column.PROBLEM: "a\x07"}, Column.PROBLEM, "ký tự điều khiển"),
        ({Column.SEVERITY: "Trung bình"}, Column.SEVERITY, "ghi Nhẹ, Nặng hoặc Nghiêm trọng"),
        ({Column.SOURCE: ""}, Column.SOURCE, "Thiếu văn bản"),
        ({Column.SOURCE: "05/TB-UBND"}, Column.ISSUED_ON, "Thiếu ngày"),
        ({Column.SOURCE: "05/TB-UBND ngày 05/04/2026"}, Column.ISSUED_ON, "chưa đến"),
        ({Column.ISSUED_ON: "06/01/2026"}, Column.ISSUED_ON, "Khác ngày 05/01/2026"),
        ({Column.DUE_ON: "31/04/2026"}, Column.DUE_ON, "không phải ngày"),
        ({Column.DUE_ON: "04/01/2026"}, Column.DUE_ON, "trước ngày văn bản"),
        ({Column.DUE_ON: ""}, Column.DUE_ON, "Thiếu hạn"),
        ({Column.DUE_ON: "", Column.DUE_DAYS: 2.5}, Column.DUE_DAYS, "từ 1 đến 250"),
        ({Column.DUE_ON: "", Column.DUE_DAYS: "nhiều"}, Column.DUE_DAYS, "từ 1 đến 250"),
        ({Column.DUE_ON: "", Column.DUE_DAYS: 0}, Column.DUE_DAYS, "từ 1 đến 250"),
        ({Column.STATE: "tạm ổn"}, Column.STATE, "ghi Chưa khắc phục hoặc Đã khắc phục"),
        ({Column.STATE: "Hoàn thành"}, Column.DONE_ON, "ghi ngày khắc phục xong"),
        ({Column.DONE_ON: "13/01/2026"}, Column.STATE, "ghi Đã khắc phục, hoặc bỏ ngày"),
        ({Column.STATE: "xong", Column.DONE_ON: "03/03/2026"}, Column.DONE_ON, "chưa đến"),
        ({Column.STATE: "xong", Column.DONE_ON: "04/01/2026"}, Column.DONE_ON, "Trước ngày văn bản"),
    ],
)
def test_what_is_wrong_is_told_once_with_its_column(change: dict[Column, Cell], column: Column, told: str) -> None:
    entry, errors, _ = judge({**ROW, **change}, TODAY)
    assert entry is None
    assert [each.column for each in errors] == [column]
    assert told in errors[0].text
