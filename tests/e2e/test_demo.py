"""The demo as a new user meets it: what is overdue shows to all concerned; every screen can be used by everybody."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demo.story import PASSWORD
from app.domain.calendar import add_working_days
from app.remediation.holidays import build_calendar, read_swaps
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.papers import minutes_said
from tests.e2e.server import PROJECT, Server

AXE = (PROJECT / "offline_client" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
CHECKLIST = "Kiểm tra công vụ tại Bộ phận Một cửa cấp xã"
OVERDUE = "Niêm yết bổ sung đầy đủ thủ tục hành chính"

DESK_PAGES = {
    "phochutich": [
        "/",
        "/matters",
        "/matters?state=decided",
        "/devices",
        "/campaigns/",
        "/conclusions",
        "/tasks",
        "/checklists/",
        "/profile",
    ],
    "quantri": [
        "/",
        "/units",
        "/units/import",
        "/people",
        "/people/new",
        "/checklists/publish",
        "/checklists/drafts",
        "/checklists/drafts/new",
        "/campaigns/new/host",
        "/devices",
        "/devices/import",
        "/devices/recovery",
    ],
    "leloi": ["/", "/conclusions", "/tasks"],
}
LINKS = {
    "phochutich": [
        ("/", "So sánh các đơn vị"),
        ("/conclusions", "Mở Phường Sơn Lộc"),
        ("/conclusions", "Mở Phường Lê Lợi"),
        ("/campaigns/", "Kiểm tra công vụ"),
        ("/checklists/", "Kiểm tra công vụ"),
    ],
    "leloi": [("/tasks", OVERDUE)],
}


def breaches(page: Page) -> list[str]:
    """What axe finds wrong on the page as it stands."""
    page.evaluate(AXE)
    found = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))"
    )
    return [
        f"{page.url} {each['id']}: {node['html'][:160]}" for each in json.loads(found) for node in each["nodes"][:3]
    ]


@pytest.mark.e2e
@pytest.mark.parametrize("login", ["phochutich", "truongdoan", "leloi"])
def test_an_overdue_task_shows_to_all_concerned(demo_server: Server, browser: Browser, login: str) -> None:
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    issued = today - timedelta(days=5)
    late = (
        add_working_days(build_calendar(issued.year, today.year, read_swaps()), issued, 2) < today
    )  # not while Tết lasts
    desk = Desk(browser, demo_server.url, login, PASSWORD)
    expect(desk.page.get_by_role("link").filter(has_text="nhiệm vụ quá hạn")).to_contain_text("1" if late else "0")
    desk.go("/tasks")
    task = desk.page.get_by_role("main").get_by_role("link").filter(has_text=OVERDUE)
    expect(task).to_contain_text("Quá hạn" if late else "Hạn")
    desk.context.close()


@pytest.mark.e2e
@pytest.mark.parametrize("login", list(DESK_PAGES))
def test_axe_finds_nothing_on_the_desk(demo_server: Server, browser: Browser, login: str) -> None:
    desk = Desk(browser, demo_server.url, login, PASSWORD)
    found: list[str] = []
    for path in DESK_PAGES[login]:
        desk.go(path)
        found += breaches(desk.page)
    for path, name in LINKS.get(login, []):
        desk.go(path)
        desk.link(name)
        found += breaches(desk.page)
    desk.context.close()
    assert found == []


UNEVEN = """() => [...document.querySelectorAll('.form-grid')].flatMap((grid) => {
  const lines = Map.groupBy(grid.children, (field) => Math.round(field.getBoundingClientRect().top));
  const edges = (field) => {
    const { top, bottom } = field.querySelector('input, select, textarea').getBoundingClientRect();
    return `${Math.round(top)} to ${Math.round(bottom)}`;
  };
  return [...lines.values()].map((line) => line.map(edges)).filter((line) => new Set(line).size > 1);
})"""


@pytest.mark.e2e
def test_the_inputs_of_one_line_of_a_form_stand_level(demo_server: Server, browser: Browser) -> None:
    """Also where only one of them has a hint, or something wrong with it."""
    desk = Desk(browser, demo_server.url, "quantri", PASSWORD)
    for path in ("/people/new", "/campaigns/new"):
        desk.go(path)
        assert desk.page.locator(".form-grid .hint").count() > 0
        assert desk.page.evaluate(UNEVEN) == [], path
    desk.go("/people/new")
    desk.page.evaluate("document.querySelector('main form').noValidate = true")
    desk.button("Tạo tài khoản")
    expect(desk.page.locator(".form-grid .problem").first).to_be_visible()
    assert desk.page.evaluate(UNEVEN) == []
    desk.context.close()


@pytest.mark.e2e
def test_a_ward_checks_itself_twice_and_takes_over_what_it_said_last_time(
    demo_server: Server, browser: Browser
) -> None:
    """Without a network after the phone was prepared: one signature, and no paper that looks like an inspection's."""
    desk = Desk(browser, demo_server.url, "leloi", PASSWORD)
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN", accept_downloads=True)
    phone = Phone(context, demo_server.url)

    def begin() -> None:
        desk.menu("Tự kiểm tra")
        choice = desk.page.get_by_label("Phiếu", exact=True)
        option = choice.locator("option").filter(has_text=CHECKLIST)
        choice.select_option(option.get_attribute("value"))
        desk.button("Bắt đầu tự kiểm tra")
        desk.says("Đã tạo cuộc tự kiểm tra")

    begin()
    phone.sign_in("leloi", PASSWORD)
    phone.ready_for("Phường Lê Lợi")
    context.set_offline(True)
    phone.open_visit("Phường Lê Lợi")
    expect(phone.page.get_by_role("heading", name="Điểm tự chấm")).to_be_visible()
    phone.section(1)
    phone.say("bien-ten-co-quan", "Có")
    phone.page.get_by_role("link", name="Về cuộc kiểm tra").click()
    phone.close_visit("Tự kiểm tra phần biển tên trước.")
    phone.sign_alone("Lãnh đạo A", "Chủ tịch UBND phường")
    found = breaches(phone.page)
    said, _ = minutes_said(phone.minutes_pdf("bien-ban-tu-kiem-tra"))
    assert "BIÊNBẢNTỰKIỂMTRA" in said
    assert "TRƯỞNGĐOÀN" not in said
    context.set_offline(False)
    phone.send_now()
    begin()
    phone.open()
    phone.page.get_by_role("button", name="Tải lại").click()
    second = phone.page.get_by_role("link").filter(has_text="Phường Lê Lợi").filter(has_text="Đã lên lịch")
    expect(second).to_contain_text("Sẵn sàng khi mất mạng")
    context.set_offline(True)
    second.click()
    phone.section(1)
    card = phone.card("bien-ten-co-quan")
    expect(card.get_by_role("button", name="Có", exact=True)).to_have_attribute("aria-pressed", "false")
    card.get_by_role("button", name="Như lần trước").click()
    expect(card.get_by_role("button", name="Có", exact=True)).to_have_attribute("aria-pressed", "true")
    phone.saved()
    context.close()
    desk.context.close()
    assert found == []


