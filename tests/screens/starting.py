"""Before work begins: signing in, what refuses it, and a list of visits that is empty or not there yet."""

import re

from playwright.sync_api import expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.screens.places import XUAN_KHANH
from tests.screens.stage import Stage, held


def sign_in(phone: Phone, login: str, password: str) -> None:
    """Press the button; what comes of it is what the picture shows."""
    fill_in(phone, login, password)
    expect(phone.page.get_by_role("button", name="Đăng nhập")).to_be_enabled()


def fill_in(phone: Phone, login: str, password: str) -> None:
    page = phone.page
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def signing_in(stage: Stage) -> None:
    server, phone = stage.server, stage.phone("new")
    phone.open()
    stage.take("sign-in", "The first start: sign in once with a network", phone)
    for name, login, password, title in (
        ("sign-in-empty", "", "", "Nothing was typed"),
        ("sign-in-wrong", "canboa", "mat-khau-sai", "A wrong password"),
    ):
        sign_in(phone, login, password)
        expect(phone.page.get_by_role("alert")).to_be_visible()
        stage.take(name, title, phone)
    server.ask("UPDATE users SET must_change_password = 1 WHERE login = 'canboc'")
    sign_in(phone, "canboc", PASSWORD)
    stage.take("sign-in-temporary", "A temporary password must be changed on the desk first", phone)
    server.stop()
    sign_in(phone, "canboa", PASSWORD)
    stage.take("sign-in-offline", "The first sign-in needs a network", phone)
    server.settings["CONGVU_RATE_LIMITS"] = "true"
    server.start()
    for _ in range(7):
        sign_in(phone, "canbob", "mat-khau-sai")
    stage.take("sign-in-too-often", "Too many wrong passwords in a minute", phone)
    phone.context.add_init_script("delete Navigator.prototype.serviceWorker")
    phone.page.reload()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    stage.take("private-window", "A private window (Firefox's sign: no service worker): refused", phone)


def first_list(stage: Stage) -> None:
    server = stage.server
    server.ask("DELETE FROM members WHERE user_id = (SELECT id FROM users WHERE login = 'canbod')")
    phone = stage.phone("nobody")
    phone.sign_in("canbod", PASSWORD)
    expect(phone.page.get_by_text("Bạn chưa được phân công")).to_be_visible()
    stage.take("visits-none", "Nobody has put this person into a delegation yet", phone)

    phone = stage.phone("slow")
    with held(phone, "**/api/sync/**"):
        phone.open()
        fill_in(phone, "canboa", PASSWORD)
        expect(phone.page.get_by_text("Đang tải danh sách")).to_be_visible()
        stage.take("visits-loading", "The list is on its way (a very slow line)", phone)
    phone.context.route(re.compile("/api/sync/v1/visits/.*"), lambda route: route.abort())
    phone.context.route(re.compile("/checklists/"), lambda route: route.abort())
    phone.page.reload()
    card = phone.page.get_by_role("link").filter(has_text=XUAN_KHANH)
    expect(card).to_contain_text("Chưa tải về máy")
    stage.take("visits-not-ready", "Listed, not yet on this phone: the line broke in between", phone)
    card.click()
    expect(phone.page.get_by_text("Cuộc kiểm tra này chưa có trên máy").first).to_be_visible()
    stage.take("visit-not-ready", "Opened before it was on the phone", phone)
    phone.open("khong-co-trang-nay")
    stage.take("unknown-page", "An address that leads nowhere", phone)
    phone.open(f"visits/{'A' * 22}")
    stage.take("unknown-visit", "The address of somebody else's visit", phone)


def not_drawn(stage: Stage) -> None:
    """The app itself does not arrive."""
    phone = stage.phone("cut")
    phone.context.route(re.compile(r"/assets/first-.*\.js"), lambda route: route.abort())
    phone.page.goto(f"{stage.server.url}/field/")
    expect(phone.page.locator(".boot")).to_be_visible()
    phone.page.wait_for_timeout(4_500)  # the page waits four seconds before it says so
    stage.take("boot", "The app did not start: the way to the page that works without it", phone)
    phone.context.unroute_all()
    phone.context.route(re.compile(r"/assets/form-.*\.js"), lambda route: route.abort())
    phone.sign_in("canboa", PASSWORD)
    phone.page.get_by_role("link").filter(has_text=XUAN_KHANH).first.click()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    stage.take("part-missing", "A part of the app is missing", phone)
