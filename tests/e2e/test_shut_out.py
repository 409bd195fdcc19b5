"""Who is let in no more loses nothing: a closed account hands in what is unsent, a revoked device signs in again."""

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import MAY_TURN_OFF, Phone
from tests.e2e.phones import Phones
from tests.e2e.server import PROJECT, Server

XUAN_KHANH = "Phường Xuân Khanh"
NOTED = "Bảng niêm yết ghi số cũ."
PHOTO = PROJECT / "app" / "demo" / "photos"


def noted(server: Server, text: str) -> list[tuple[str, str]]:
    """Status and reason of each entry with these words."""
    with closing(sqlite3.connect(server.data_dir / "congvu.sqlite3")) as database:
        rows = database.execute("SELECT status, why, body FROM entries").fetchall()
    return [(status, why) for status, why, body in rows if text in body.decode()]


def photos(server: Server) -> int:
    with closing(sqlite3.connect(server.data_dir / "congvu.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM blobs").fetchone()[0])


def written_offline(phones: Phones) -> Phone:
    """A member's phone with a note and a photo that the server has not seen."""
    member = phones.enrol("canboc", XUAN_KHANH)
    member.context.set_offline(True)
    member.open_visit(XUAN_KHANH)
    member.section(7)
    member.note("so-gop-y", NOTED)
    member.photograph("so-gop-y", sorted(PHOTO.glob("*.jpg"))[0])
    return member


def person_page(server: Server, browser: Browser) -> Desk:
    admin = Desk(browser, server.url, "quantri", PASSWORD)
    admin.go("/people?q=canboc")
    admin.link("Cán bộ C")
    return admin


def sign_in_again(phone: Phone) -> None:
    phone.open("sync")
    phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    phone.page.get_by_label("Mật khẩu").fill(PASSWORD)
    phone.page.get_by_role("button", name="Đăng nhập").click()


@pytest.mark.e2e
def test_a_closed_account_hands_in_what_its_phone_still_holds(server: Server, phones: Phones, browser: Browser) -> None:
    before, member = photos(server), written_offline(phones)
    admin = person_page(server, browser)
    admin.page.locator("summary").filter(has_text="Khóa tài khoản").click()
    admin.page.get_by_label("Lý do").fill("Chuyển công tác.")
    admin.page.get_by_role("button", name="Khóa", exact=True).click()
    admin.says("Đã khóa")
    member.context.set_offline(False)
    sign_in_again(member)
    expect(member.page.get_by_role("heading", name="Nộp lại phần chưa gửi")).to_be_visible()
    hand_in = member.page.get_by_role("button", name="Nộp lại phần chưa gửi")
    member.context.set_offline(True)
    hand_in.focus()
    member.page.keyboard.press("Enter")
    expect(member.page.get_by_role("alert").get_by_text("Không có mạng")).to_be_visible()
    expect(hand_in).to_be_focused()  # to try again
    member.context.set_offline(False)
    member.page.keyboard.press("Enter")
    expect(member.page.get_by_role("main").get_by_text("Máy chủ đã nhận 2 thay đổi")).to_be_visible()
    expect(hand_in).to_have_count(0)
    expect(member.page.locator(":focus")).to_contain_text("Máy chủ đã nhận 2 thay đổi")
    assert noted(server, NOTED) == [("held", "DROPPED_OFF")]
    assert photos(server) == before + 1


@pytest.mark.e2e
def test_a_revoked_device_signs_in_again_and_sends(server: Server, phones: Phones, browser: Browser) -> None:
    member = written_offline(phones)
    admin = person_page(server, browser)
    admin.button("Thu hồi")
    admin.says("Đã thu hồi")
    member.context.set_offline(False)
    sign_in_again(member)
    expect(member.page.get_by_text(MAY_TURN_OFF).first).to_be_visible(timeout=30_000)
    expect(member.page.get_by_text("thu hồi")).to_have_count(0)
    assert noted(server, NOTED) == [("acc", "")]