@pytest.mark.e2e
def test_an_author_changes_a_checklist_tries_it_on_the_phone_and_publishes(
    demo_server: Server, browser: Browser
) -> None:
    """The last one of this file: what it publishes is offered to the phones of the others."""
    desk = Desk(browser, demo_server.url, "quantri", PASSWORD)
    desk.go("/checklists/")
    desk.link("Kiểm tra công vụ tại Bộ phận Một cửa")
    desk.button("Viết phiên bản mới")
    desk.says("Không có lỗi")
    found = breaches(desk.page)
    desk.link("Bàn làm việc có biển để bàn")
    phone = desk.page.frame_locator("iframe.phone")
    phone.get_by_role("button", name="Đạt hết").click()
    expect(phone.locator(".big-number")).to_have_text("100/100")
    points = desk.page.get_by_label("Điểm tối đa")
    points.fill("sáu")
    desk.says("phải là số thập phân viết thường")
    points.fill("6")
    desk.says("Phần này không có lỗi. Chưa lưu.")
    phone.get_by_role("link", name="1. Biển tên").click()
    expect(phone.get_by_text("6/6 điểm")).to_be_visible()
    found += breaches(desk.page)
    desk.button("Lưu và về mục lục")
    for tab in ("Xem thử", "Văn bản YAML", "Lịch sử", "Xuất bản…"):
        desk.link(tab)
        found += breaches(desk.page)
    desk.says("Điểm tối đa đổi từ 5 thành 6")
    desk.page.get_by_label("Đã đổi những gì và vì sao").fill("Nâng điểm biển để bàn theo kế hoạch mới")
    desk.button("Xuất bản phiên bản 2")
    desk.says("Đã xuất bản mot-cua-cap-xa phiên bản 2.")
    version = desk.page.url
    for way in ("So với phiên bản 1", "Cuộc kiểm tra…"):
        desk.page.goto(version)
        desk.link(way)
        found += breaches(desk.page)
    desk.says("chưa chuyển")
    desk.context.close()
    assert found == []
