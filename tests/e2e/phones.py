"""Browsers with a profile on disk each: what is on a phone survives its being switched off."""

from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.e2e.server import Server

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Phones:
    """Browsers with a profile on disk each: what is on a phone survives its being switched off."""

    def __init__(self, playwright: Playwright, chromium: str, folder: Path, server: Server, stack: ExitStack) -> None:
        self.playwright, self.chromium, self.folder, self.server, self.stack = (
            playwright,
            chromium,
            folder,
            server,
            stack,
        )

    def switch_on(self, login: str) -> Phone:
        context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            str(self.folder / f"phone-{login}"),
            executable_path=self.chromium,
            args=CHROMIUM_ARGUMENTS,
            viewport={"width": 390, "height": 844},
            has_touch=True,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        self.stack.callback(context.close)
        return Phone(context, self.server.url)

    def enrol(self, login: str, *units: str) -> Phone:
        """Sign in once with a network and wait until the visits are on the phone."""
        phone = self.switch_on(login)
        phone.sign_in(login, PASSWORD)
        for unit in units:
            phone.ready_for(unit)
        return phone
