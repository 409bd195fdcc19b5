"""The browser of one phone, on a profile on disk, and how long a tap takes in it."""

import itertools
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

from tests.e2e.phones import CHROMIUM_ARGUMENTS

TAPS = 30
PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8")


def phone_browser(stack: ExitStack, folder: Path) -> BrowserContext:
    """Chromium with its profile in this folder, closed with the stack."""
    chromium = stack.enter_context(sync_playwright()).chromium
    context = chromium.launch_persistent_context(
        str(folder / "profile"),
        executable_path="/usr/bin/chromium",
        args=CHROMIUM_ARGUMENTS,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    stack.callback(context.close)
    expect.set_options(timeout=120_000)
    return context


def probed_page(context: BrowserContext, slowdown: float) -> Page:
    """A page that measures itself, on a processor so many times slower."""
    page = context.new_page()
    page.add_init_script(PROBE)
    if slowdown > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    return page


def tap_times(page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds from each tap on a yes or no of the open form to the frame that shows it, and to its durability.

    Each tap is on the next card, brought under the eyes first: a long section does not draw what is far from them.
    """
    painted, saved = [], []
    for card in itertools.islice(itertools.cycle(cards_of(page)), 10 * TAPS):
        card.scroll_into_view_if_needed()
        pair = card.locator(".pair").first
        expect(card.locator(".tools")).to_be_visible()
        if pair.count() == 0:
            continue
        button = pair.locator("button[aria-pressed=false]").first.element_handle()
        page.evaluate("button => probe.awaitTap(button)", button)
        button.click()
        result = page.evaluate("() => probe.result('tap')")
        page.wait_for_timeout(150)
        painted.append(result["painted"])
        saved.append(result["saved"])
        if len(painted) == TAPS + 2:
            break
    return painted[2:], saved[2:]  # the first taps also compile


def cards_of(page: Page) -> list[Locator]:
    """The cards of the open section, whether they are drawn whole or not."""
    expect(page.locator(".pair").first).to_be_visible()
    return page.locator("article.item").all()
