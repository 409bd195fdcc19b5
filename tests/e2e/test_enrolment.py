"""A phone is added by the QR code on the desk, without a password, and works without a network from then on."""

import pytest
from playwright.sync_api import Browser, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.server import Server
from tests.screens import enrolling
from tests.screens.camera import uncomfortable
from tests.screens.places import XUAN_KHANH

pytestmark = pytest.mark.e2e


def test_a_scanned_code_makes_this_phone_one_persons_and_no_other(demo_server: Server, browser: Browser) -> None:
    url = demo_server.url
    phone, other, iphone = (enrolling.a_phone(browser, url, agent) for agent in (None, None, enrolling.IPHONE))
    link = enrolling.offer(browser, url, "canboa")
    found = []
    for screen in enrolling.walk(link, phone, other, iphone):
        found += [f"{screen.name}: {each}" for each in uncomfortable(screen.phone.page)]
    assert found == []
    expect(iphone.page.get_by_role("button", name="Sao chép liên kết")).to_be_visible()

    phone.ready_for(XUAN_KHANH)
    demo_server.stop()
    phone.open_visit(XUAN_KHANH)
    phone.section(7)
    phone.say("duong-day-nong", "Có")
    demo_server.start()
    phone.send_now()

    desk = Desk(browser, url, "canboa", PASSWORD)
    desk.go("/profile")
    expect(desk.page.get_by_role("main")).to_contain_text("Mã đã dùng lúc")
    for each in (phone, other, iphone, desk):
        each.context.close()
