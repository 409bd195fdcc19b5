"""A phone is added by the QR code of the desk: whose it becomes, what an iPhone is told first, links that are over."""

import re
from collections.abc import Iterator

from playwright.sync_api import Browser, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.screens.stage import Stage
from tests.screens.surprise import Screen

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def offer(browser: Browser, url: str, login: str) -> str:
    """The link behind the QR code that this person asks for on the desk."""
    desk = Desk(browser, url, login, PASSWORD)
    desk.go("/profile")
    desk.button("Thêm điện thoại bằng mã QR")
    expect(desk.page.get_by_role("img", name="Mã QR thêm điện thoại")).to_be_visible()
    desk.page.locator("summary").filter(has_text="Không quét được?").click()
    link = desk.page.locator(".secret").inner_text()
    desk.context.close()
    return link.replace(link.split("/field/")[0], url)  # a server behind no proxy names itself


def scan(phone: Phone, link: str) -> None:
    """What the phone's camera does with the code."""
    phone.page.goto(link)
    expect(phone.page.get_by_role("heading", name="Máy này sẽ làm việc cho")).to_be_visible()


def walk(link: str, phone: Phone, other: Phone, iphone: Phone) -> Iterator[Screen]:
    """From the scan to the list of visits; then the same link again, and a link that is none."""
    scan(iphone, link)
    yield Screen("enrol-iphone", "On an iPhone: install first, and take the link along", iphone)
    scan(phone, link)
    assert "#" not in phone.page.url  # who looks at the address later finds nothing to use
    yield Screen("enrol-whose", "The QR code was scanned: whose phone it becomes", phone)
    phone.page.get_by_role("button", name="Đúng là tôi, dùng máy này").click()
    expect(phone.page.get_by_role("heading", name="Cuộc kiểm tra của tôi")).to_be_visible()
    other.page.goto(link)
    expect(other.page.get_by_role("alert")).to_be_visible()
    yield Screen("enrol-over", "The same code once more: it was for one phone", other)
    other.open("enrol")
    other.page.get_by_label("Liên kết ghi dưới mã QR").fill("congvu.example")
    other.page.get_by_role("button", name=re.compile("^Tiếp tục")).click()
    expect(other.page.get_by_role("alert")).to_be_visible()
    yield Screen("enrol-paste", "A link is pasted that is none", other)


def a_phone(browser: Browser, url: str, agent: str | None = None) -> Phone:
    """A phone that nobody has used yet, in the browser that calls itself so."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        reduced_motion="reduce",
        user_agent=agent,
    )
    return Phone(context, url)


def chapter(stage: Stage) -> None:
    browser, url = stage.desktop(), stage.server.url
    link = offer(browser, url, "canboa")
    for screen in walk(link, a_phone(browser, url), a_phone(browser, url), a_phone(browser, url, IPHONE)):
        stage.take(screen.name, screen.title, screen.phone)
