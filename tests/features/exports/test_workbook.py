"""The workbook of a campaign, read back as a spreadsheet reads it."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from app.extensions import Clock
from tests.factories import MadeUser
from tests.features.findings.steps import notified
from tests.features.findings.wards import Ward, inspected, plan, sign
from tests.features.overview.rounds import make_round
from tests.features.sync.phones import phone
from tests.features.sync.statements import counted

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
Line = dict[str, Any]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def campaign_of(ward: Ward) -> str:
    from app.campaigns import queries as campaigns

    with ward.app.app_context():
        return campaigns.planned_visit(ward.visit_id).campaign_id


def address(ward: Ward) -> str:
    return f"/campaigns/{campaign_of(ward)}/workbook.xlsx"


def export(ward: Ward, user: MadeUser) -> bytes:
    reply = ward.browser(user).get(address(ward))
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert reply.content_length == len(reply.data)
    assert reply.headers["Content-Disposition"] == "attachment; filename=ket-qua-kiem-tra-2026-11-22.xlsx"
    return bytes(reply.data)


def sheet(book: Workbook, name: str) -> list[Line]:
    """The lines of a sheet by the words of its header."""
    head, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def lines_of(book: Workbook, item: str, **wanted: Any) -> list[Line]:
    found = [line for line in sheet(book, "Câu trả lời") if line["Mã nội dung"] == item]
    return [line for line in found if all(line[key] == value for key, value in wanted.items())]


def shown(line: Line, *columns: str) -> Sequence[Any]:
    return [line[column] for column in columns]


def test_the_workbook_holds_conclusions_answers_findings_tasks_and_sources(app: Flask) -> None:
    ward, _ = notified(app)
    book = load_workbook(io.BytesIO(export(ward, ward.chair)))
    assert book.sheetnames == ["Kết luận", "Câu trả lời", "Quyết định", "Tồn tại", "Nhiệm vụ khắc phục", "Nguồn"]
    [conclusion] = sheet(book, "Kết luận")
    assert shown(conclusion, "Đơn vị", "Trạng thái kết luận", "Số thông báo", "Điểm", "Tỷ lệ", "Xếp loại") == [
        "Phường Lê Lợi",
        "Đã ban hành",
        "05/TB-UBND",
        66.67,
        0.6667,
        "Yếu",
    ]
    assert shown(conclusion, "Điểm lấy từ", "Tồn tại nặng", "Tồn tại nhẹ", "Nhiệm vụ", "Đã khắc phục") == [
        "Kết luận",
        1,
        1,
        2,
        0,
    ]
    assert conclusion["Ngày kiểm tra"] == datetime(2026, 11, 20)
    findings = sheet(book, "Tồn tại")
    assert findings[0]["Tồn tại"] == "Còn 1/3 bàn chưa có biển (Bàn 3)"
    assert shown(findings[1], "Mức độ", "Số đạt", "Tổng số", "Thời hạn (ngày làm việc)") == ["Nặng", 470, 500, 10]
    [first, _] = sheet(book, "Nhiệm vụ khắc phục")
    assert shown(first, "Yêu cầu khắc phục", "Người chịu trách nhiệm", "Hạn", "Trạng thái", "Quá hạn") == [
        "Bổ sung biển cho 1 bàn",
        "Chủ tịch phường L",
        datetime(2026, 11, 30),  # five working days: the 24th is a holiday
        "Đã giao",
        "Không",
    ]


def test_every_answer_stands_with_its_author_both_clocks_and_its_number(app: Flask) -> None:
    ward = inspected(app)
    book = load_workbook(io.BytesIO(export(ward, ward.lead)))
    [found, claimed] = lines_of(book, "dung-han")
    assert shown(found, "Trả lời", "Số đạt", "Tổng số", "Điểm đạt", "Điểm tối đa") == [
        "470/500 (94%)",
        470,
        500,
        2,
        4,
    ]
    assert shown(found, "Người ghi", "Giờ thiết bị", "Giờ máy chủ", "Số trong nhật ký", "Đánh dấu") == [
        "Lãnh đạo A",
        datetime(2026, 11, 22, 8, 0),
        datetime(2026, 11, 22, 10, 0),
        11,
        None,
    ]
    assert shown(claimed, "Ô", "Số đạt", "Tổng số", "Điểm đạt") == ["Đơn vị báo cáo", 490, 500, None]
    summary, *rows = lines_of(book, "bien")
    assert shown(summary, "Trả lời", "Số đạt", "Tổng số", "Điểm đạt", "Số ảnh", "Người ghi") == [
        "2/3 (66,67%)",
        2,
        3,
        2.67,
        1,
        None,
    ]
    assert [shown(row, "Dòng", "Ô", "Trả lời") for row in rows] == [
        ["Bàn 1", "Có biển", "Có"],
        ["Bàn 2", "Có biển", "Có"],
        ["Bàn 3", "Có biển", "Không"],
    ]


def test_the_source_names_checklist_and_log_position_of_each_visit(app: Flask) -> None:
    from app.campaigns import queries as campaigns

    ward = inspected(app)
    late = phone(ward.story, ward.member)
    late.mint("item/noi-quy", "no")
    late.push()
    [source] = sheet(load_workbook(io.BytesIO(export(ward, ward.chair))), "Nguồn")
    with app.app_context():
        visit = campaigns.planned_visit(ward.visit_id)
    assert shown(source, "Mã cuộc kiểm tra", "Vị trí trong nhật ký", "Mã băm của nhật ký") == [
        visit.id,
        visit.signed_n,
        visit.signed_hash,
    ]
    assert shown(source, "Phiếu kiểm tra", "Phiên bản phiếu", "SHA-256 của phiếu") == ["thu-nghiem", 1, ward.story.chk]
    assert shown(source, "Người xuất", "Xuất lúc", "Dữ liệu mẫu", "Số kế hoạch", "Ngày kế hoạch") == [
        "Lãnh đạo C",
        datetime(2026, 11, 22, 10, 0),
        "Có",
        "89/KH-UBND",
        datetime.combine(date(2026, 2, 5), datetime.min.time()),
    ]


def test_contested_held_and_late_answers_are_all_there_and_marked(app: Flask) -> None:
    ward = plan(app)
    mine, theirs = phone(ward.story, ward.lead), phone(ward.story, ward.member)
    yes = mine.mint("item/noi-quy", "yes")
    theirs.mint("item/noi-quy", "no")
    mine.push()
    theirs.push()
    both = lines_of(load_workbook(io.BytesIO(export(ward, ward.chair))), "noi-quy")
    assert {(line["Trả lời"], line["Người ghi"]) for line in both} == {("Có", "Lãnh đạo A"), ("Không", "Cán bộ B")}
    assert {line["Đánh dấu"] for line in both} == {"Khác nhau 1/2", "Khác nhau 2/2"}
    mine.pull()
    no = next(each["op"] for each in mine.log if each["op"] != yes)
    mine.mint("item/noi-quy", {"value": "yes", "reason": "Đã xem lại"}, yes, no, kind="resolve")
    sign(mine)
    theirs.mint("item/noi-quy", "no")
    theirs.push()
    book = load_workbook(io.BytesIO(export(ward, ward.chair)))
    [settled, held] = lines_of(book, "noi-quy")
    assert shown(settled, "Trả lời", "Đánh dấu") == ["Có", None]
    assert shown(held, "Trả lời", "Đánh dấu", "Vì sao") == [
        "Không",
        "Giữ lại, không tính",
        "Gửi đến sau khi biên bản đã ký",
    ]
    [conclusion] = sheet(book, "Kết luận")
    assert shown(conclusion, "Điểm lấy từ", "Thay đổi giữ lại", "Ô khác nhau") == ["Tạm tính từ nhật ký", 1, 0]


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://a.example")', "+1", "-1", "@SUM(A1)", "\t=1", "#N/A", "_x0041_", "1,5", "  hai  "],
)
def test_text_from_a_phone_never_becomes_a_formula(app: Flask, text: str) -> None:
    ward = plan(app)
    mine = phone(ward.story, ward.lead)
    mine.mint("item/noi-quy", "yes", t={"wall": text})
    mine.mint("item/noi-quy/note", text)
    mine.push()
    book = load_workbook(io.BytesIO(export(ward, ward.chair)))
    answers = book["Câu trả lời"]
    heads = [cell.value for cell in answers[1]]
    row = next(row for row in answers.iter_rows(min_row=2) if row[heads.index("Mã nội dung")].value == "noi-quy")
    for column in ("Ghi chú", "Giờ thiết bị"):
        cell = row[heads.index(column)]
        assert cell.data_type == "s"
        assert str(cell.value).replace("_x005F_x", "_x") == text
        assert bool(cell.quotePrefix) is text.startswith(("=", "+", "-", "@", "\t"))
    # whatever a reader makes of the cells: the file holds no formula at all
    with zipfile.ZipFile(io.BytesIO(export(ward, ward.chair))) as archive:
        assert not any(b"<f" in archive.read(name).replace(b"<fo", b"") for name in sheets_in(archive))


def sheets_in(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.startswith("xl/worksheets/")]


def test_sheets_can_be_filtered_and_keep_their_heading_in_sight(app: Flask) -> None:
    ward = inspected(app)
    for each in load_workbook(io.BytesIO(export(ward, ward.chair))).worksheets:
        assert each.freeze_panes == "A2"
        assert each.auto_filter.ref == each.dimensions or each.max_row == 1
        assert each["A1"].font.bold
        assert each.column_dimensions["A"].width > 10


def test_only_those_who_direct_the_campaign_export_it(app: Flask) -> None:
    ward = inspected(app)
    url = address(ward)
    codes = {user.name: ward.browser(user).get(url).status_code for user in (ward.lead, ward.chair, ward.member)}
    assert codes == {"Lãnh đạo A": 200, "Lãnh đạo C": 200, "Cán bộ B": 403}
    assert ward.browser(ward.head).get(url).status_code == 403
    assert ward.browser(ward.chair).get("/campaigns/khong-co/workbook.xlsx").status_code == 404


def test_each_visit_costs_one_statement_however_much_was_answered(app: Flask) -> None:
    from tests.beginnings import empty_tables

    numbers = {}
    for wards in (2, 12):
        empty_tables(app)
        round_ = make_round(app, wards)
        browser = Ward.browser(round_, round_.chair)  # type: ignore[arg-type]
        browser.get("/")
        with counted(app) as statements:
            assert browser.get(f"/campaigns/{round_.campaign}/workbook.xlsx").status_code == 200
        numbers[wards] = len(statements)
    assert numbers[12] - numbers[2] <= 10

    empty_tables(app)
    ward = plan(app)
    mine, browser, costs = phone(ward.story, ward.lead), ward.browser(ward.chair), []
    for rows in (1, 80):
        for number in range(rows):
            path = f"item/bien/row/{number + rows * 1000:08x}-0000-4000-8000-000000000000"
            mine.mint(f"{path}/label", f"Bàn {number}")
            mine.mint(f"{path}/co", "yes")
        mine.push()
        mine.pull()
        with counted(app) as statements:
            assert browser.get(address(ward)).status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_nothing_stays_on_the_disk_once_it_is_sent(app: Flask) -> None:
    ward = inspected(app)
    folder = Path(app.config["SETTINGS"].data_dir)
    before = {path for path in folder.rglob("*") if path.is_file() and "sqlite3" not in path.name}
    export(ward, ward.chair)
    assert {path for path in folder.rglob("*") if path.is_file() and "sqlite3" not in path.name} == before
