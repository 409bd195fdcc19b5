"""An overdue repair to its end: more time asked and granted, a report returned, then verified; its life on one page."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from app.demo.story import PASSWORD
from app.domain.calendar import next_working_day
from app.remediation.holidays import build_calendar, read_swaps
from tests.e2e.conftest import PROJECT, Server
from tests.e2e.desk import Desk

PHOTO = PROJECT / "app" / "demo" / "photos" / "bien-da-bo-sung.jpg"
WORK = "Niêm yết bổ sung"


def a_later_day() -> date:
    """A working day that is after today and after the due date of every task of the demo."""
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    calendar = build_calendar(today.year - 1, today.year + 2, read_swaps())
    return next_working_day(calendar, today + timedelta(days=60))


@pytest.mark.e2e
def test_an_overdue_repair_gets_more_time_is_returned_once_and_verified(demo_server: Server, browser: Browser) -> None:
    until = a_later_day()
    officer = Desk(browser, demo_server.url, "leloi.canbo", PASSWORD)
    officer.menu("Khắc phục")
    officer.link(WORK)
    path = officer.page.url.removeprefix(demo_server.url)
    officer.page.locator("summary").filter(has_text="Đề nghị gia hạn").click()
    officer.page.get_by_label("Xin đến ngày").fill(until.isoformat())
    officer.page.get_by_label("Lý do", exact=True).fill("Chờ in bảng niêm yết.")
    officer.button("Gửi đề nghị")
    officer.says("Đang chờ Phó Chủ tịch trả lời")

    chair = Desk(browser, demo_server.url, "phochutich", PASSWORD)
    chair.go("/tasks?state=asked")
    chair.link(WORK)
    chair.says("Chờ in bảng niêm yết.")
    chair.page.get_by_label("Lý do đồng ý").fill("Có hợp đồng in.")
    chair.button("Đồng ý gia hạn")
    chair.says(f"Đã gia hạn đến {until:%d/%m/%Y}")

    lead = Desk(browser, demo_server.url, "truongdoan", PASSWORD)
    for told, files in (("Đã đặt in.", []), ("Đã niêm yết đủ.", [PHOTO])):
        officer.go(path)
        officer.page.get_by_label("Đơn vị đã làm gì?").fill(told)
        officer.page.get_by_label("Ảnh hoặc tài liệu minh chứng").set_input_files(files)
        officer.button("Gửi báo cáo")
        lead.go(path)
        lead.says(told)
        if not files:
            lead.page.locator("summary").filter(has_text="Trả lại").click()
            lead.page.get_by_label("Lý do trả lại").fill("Chưa có ảnh bảng niêm yết.")
            lead.page.get_by_role("button", name="Trả lại").click()
            officer.go(path)
            officer.says("Báo cáo bị trả lại")
    lead.page.get_by_label("tại chỗ").check()
    lead.button("Xác nhận đã khắc phục")
    lead.says("Đã xác nhận đơn vị khắc phục xong.")

    officer.go(path)
    officer.link("Toàn bộ hồ sơ để in")
    life = officer.page.get_by_role("main").inner_text()
    places = [
        life.index(each)
        for each in ("Giao nhiệm vụ", "Chờ in bảng niêm yết.", "Có hợp đồng in.", "Đã đặt in.",
                     "Chưa có ảnh bảng niêm yết.", "Đã niêm yết đủ.", "Xác nhận đã khắc phục")
    ]  # fmt: skip
    assert places == sorted(places)
    assert "SHA-256" in life
    assert "Thẩm tra tại chỗ" in life
    for desk in (officer, chair, lead):
        desk.context.close()
