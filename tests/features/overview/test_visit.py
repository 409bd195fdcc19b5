"""From a number down to what somebody saw: the page of a visit, the page of an item, and who may read them."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask

from app.extensions import Clock
from tests.factories import MadeUser, client_of
from tests.features.findings.wards import Ward, inspected, plan, sign
from tests.features.sync.phones import phone
from tests.features.sync.statements import counted

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def page(ward: Ward, user: MadeUser, item: str = "", number: int = 1) -> str:
    """The page in one line, so that a test may look for what stands together."""
    reply = ward.browser(user).get(f"/visits/{ward.visit_id}" + (f"/items/{item}" if item else f"?page={number}"))
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return " ".join(reply.get_data(as_text=True).split())


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_visit_nobody_has_begun_says_so(app: Flask) -> None:
    shown = text_of(page(plan(app), plan_lead(app)))
    assert "chưa có thay đổi nào" in shown
    assert "Đã lên lịch" in shown
    assert "3 nội dung chưa trả lời" in shown


def plan_lead(app: Flask) -> MadeUser:
    from sqlalchemy import select

    from app.accounts.models import User
    from app.extensions import db

    with app.app_context():
        user = db.session.scalars(select(User).where(User.name == "Lãnh đạo A")).one()
        return MadeUser(user.id, user.login, user.name)


def test_a_signed_visit_shows_score_grade_signatures_and_where_it_stands_in_the_log(app: Flask) -> None:
    ward = inspected(app)
    html = page(ward, ward.chair)
    shown = text_of(html)
    assert "66,67 /100" in shown
    assert "Xếp loại: Yếu" in shown
    assert "Tạm tính" not in shown
    assert '<section class="part" id="ho-so"' in html
    assert "470/500 (94%)" in shown
    assert "Đạt mức ≥ 90%: 2 điểm" in shown
    assert "Ý kiến của đơn vị: Biển đang đặt làm" in shown
    assert "Cán bộ L , Phó Chủ tịch" in shown
    assert "thay đổi tới lúc ký" in shown
    assert re.search(r"Mã băm [0-9a-f]{64}", shown)
    assert "1 ảnh chưa về máy chủ" in shown


def test_an_open_visit_shows_contested_answers_side_by_side_and_marks_the_score_provisional(app: Flask) -> None:
    ward = plan(app)
    mine, theirs = phone(ward.story, ward.lead), phone(ward.story, ward.member)
    mine.mint("item/noi-quy", "yes")
    theirs.mint("item/noi-quy", "no", t={"wall": "2026-11-22T09:30:00.000+07:00"})
    mine.push()
    theirs.push()
    visit = text_of(page(ward, ward.lead))
    assert "Tạm tính, chưa ký biên bản" in visit
    assert "1 ô có câu trả lời khác nhau" in visit
    assert "Có ↔ Không" in visit or "Không ↔ Có" in visit
    item = text_of(page(ward, ward.lead, "noi-quy"))
    assert "2 câu trả lời khác nhau, chờ trưởng đoàn chọn" in item
    assert re.search(r"Không Cán bộ B · thay đổi số 2 09:30:00 22/11/2026 \(giờ thiết bị\)", item)
    assert "10:00:00 22/11/2026 (giờ máy chủ)" in item


def test_the_history_of_an_item_tells_who_replaced_what_and_why(app: Flask) -> None:
    ward = plan(app)
    mine, theirs = phone(ward.story, ward.lead), phone(ward.story, ward.member)
    first = theirs.mint("item/noi-quy", "no")
    second = theirs.mint("item/noi-quy", "yes", first)
    theirs.push()
    mine.pull()
    mine.mint("item/noi-quy", {"value": "no", "reason": "Bảng đã bị che"}, second, kind="resolve")
    mine.push()
    html = page(ward, ward.chair, "noi-quy")
    lines = [text_of(each) for each in re.findall(r'<tr id="n\d+".*?</tr>', html)]
    assert len(lines) == 3
    assert lines[0].startswith("1 Ghi: Câu trả lời Không Cán bộ B")
    assert lines[0].endswith("Đã được thay")
    assert "số 1" in lines[1]
    assert "Lý do: Bảng đã bị che" in lines[2]
    assert "Lãnh đạo A" in lines[2]
    assert lines[2].endswith("số 2 Đang có hiệu lực")


def test_a_roster_is_a_table_and_its_photo_and_finding_stand_beside_it(app: Flask) -> None:
    ward = inspected(app)
    html = page(ward, ward.chair, "bien")
    shown = text_of(html)
    assert "2/3 (66,67%)" in shown
    assert re.search(r"Bàn 3 Không đạt Không", shown)
    assert "Còn 1/3 bàn chưa có biển (Bàn 3)" in shown
    assert "Ảnh chưa về máy chủ" in shown  # its bytes were never sent
    assert "Ý kiến của đơn vị Biển đang đặt làm" in shown
    claim = text_of(page(ward, ward.chair, "dung-han"))
    assert "Khác số đoàn ghi nhận" in claim
    assert "490/500 (98%)" in claim


def test_what_came_too_late_is_shown_as_held_and_changes_nothing(app: Flask) -> None:
    ward = inspected(app)
    forgotten = phone(ward.story, ward.member)
    forgotten.mint("item/noi-quy", "no")
    forgotten.push()
    shown = text_of(page(ward, ward.chair))
    assert "1 thay đổi không tính vào kết quả" in shown
    assert "66,67 /100" in shown
    history = text_of(page(ward, ward.chair, "noi-quy"))
    assert "Giữ lại Gửi đến sau khi biên bản đã ký" in history


def test_what_came_too_late_is_paged_however_much_it_is(app: Flask) -> None:
    ward = inspected(app)
    forgotten = phone(ward.story, ward.member)
    for number in range(51):
        forgotten.mint("item/noi-quy/note", f"Ghi chú muộn số {number:02}")
    forgotten.push()
    first, second = (page(ward, ward.chair, number=number) for number in (1, 2))
    assert "51 thay đổi không tính vào kết quả" in text_of(first)
    assert [html.count("Ghi chú muộn số ") for html in (first, second)] == [50, 1]
    assert "Ghi chú muộn số 50" in second
    assert f'href="/visits/{ward.visit_id}?page=2#outside"' in first


def test_the_content_of_a_held_change_is_for_its_author_and_those_who_direct(app: Flask) -> None:
    ward = inspected(app)
    late = phone(ward.story, ward.lead)
    late.pull()
    late.mint("item/noi-quy/note", "Chỉ trưởng đoàn và tác giả được đọc")
    late.push()
    assert "Chỉ trưởng đoàn và tác giả được đọc" in page(ward, ward.chair, "noi-quy")
    hidden = page(ward, ward.member, "noi-quy")
    assert "Chỉ trưởng đoàn và tác giả được đọc" not in hidden
    assert "chỉ tác giả và trưởng đoàn xem được" in hidden
    assert "Chỉ trưởng đoàn và tác giả được đọc" not in page(ward, ward.member)


def test_what_devices_write_is_text_on_the_page_and_never_markup(app: Flask) -> None:
    ward = plan(app)
    mine = phone(ward.story, ward.member)
    mine.mint("item/noi-quy", "yes", t={"wall": "<img src=x onerror=a>"})
    mine.mint("item/noi-quy/note", "<script>alert(1)</script>")
    mine.push()
    for html in (page(ward, ward.lead), page(ward, ward.lead, "noi-quy")):
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_visits_are_read_by_those_who_oversee_them_only(app: Flask) -> None:
    ward = inspected(app)
    for path in (f"/visits/{ward.visit_id}", f"/visits/{ward.visit_id}/items/bien"):
        assert {name: client_of(app, user).get(path).status_code for name, user in readers(ward).items()} == {
            "lead": 200,
            "member": 200,
            "chair": 200,
            "head": 403,
            "neighbour": 403,
            "stranger": 404,
        }
        assert app.test_client().get(path).status_code == 302
    browser = ward.browser(ward.lead)
    assert browser.get(f"/visits/{ward.visit_id}/items/khong-co").status_code == 404
    assert browser.get("/visits/khong-co").status_code == 404


def readers(ward: Ward) -> dict[str, MadeUser]:
    from app.domain.permissions import Role
    from tests import factories

    other = factories.make_unit(ward.app, "Huyện Khác")
    stranger = factories.make_user(ward.app, role=Role.INSPECTOR, unit=other)
    named = {"lead": ward.lead, "member": ward.member, "chair": ward.chair, "head": ward.head}
    return {**named, "neighbour": ward.neighbour, "stranger": stranger}


def test_a_long_log_asks_no_more_of_the_database_than_a_short_one(app: Flask) -> None:
    ward = plan(app)
    mine = phone(ward.story, ward.lead)
    browser, url, numbers = ward.browser(ward.lead), f"/visits/{ward.visit_id}", []
    for rows in (1, 60):
        for number in range(rows):
            path = f"item/bien/row/{number + rows * 1000:08x}-0000-4000-8000-000000000000"
            mine.mint(f"{path}/label", f"Bàn {number}")
            mine.mint(f"{path}/co", "yes")
        mine.push()
        mine.pull()
        browser.get(url)
        with counted(app) as statements:
            assert browser.get(url).status_code == 200
            assert browser.get(f"{url}/items/bien").status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
    sign(mine)
    assert "Tạm tính" not in page(ward, ward.lead)
