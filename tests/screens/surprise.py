"""A surprise visit from its planning on the desk to the start the server has, on a member's phone and on the lead's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.server import Server, today
from tests.screens.stage import Stage

CAMPAIGN, UNIT = "Kiểm tra công vụ, cải cách hành chính năm 2020", "Phường Ngô Quyền"
HIDDEN = "Kiểm tra đột xuất"
CODE = re.compile(r"^\d{4} \d{4} \d{4}$")


@dataclass(frozen=True)
class Screen:
    """What one of the phones shows at a step of the story."""

    name: str
    title: str
    phone: Phone
    show: str = ""


def take_back(browser: Browser, url: str) -> None:
    """The visit the demo has announced at the unit is cancelled."""
    admin = Desk(browser, url, "quantri", PASSWORD)
    admin.cancel_visit(CAMPAIGN, UNIT, "Chuyển sang kiểm tra đột xuất.")
    admin.context.close()


def plan(browser: Browser, url: str) -> None:
    """The administrator plans a surprise at the unit, for today."""
    admin = Desk(browser, url, "quantri", PASSWORD)
    admin.menu("Đợt kiểm tra")
    admin.link(CAMPAIGN)
    admin.plan_visits({UNIT: today()}, surprise_at="07:15")
    admin.says("Đã lên lịch 1 cuộc kiểm tra.")
    admin.context.close()


def before_the_start(member: Phone) -> Iterator[Screen]:
    """A member's phone, first without the box: the line broke before it came."""
    page = member.page
    member.context.route("**/pack", lambda route: route.abort())
    member.sign_in("canbod", PASSWORD)
    sealed(member).click()
    expect(page.get_by_text("Hãy kết nối mạng để tải gói khóa")).to_be_visible()
    yield Screen("surprise-not-ready", "Before the start: this phone cannot open it yet", member)
    member.context.unroute_all(behavior="ignoreErrors")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_label("Mã bắt đầu")).to_be_visible()
    member.ready_for_a_surprise()
    yield Screen("surprise-listed", "A member's list tells the day alone", member, "#visits-sealed")
    sealed(member).click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    yield Screen("surprise-code", "A place for the code that the lead will read out", member)


def start(server: Server, lead: Phone) -> Iterator[Screen]:
    """The lead arrives in a hall without a network. Stops the server."""
    lead.open()
    sealed_for_lead = lead.page.get_by_role("link").filter(has_text=HIDDEN)
    expect(sealed_for_lead).to_contain_text("Sẵn sàng khi mất mạng")
    sealed_for_lead.click()
    begin = lead.page.get_by_role("button", name="Bắt đầu kiểm tra đột xuất")
    expect(begin).to_be_visible()
    yield Screen("surprise-start", "The lead, before he goes in", lead, "#surprise-start")
    begin.click()
    yield Screen("surprise-sure", "Asked once more: a start cannot be taken back", lead, "#surprise-sure")
    server.stop()
    lead.page.get_by_role("button", name="Đã đến nơi, bắt đầu").click()
    lead.show_start()
    expect(lead.page.get_by_text("Máy chủ chưa nhận.")).to_be_visible()
    yield Screen("surprise-started", "Started without a network: the code to read out", lead, "details .code")


def opening(member: Phone, code: str) -> Iterator[Screen]:
    """A member types what he hears, the first time wrongly."""
    member.open_by_code(f"{(int(code.replace(' ', '')) + 1) % 10**12:012d}")
    expect(member.page.get_by_text("Mã không đúng")).to_be_visible()
    yield Screen("surprise-code-wrong", "Another code: nothing opens", member)
    member.open_by_code(code)
    expect(member.page.get_by_role("heading", level=1)).to_have_text(UNIT)
    yield Screen("surprise-opened", "Opened by the code: what is written waits for the start", member)


def proven(server: Server, lead: Phone) -> Iterator[Screen]:
    """The server hears of the start, and proves when it was."""
    server.start()
    visit = lead.page.url.split("/field/")[1]
    lead.send_now()
    lead.open(visit)
    lead.show_start()
    expect(lead.page.get_by_text("Máy chủ nhận lúc")).to_be_visible()
    yield Screen("surprise-proven", "The server has the start", lead, "details .code")


def called_off(stage: Stage, browser: Browser) -> Iterator[Screen]:
    """Started and opened by its code in a hall without a network; before anybody is back the desk takes it back."""
    lead, member = stage.phone("lost"), stage.phone("early")
    for phone, login in ((lead, "truongdoan"), (member, "canbob")):
        phone.sign_in(login, PASSWORD)
    member.ready_for_a_surprise()
    expect(lead.page.get_by_role("link").filter(has_text=HIDDEN)).to_contain_text("Sẵn sàng khi mất mạng")
    stage.server.stop()
    member.open_by_code(lead.start_surprise())
    lead.context.close()  # it never comes back
    expect(member.page.get_by_role("heading", level=1)).to_have_text(UNIT)
    visit = member.page.url.split("/field/")[1]
    member.section(7)
    member.say("duong-day-nong", "Có")
    stage.server.start()
    admin = Desk(browser, stage.server.url, "quantri", PASSWORD)
    admin.cancel_visit(CAMPAIGN, HIDDEN, "Đoàn không đến được.")
    admin.context.close()
    member.send_now()
    member.open()
    expect(member.page.get_by_text("Đã hủy", exact=True)).to_be_visible()
    yield Screen(
        "visits-cancelled", "Cancelled before it started: the list says what became of what was written", member
    )
    member.open(visit)
    expect(member.page.get_by_text("Cuộc kiểm tra này đã bị hủy.")).to_be_visible()
    yield Screen("surprise-cancelled", "The same, opened: what is kept, and whom to ask", member)


def walk(server: Server, lead: Phone, member: Phone) -> Iterator[Screen]:
    """From the planned day to the proven start. The lead is signed in, the member's phone is new."""
    yield from before_the_start(member)
    yield from start(server, lead)
    yield from opening(member, lead.page.get_by_text(CODE).inner_text())
    yield from proven(server, lead)


def sealed(phone: Phone) -> Locator:
    """The link of a member's list behind which a visit hides."""
    return phone.page.get_by_role("region", name=re.compile(HIDDEN)).get_by_role("link")


def chapter(stage: Stage) -> None:
    browser = stage.desktop()
    take_back(browser, stage.server.url)
    plan(browser, stage.server.url)
    for screen in called_off(stage, browser):
        stage.take(screen.name, screen.title, screen.phone)
    plan(browser, stage.server.url)
    lead, member = stage.phone("lead"), stage.phone("member")
    lead.sign_in("truongdoan", PASSWORD)
    for screen in walk(stage.server, lead, member):
        stage.take(screen.name, screen.title, screen.phone, show=screen.show)
