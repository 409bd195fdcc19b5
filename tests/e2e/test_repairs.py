"""Repairs to their end, in a real browser.

An overdue one: more time, a plan, a report returned, then seen on site by a short visit; its life printed. And a
notice whose layout is corrected by a letter and whose content by a new notice, to the verified repair of what that one
asks for.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from app.demo.story import PASSWORD
from app.domain.calendar import next_working_day
from app.remediation.holidays import build_calendar, read_swaps
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.server import PROJECT, Server

DOCX = PROJECT / "app" / "documents" / "templates" / "report.docx"
PHOTO = PROJECT / "app" / "demo" / "photos" / "bien-da-bo-sung.jpg"
WORK = "Niêm yết bổ sung"


def a_later_day() -> date:
    """A working day that is after today and after the due date of every task of the demo."""
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    calendar = build_calendar(today.year - 1, today.year + 2, read_swaps())
    return next_working_day(calendar, today + timedelta(days=60))


def look_again(browser: Browser, server: Server, visit: str) -> Phone:
    """The lead's phone: the short visit holds one item; it is answered and signed by both."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
    )
    phone = Phone(context, server.url)
    phone.sign_in("truongdoan", PASSWORD)
    card = phone.page.get_by_role("link").filter(has_text="Kiểm tra lại:")
    expect(card).to_contain_text("Sẵn sàng khi mất mạng")
    card.click()
    expect(phone.page.get_by_role("heading", name="Các phần")).to_be_visible()
    assert visit in phone.page.url
    expect(phone.page.get_by_role("link").filter(has_text=re.compile(r"^\d+\."))).to_have_count(1)
    phone.section(1)
    phone.count("linh-vuc-niem-yet", 15, 15)
    phone.synced()
    phone.close_visit("Đã xem đủ.")
    phone.sign_unit("Cán bộ L", "Phó Chủ tịch UBND phường")
    phone.sign_lead("Lãnh đạo A", "Trưởng đoàn")
    return phone


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

    officer.go(path)
    officer.page.locator("summary").filter(has_text="Kế hoạch khắc phục").click()
    officer.page.get_by_label("Làm gì, ai làm, khi nào xong").fill("Cán bộ L in và treo bảng.")
    officer.button("Lưu kế hoạch")
    lead = Desk(browser, demo_server.url, "truongdoan", PASSWORD)
    lead.go(path)
    lead.says("Cán bộ L in và treo bảng.")
    for told, files in (("Đã đặt in.", []), ("Đã niêm yết đủ.", [PHOTO, DOCX])):
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
            officer.go("/notices")
            officer.says("Báo cáo bị trả lại")
            officer.page.get_by_role("button", name=f"Báo cáo bị trả lại: {WORK}").click()
            officer.says("Chưa có ảnh bảng niêm yết.")
            assert officer.page.url.endswith(path)
    lead.link("Lên lịch kiểm tra lại")
    for box in lead.page.get_by_role("checkbox").all():
        box.set_checked(WORK in box.locator("xpath=..").inner_text())
    lead.button("Lên lịch kiểm tra lại")
    visit = lead.page.get_by_role("link", name="Xem cuộc kiểm tra lại").get_attribute("href") or ""
    phone = look_again(browser, demo_server, visit.rsplit("/", 1)[-1])
    lead.comes_to_say(path, "Đạt tại chỗ")
    phone.context.close()
    lead.button("Xác nhận đã khắc phục, thẩm tra tại chỗ")
    lead.says("Đã xác nhận đơn vị khắc phục xong, thẩm tra tại chỗ.")

    officer.go(path)
    officer.link("Toàn bộ hồ sơ để in")
    _, told, life = officer.page.get_by_role("main").inner_text().partition("Giao nhiệm vụ")
    assert told
    places = [
        life.index(each)
        for each in ("Chờ in bảng niêm yết.", "Có hợp đồng in.", "Cán bộ L in và treo bảng.",
                     "Đã đặt in.", "Chưa có ảnh bảng niêm yết.", "Đã niêm yết đủ.",
                     "Xác nhận đạt khi kiểm tra lại tại chỗ")
    ]  # fmt: skip
    assert places == sorted(places)
    assert "SHA-256" in life
    assert "Lên lịch kiểm tra lại" not in life, "a unit is not told that somebody comes"
    for desk in (officer, chair, lead):
        desk.context.close()


