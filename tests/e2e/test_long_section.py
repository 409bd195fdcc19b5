"""A section of more items than a screen shows: only what is near is drawn whole, and nobody but the phone notices."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.benchmarks.forms import UNIT, Form, checklist
from tests.benchmarks.servers import running
from tests.e2e.field import Phone
from tests.factories import PASSWORD

pytestmark = pytest.mark.e2e

ITEMS, ROWS = 60, 5
# What stays drawn (FEW in nearCards.ts), and what is near on top of it while one scrolls.
DRAWN = 16 + 8
FOCUSED = "() => document.activeElement.closest('article.item')?.id ?? ''"


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Phone]:
    """The section is open; its last item is a roster with rows."""
    data = tmp_path_factory.mktemp("long")
    form = checklist(Form("long", ITEMS, ROWS))
    with running(f"sqlite:///{data}/congvu.sqlite3", users=1, visits=1, checklist=form) as (server, planned):
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        phone = Phone(context, server.url)
        phone.sign_in(planned.users[0].login, PASSWORD)
        phone.ready_for(UNIT)
        phone.open_visit(UNIT)
        phone.section(1)
        yield phone
        context.close()


def whole(page: Page) -> int:
    return page.locator("article.item .tools").count()


def top_of(page: Page, item: str) -> float:
    box = page.locator(f"#item-{item}").bounding_box()
    assert box
    return box["y"]


def scroll(page: Page, to_end: bool) -> int:
    """To the end or the top by the wheel; returns how many cards were whole at once."""
    most = 0
    place = "scrollY + innerHeight >= document.documentElement.scrollHeight - 2" if to_end else "scrollY <= 0"
    page.mouse.move(195, 400)
    while not page.evaluate(place):
        page.mouse.wheel(0, 1200 if to_end else -1200)
        page.wait_for_timeout(30)
        most = max(most, whole(page))
    return most


def test_only_what_is_near_is_drawn_whole_and_every_question_stands_there(phone: Phone) -> None:
    page = phone.page
    expect(page.locator("article.item").first.locator(".pair")).to_be_visible()
    assert page.get_by_role("heading", level=2).count() == ITEMS
    assert whole(page) < DRAWN
    phone.say("i1", "Có")
    phone.say("i2", "Có")  # the cursor goes on: a card that holds it stays
    assert 0 < scroll(page, to_end=True) <= DRAWN
    expect(page.locator("#item-i1 .tools")).to_have_count(0)
    assert 0 < scroll(page, to_end=False) <= DRAWN
    expect(phone.card("i1").get_by_role("button", name="Có", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_jump_goes_where_it_says_and_the_card_stays_under_the_eyes(phone: Phone) -> None:
    page = phone.page
    phone.jump("1.45", "i44")
    expect(phone.card("i44").locator(".pair")).to_be_visible()
    page.wait_for_timeout(500)  # what is drawn around it must not push it away
    assert 0 <= top_of(page, "i44") <= 120
    page.keyboard.press("2")
    expect(phone.card("i44").get_by_role("button", name="Không")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+ArrowDown")
    expect(phone.card("i45")).to_be_focused()
    page.reload()
    expect(phone.card("i45")).to_be_focused()
    expect(phone.card("i45").locator(".pair")).to_be_visible()
    page.wait_for_timeout(500)
    assert 0 <= top_of(page, "i45") <= 120


def test_the_keyboard_meets_every_card_in_its_order(phone: Phone) -> None:
    page = phone.page
    phone.jump("1.10", "i9")
    met = []
    while (at := page.evaluate(FOCUSED)) != "item-i20":
        assert at, "the cursor left the cards"
        met.append(int(at.removeprefix("item-i")))
        page.keyboard.press("Tab")
    assert met == sorted(met)
    assert set(met) == set(range(9, 20))


def test_who_types_stays_and_what_was_being_typed_comes_back(phone: Phone) -> None:
    page = phone.page
    phone.jump("1.3", "i2")
    phone.card("i2").get_by_role("button", name="Ghi chú").click()
    note = phone.card("i2").get_by_label("Ghi chú")
    note.press_sequentially("đang gõ")
    scroll(page, to_end=True)
    expect(note).to_be_focused()
    expect(note).to_have_value("đang gõ")

    # Half a roster row's name lies far below when the section is opened again.
    row = phone.card("bang").get_by_role("textbox").first
    row.fill("Bàn số")
    page.wait_for_timeout(800)
    page.reload()
    expect(phone.card("bang").get_by_role("textbox").first).to_have_value("Bàn số")


def test_an_address_leads_to_a_row_of_a_roster_that_was_not_drawn(phone: Phone) -> None:
    page = phone.page
    phone.jump(f"1.{ITEMS}", "bang")
    phone.card("bang").get_by_role("button", name="Thêm 5").click()
    rows = phone.card("bang").locator("li.line")
    expect(rows).to_have_count(ROWS)
    row = rows.nth(3).get_attribute("id")
    page.goto(f"{page.url.split('#')[0]}#{row}")
    page.reload()
    expect(page.locator(f"#{row}")).to_be_in_viewport()


def test_paper_shows_all(phone: Phone) -> None:
    phone.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert whole(phone.page) == ITEMS
