"""A removed member's entries are held and reach the lead, who takes one in and dismisses the others, offline."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.phones import Phones
from tests.e2e.server import Server

XUAN_KHANH = "Phường Xuân Khanh"
HOTLINE, COMMENTS = "duong-day-nong", "so-gop-y"
NOTED = "Sổ góp ý chưa ghi ngày tháng."
TAKEN, NOT_TAKEN = "Đã xem lại ảnh: không có số trên bảng.", "Đã hỏi phường: sổ mới có ghi ngày."
UNREADABLE, SAID_AGAIN = "Thay đổi không đọc được", "Đã hỏi cán bộ C, không có gì bị thiếu."
BROKEN_PUSH = """async (visit) => {
  const id = (letter) => letter.repeat(21) + 'A';
  const body = JSON.stringify({ proto: 1, writer: id('w'), ops: [{ op: id('o'), ws: 1, body: 'xin chào' }] });
  const headers = { 'Content-Type': 'application/json', 'X-VSP': '1' };
  const reply = await fetch(`/api/sync/v1/visits/${visit}/push`, { method: 'POST', headers, body });
  return (await reply.json()).taken ?? reply.status;
}"""


@pytest.mark.e2e
def test_the_lead_takes_in_what_a_removed_member_wrote(server: Server, phones: Phones, browser: Browser) -> None:
    member, lead = phones.enrol("canboc", XUAN_KHANH), phones.enrol("truongdoan", XUAN_KHANH)
    member.open_visit(XUAN_KHANH)
    assert member.page.evaluate(BROKEN_PUSH, member.page.url.split("/")[-1]) == 1
    member.context.set_offline(True)
    member.section(7)
    member.say(HOTLINE, "Không")
    member.note(COMMENTS, NOTED)
    remove_from_delegation(server, browser, "Cán bộ C")
    member.context.set_offline(False)
    member.send_now()  # says that the server has everything
    open_held(member)
    expect(held_card(member, "Không")).to_contain_text("có thể nhận vào dưới tên bạn")
    expect(held_card(member, UNREADABLE)).to_contain_text("hãy mở lại", ignore_case=True)
    expect(member.page.get_by_role("button", name="Nhận vào")).to_have_count(0)

    open_held(lead)
    lead.context.set_offline(True)
    ask_at_closing(lead)
    decide(held_card(lead, NOTED), "Không nhận", NOT_TAKEN)
    unreadable = held_card(lead, UNREADABLE)
    expect(unreadable).to_contain_text("Cán bộ C")
    expect(unreadable).to_contain_text("máy chủ")
    expect(unreadable.get_by_role("button")).to_have_text(["Không nhận"])
    decide(unreadable, "Không nhận", SAID_AGAIN)
    expect(unreadable).not_to_contain_text("Nhận vào")
    decide(held_card(lead, "Không"), "Nhận vào", TAKEN)
    expect(lead.page.get_by_role("heading", name="Đã xử lý (3)")).to_be_visible()
    expect(held_card(lead, NOTED)).to_contain_text(NOT_TAKEN)
    open_summary(lead)
    expect(lead.page.get_by_text("chưa ai xử lý")).to_have_count(0)
    lead.section(7)
    expect(lead.card(HOTLINE)).to_contain_text("Cán bộ C (Phó Chủ tịch A nhận vào)")
    lead.context.set_offline(False)
    lead.send_now()

    chair = Desk(browser, server.url, "phochutich", PASSWORD)
    chair.go("/matters?state=decided&kind=held")
    for words in (TAKEN, NOT_TAKEN, SAID_AGAIN, "(không đọc được)", "Cán bộ C", "Phó Chủ tịch A"):
        chair.says(words)
    chair.context.close()


@pytest.mark.e2e
def test_who_becomes_lead_decides_about_what_was_hidden(server: Server, phones: Phones, browser: Browser) -> None:
    gone, next_lead = phones.enrol("canboc", XUAN_KHANH), phones.enrol("canbod", XUAN_KHANH)
    gone.open_visit(XUAN_KHANH)
    gone.context.set_offline(True)
    gone.section(7)
    gone.note(COMMENTS, NOTED)
    remove_from_delegation(server, browser, "Cán bộ C")
    gone.context.set_offline(False)
    gone.send_now()
    open_held(next_lead, "1 thay đổi")
    expect(next_lead.page.get_by_text(NOTED)).to_have_count(0)
    change_delegation(server, browser, "lead", "Cán bộ D")
    expect(next_lead.page.get_by_text(NOTED)).to_be_visible(timeout=30_000)
    decide(held_card(next_lead, NOTED), "Không nhận", NOT_TAKEN)


def remove_from_delegation(server: Server, browser: Browser, name: str) -> None:
    change_delegation(server, browser, "remove", name)


def change_delegation(server: Server, browser: Browser, act: Literal["remove", "lead"], name: str) -> None:
    title, button, done = {
        "remove": ("Rút thành viên", "Rút khỏi đoàn", "Đã rút"),
        "lead": ("Đổi trưởng đoàn", "Giao làm trưởng đoàn", "Trưởng đoàn"),
    }[act]
    admin = Desk(browser, server.url, "quantri", PASSWORD)
    admin.menu("Đợt kiểm tra")
    admin.link("Kiểm tra công vụ")
    admin.link("Đoàn kiểm tra công vụ số 1")
    admin.page.locator("summary").filter(has_text=title).click()
    admin.page.locator(f"#{act}-member").select_option(label=name)
    admin.page.locator(f"#{act}-reason").fill("Chuyển công tác.")
    admin.button(button)
    admin.says(done)
    admin.context.close()


def open_held(phone: Phone, many: str = "3 thay đổi") -> None:
    phone.open_visit(XUAN_KHANH)
    expect(phone.page.get_by_role("main")).to_contain_text(f"{many} bị giữ lại")
    phone.page.locator("main a[href$='/held']").click()
    expect(phone.page.get_by_role("heading", name="Mục bị giữ lại")).to_be_visible()


def open_summary(phone: Phone) -> None:
    phone.open_visit(XUAN_KHANH)
    phone.page.get_by_role("link", name="Tổng hợp và chốt").first.click()
    expect(phone.page.get_by_role("heading", name="Chốt biên bản")).to_be_visible()


def ask_at_closing(lead: Phone) -> None:
    """Whoever would close now is asked why, and is led to what is held."""
    open_summary(lead)
    asked = lead.page.get_by_role("region", name="Còn 3 thay đổi bị giữ lại chưa ai xử lý")
    expect(asked.get_by_label("Lý do chốt khi chưa xử lý")).to_have_attribute("required", "")
    asked.get_by_role("link", name="Xem và quyết định").click()
    expect(lead.page.get_by_role("heading", name="Mục bị giữ lại")).to_be_visible()


def held_card(phone: Phone, value: str) -> Locator:
    return phone.page.get_by_role("article").filter(has=phone.page.get_by_text(value, exact=True))


def decide(card: Locator, way: str, reason: str) -> None:
    card.get_by_label("Lý do quyết định").fill(reason)
    card.get_by_role("button", name=way, exact=True).click()
    expect(card).to_contain_text(reason)
    expect(card.page.get_by_role("heading", level=1)).to_be_focused()