@pytest.mark.e2e
def test_a_wrong_notice_is_corrected_and_replaced_and_what_changed_is_repaired(
    demo_server: Server, browser: Browser
) -> None:
    unit, box = "Phường Lê Lợi", "Đặt hòm thư góp ý"
    lead, office, chair, officer = (
        Desk(browser, demo_server.url, login, PASSWORD)
        for login in ("truongdoan", "vanphong", "phochutich", "leloi.canbo")
    )
    chair.open_conclusion(unit)
    chair.link("Đính chính thể thức")
    for label, words in (
        ("Vị trí", "Trang cuối, nơi nhận"), ("Đã in", "Phòng Nội vụ"), ("Đính chính thành", "phòng Nội vụ"),
        ("Lý do", "Lỗi viết hoa"),
    ):  # fmt: skip
        chair.page.get_by_label(label, exact=True).fill(words)
    chair.button("Xem trước công văn")
    chair.says("Các nội dung khác giữ nguyên.")
    chair.page.get_by_label("Tôi đã đọc bản xem trước").check()
    chair.button("Ký ban hành công văn")
    chair.says("Công văn đính chính số 01/UBND-NV")

    lead.open_conclusion(unit)
    lead.page.locator("summary").filter(has_text="Thay thế vì sai nội dung").click()
    lead.page.get_by_label("Sai ở đâu, vì sao").fill("Hòm thư có ở cửa phụ, chỉ thiếu lịch mở")
    lead.button("Lập dự thảo thay thế")
    draft = lead.page.url.removeprefix(demo_server.url)
    lead.edit_finding("Chưa có hòm thư góp ý", text="Hòm thư góp ý chưa có lịch mở.", days=3)
    lead.submit()
    office.go(draft)
    office.page.get_by_label("Ý kiến thẩm tra").fill("Đã đối chiếu ảnh.")
    office.button("Đã thẩm tra, trình tiếp")
    chair.go(draft)
    chair.says("Đã đối chiếu ảnh.")
    chair.button("Duyệt nội dung")
    chair.link("Ban hành")
    expect(chair.page.get_by_text("= Giữ nguyên")).to_have_count(8)
    expect(chair.page.get_by_text("↻ Thay đổi")).to_have_count(1)
    chair.says("Nhiệm vụ sẽ rút")
    chair.button("Ký ban hành và giao nhiệm vụ")
    chair.says("Văn bản này thay thế")
    chair.link("Bản thông báo")
    notice = chair.page.locator("body")
    for told in ("lý do: Hòm thư có ở cửa phụ", "đã được xác nhận khắc phục", "thời hạn giữ nguyên", "KT. CHỦ TỊCH"):
        expect(notice).to_contain_text(told)

    officer.menu("Khắc phục")
    expect(officer.page.get_by_role("main").get_by_role("link").filter(has_text=box)).to_have_count(1)
    officer.link(box)
    officer.says("nhiệm vụ của thông báo trước")
    officer.page.get_by_label("Đơn vị đã làm gì?").fill("Đã dán lịch mở hòm thư.")
    officer.page.get_by_label("Ảnh hoặc tài liệu minh chứng").set_input_files(PHOTO)
    officer.button("Gửi báo cáo")
    lead.go(officer.page.url.removeprefix(demo_server.url))
    lead.page.get_by_role("radio", name="tại chỗ").check()
    lead.button("Xác nhận đã khắc phục")
    lead.says("Đã xác nhận đơn vị khắc phục xong.")
    lead.page.get_by_role("link", name="nhiệm vụ của thông báo trước").click()
    lead.says("Rút theo thông báo thay thế")
    for desk in (lead, office, chair, officer):
        desk.context.close()
