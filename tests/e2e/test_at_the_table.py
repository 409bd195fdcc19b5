"""What the unit takes and sees at the end of a visit: minutes by the share sheet, findings turned over by a finger."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.e2e.papers import minutes_said
from tests.e2e.server import Server
from tests.screens.places import SON_LOC, close_again

pytestmark = pytest.mark.e2e

# Chromium without a window has no share sheet: this one takes what it is given and, first, is closed again.
SHARE_SHEET = """
  window.shared = [];
  navigator.canShare = data => data.files.every(file => file.type === 'application/pdf');
  navigator.share = async data => {
    for (const file of data.files) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      window.shared.push([file.name, btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))]);
    }
    if (window.shared.length === 1) throw new DOMException('closed again', 'AbortError');
  };
"""


def drag(page: Page, by_x: int, by_y: int) -> None:
    """One finger over the middle of the screen, as fast as a person."""
    touch = page.context.new_cdp_session(page)
    x, y, steps = 195, 420, 8
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, steps + 1):
        point = {"x": x + by_x * k / steps, "y": y + by_y * k / steps}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def at_the_signatures(server: Server, browser: Browser) -> Phone:
    """The lead on a phone with the whole log of a signed visit: signatures that arrive later ask for another file."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
    )
    context.add_init_script(SHARE_SHEET)
    phone = Phone(context, server.url)
    phone.sign_in("truongdoan", PASSWORD)
    expect(phone.page.get_by_role("link").filter(has_text=SON_LOC)).to_contain_text("2 bị giữ lại")
    phone.open_visit(SON_LOC)
    phone.page.goto(f"{phone.page.url}/sign")
    return phone


def saved_by(phone: Phone) -> bytes:
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name="Lưu vào máy").click()
    return Path(download.value.path()).read_bytes()


def test_a_file_in_the_hand_stays_when_others_amend_and_sign_anew_and_a_new_one_is_offered(
    demo_server: Server, browser: Browser
) -> None:
    phone, other = (at_the_signatures(demo_server, browser) for _ in range(2))
    saved = phone.minutes_pdf()
    renew = phone.page.get_by_role("button", name="Lập lại bản PDF")
    close_again(other)
    expect(phone.page.get_by_text("Biên bản đang được sửa.")).to_be_visible()
    expect(renew).to_have_count(0)
    assert saved_by(phone) == saved
    other.sign_unit("Nguyễn Văn Mới", "Phó Chủ tịch")
    other.sign_lead("Trần Thị Trưởng", "Trưởng đoàn")
    expect(phone.page.get_by_text("Có chữ ký mới.")).to_be_visible()
    assert saved_by(phone) == saved
    renew.click()
    expect(phone.page.get_by_text("Có chữ ký mới.")).to_have_count(0)
    renewed = saved_by(phone)
    assert renewed != saved
    assert minutes_said(renewed)[1] != minutes_said(saved)[1], "the hash of what was signed, printed in each"
    for each in (phone, other):
        each.context.close()


def test_the_minutes_go_by_the_share_sheet_and_findings_are_turned_over_by_a_finger(
    demo_server: Server, browser: Browser
) -> None:
    phone = at_the_signatures(demo_server, browser)
    saved = phone.minutes_pdf()
    share = phone.page.get_by_role("button", name="Gửi cho đơn vị")
    for times in (1, 2):
        share.click()
        phone.page.wait_for_function("times => shared.length === times", arg=times)
    expect(phone.page.get_by_text("Chưa lập được tệp biên bản")).to_have_count(0)
    for name, content in phone.page.evaluate("shared"):
        assert name.endswith(".pdf")
        assert base64.b64decode(content) == saved

    close_again(phone)
    phone.page.get_by_role("button", name="Đọc to toàn màn hình").click()
    at = phone.page.get_by_role("dialog").get_by_role("heading", level=2)
    expect(at).to_contain_text("Trang 1/")
    for sideways, down, shown in (
        (-150, 10, "Trang 2/"),
        (-150, -10, "Trang 3/"),
        (150, 10, "Trang 2/"),
        (-30, 0, "Trang 2/"),  # a finger that slipped
        (-90, 200, "Trang 2/"),  # read on, not over
    ):
        drag(phone.page, sideways, down)
        expect(at).to_contain_text(shown)
    phone.page.get_by_role("dialog").get_by_role("button", name="Đóng").click()
    phone.context.close()
