"""The field client for people who see, hold or move differently: every place of it, in every theme, and by keyboard.

`make screens` measures the states of trouble the same way.
"""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.e2e.server import Server
from tests.screens import surprise
from tests.screens.camera import uncomfortable
from tests.screens.places import PLACES, XUAN_KHANH, go_to

pytestmark = pytest.mark.e2e


def a_browser(browser: Browser) -> BrowserContext:
    return browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        reduced_motion="reduce",  # a colour half-way through a transition has no contrast of its own
    )


def a_phone(browser: Browser, server: Server) -> tuple[BrowserContext, Phone]:
    context = a_browser(browser)
    phone = Phone(context, server.url)
    phone.sign_in("truongdoan", PASSWORD)
    phone.ready_for(XUAN_KHANH)
    return context, phone


def test_every_screen_is_comfortable_in_every_theme(demo_server: Server, browser: Browser) -> None:
    context, phone = a_phone(browser, demo_server)
    addresses: dict[str, str] = {}
    found = []
    for place in PLACES:
        if not place.show:  # those with `show` are parts of a screen that is measured whole
            go_to(phone, place, addresses)
            found += [f"{place.name}: {each}" for each in uncomfortable(phone.page)]
    assert found == []

    # What was chosen stays on this phone, also on the page that works without the app.
    phone.open("sync")
    phone.page.get_by_role("button", name="Ngoài nắng").click()
    phone.page.get_by_role("button", name="150 %").click()
    for path in ("", "recovery"):
        phone.open(path)
        expect(phone.page.locator("html")).to_have_attribute("data-theme", "sunlight")
        expect(phone.page.locator("html")).to_have_attribute("data-text", "150")
    assert phone.page.evaluate("getComputedStyle(document.body).fontSize") == "25.5px"
    context.close()


FOCUSED = """() => {
  const at = document.activeElement;
  const area = (at.labels?.[0] && at.classList.contains('visually-hidden')) ? at.labels[0] : at;
  const box = area.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const met = document.elementFromPoint(x, y);
  const seen = met !== null && (area.contains(met) || met.contains(area));
  const outlined = getComputedStyle(area).outlineStyle !== 'none';
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
  return { place: all.indexOf(at), name: at.textContent.trim().slice(0, 40) || at.id, seen, outlined };
}"""


def by_keyboard(page: Page, presses: int) -> None:
    """Tab through what is there: in the order of reading, each in sight, uncovered and with a ring."""
    places = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        assert focus["seen"], focus
        assert focus["outlined"], focus
        places.append(focus["place"])
    assert places == sorted(set(places))
    assert len(places) == presses


def test_an_item_is_answered_by_keyboard_alone(demo_server: Server, browser: Browser) -> None:
    context, phone = a_phone(browser, demo_server)
    phone.open_visit(XUAN_KHANH)
    by_keyboard(phone.page, 8)
    phone.section(7)
    by_keyboard(phone.page, 14)
    yes = phone.card("duong-day-nong").get_by_role("button", name="Có", exact=True)
    yes.focus()
    phone.page.keyboard.press("Enter")
    expect(yes).to_have_attribute("aria-pressed", "true")
    phone.saved()
    phone.page.keyboard.press("Space")
    expect(yes).to_have_attribute("aria-pressed", "false")
    context.close()


def test_a_surprise_visit_is_comfortable_from_the_planned_day_to_the_proven_start(
    demo_server: Server, browser: Browser
) -> None:
    surprise.take_back(browser, demo_server.url)
    surprise.plan(browser, demo_server.url)
    leads, lead = a_phone(browser, demo_server)
    members = a_browser(browser)
    found = []
    for screen in surprise.walk(demo_server, lead, Phone(members, demo_server.url)):
        if screen.name in {"surprise-code", "surprise-sure"}:
            by_keyboard(screen.phone.page, 2)  # the code and what opens it; both answers to the question
        found += [f"{screen.name}: {each}" for each in uncomfortable(screen.phone.page)]
    assert found == []
    members.close()
    leads.close()
