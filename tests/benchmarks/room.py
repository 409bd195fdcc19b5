"""Two inspectors in one room: how soon one's answer stands on the other's screen, and what an idle phone asks.

Two real browsers with the same section open; from the finger on the button of one to the pressed button of the other.
"""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from app.demo.story import PASSWORD
from tests.benchmarks.report import spread
from tests.e2e.field import Phone
from tests.e2e.phones import CHROMIUM_ARGUMENTS
from tests.e2e.server import Server

UNIT, ITEM, SECTION = "Phường Xuân Khanh", "duong-day-nong", 7
PEOPLE = ("canboa", "canboc")
ANSWERS = 20
PAUSE = 3_000  # milliseconds between two answers
IDLE = 60  # seconds

# Looks at every frame until this button of the item is shown as pressed, and keeps the moment.
WATCH = """([item, word]) => {
  globalThis.seenAt = new Promise((resolve) => {
    const look = () => {
      const buttons = [...document.querySelectorAll(`#item-${item} button`)];
      const button = buttons.find((each) => each.textContent.trim() === word);
      if (button?.getAttribute('aria-pressed') === 'true') resolve(Date.now());
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
TAPPED = """() => addEventListener('pointerdown', () => { globalThis.tappedAt = Date.now(); }, true)"""


def measure() -> dict[str, list[dict[str, Any]]]:
    """Two tables."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvbench", ignore_cleanup_errors=True)))
        server = Server(folder, demo=True)
        server.start()
        stack.callback(server.stop)
        chromium = stack.enter_context(sync_playwright()).chromium
        running = chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS)
        stack.callback(running.close)
        expect.set_options(timeout=60_000)
        first, second = (
            Phone(running.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN"), server.url)
            for _ in PEOPLE
        )
        for phone, login in zip((first, second), PEOPLE, strict=True):
            phone.sign_in(login, PASSWORD)
            phone.ready_for(UNIT)
            phone.open_visit(UNIT)
            phone.section(SECTION)
        seen = _until_seen(first, second)
        idle = _while_idle(second)
    return {
        "From a tap to the other's screen, ms": [{"what": "two browsers, one server", **spread(seen)}],
        "Requests of an idle phone": [idle],
    }


def _until_seen(first: Phone, second: Phone) -> list[float]:
    first.page.evaluate(TAPPED)
    samples = []
    for number in range(ANSWERS):
        word = ("Không", "Có")[number % 2]
        second.page.evaluate(WATCH, [ITEM, word])
        first.say(ITEM, word)
        seen = second.page.evaluate("() => globalThis.seenAt")
        samples.append(seen - first.page.evaluate("() => globalThis.tappedAt"))
        first.page.wait_for_timeout(PAUSE)
    return samples


def _while_idle(phone: Phone) -> dict[str, Any]:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    begun = time.monotonic()
    phone.page.wait_for_timeout(IDLE * 1000)
    seconds = time.monotonic() - begun
    return {"seconds": round(seconds), "requests": len(asked), "in 5 s": round(len(asked) / seconds * 5, 2)}
