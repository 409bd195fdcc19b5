"""The demo as a new user meets it: what is overdue shows to all concerned; every screen can be used by everybody."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demo.story import PASSWORD
from app.domain.calendar import add_working_days
from app.remediation.holidays import build_calendar, read_swaps
from tests.e2e.conftest import PROJECT, Server
from tests.e2e.desk import Desk

AXE = (PROJECT / "offline_client" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
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
