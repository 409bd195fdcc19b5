"""What the unit takes and sees at the end of a visit: minutes by the share sheet, findings turned over by a finger."""

import base64

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demo.story import PASSWORD
from tests.e2e.conftest import Server
from tests.e2e.field import Phone
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


def test_the_minutes_go_by_the_share_sheet_and_findings_are_turned_over_by_a_finger(
    demo_server: Server, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
    )
    context.add_init_script(SHARE_SHEET)
    phone = Phone(context, demo_server.url)
    phone.sign_in("truongdoan", PASSWORD)
    # The whole log is here: a signature that arrives later would ask for another file.
    expect(phone.page.get_by_role("link").filter(has_text=SON_LOC)).to_contain_text("2 bị giữ lại")
    phone.open_visit(SON_LOC)
    phone.page.goto(f"{phone.page.url}/sign")

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
    context.close()
