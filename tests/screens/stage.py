"""Servers with the demo's data, phones with a profile on disk, and the ways to bring about what goes wrong."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Route

from tests.e2e.field import Phone
from tests.e2e.phones import CHROMIUM_ARGUMENTS
from tests.e2e.server import PROJECT, Server
from tests.screens.camera import PHONE, Camera

CHROMIUM = "/usr/bin/chromium"


class StagedServer(Server):
    """A server whose settings a state may change, and which can be stopped and started with others."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.settings: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        return super().environment() | self.settings

    def ask(self, question: str, *values: Any) -> list[Any]:
        """Read or write the database past the server."""
        with closing(sqlite3.connect(self.data_dir / "congvu.sqlite3", timeout=20)) as database, database:
            return database.execute(question, values).fetchall()

    def run(self, *command: str) -> None:
        """One of the server's own commands (`congvu …`)."""
        arguments = [sys.executable, "-m", "app", *command]
        subprocess.run(arguments, env=self.environment(), cwd=PROJECT, check=True, capture_output=True)


class Stage:
    """What one chapter of pictures needs; everything on it is gone when the chapter ends."""

    def __init__(self, playwright: Playwright, demo_data: Path, folder: Path, camera: Camera, open_: ExitStack) -> None:
        self.playwright, self.demo_data, self.folder, self.camera, self.open = (
            playwright,
            demo_data,
            folder,
            camera,
            open_,
        )
        self.server = StagedServer(Path(shutil.copytree(demo_data, folder / "data")))
        self.server.start()
        open_.callback(lambda: self.server.stop())

    def phone(self, profile: str, disk: Path | None = None) -> Phone:
        """A phone of its own, on a disk of its own where one is given."""
        context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            str((disk or self.folder) / f"phone-{profile}"),
            executable_path=os.environ.get("CHROMIUM", CHROMIUM),
            args=CHROMIUM_ARGUMENTS,
            viewport={"width": PHONE[0], "height": PHONE[1]},
            has_touch=True,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            reduced_motion="reduce",
        )
        self.open.callback(context.close)
        return Phone(context, self.server.url)

    def desktop(self) -> Browser:
        """A browser for the desk."""
        browser = self.playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", CHROMIUM), args=CHROMIUM_ARGUMENTS
        )
        self.open.callback(browser.close)
        return browser

    def take(self, name: str, title: str, at: Phone | Page, *, show: str = "") -> None:
        """One picture in all sizes and themes; `show` is a selector of what must be in sight."""
        self.camera.take(name, title, at.page if isinstance(at, Phone) else at, at=show)


@contextmanager
def held(phone: Phone, requests: str | re.Pattern[str]) -> Iterator[None]:
    """A line so slow that these requests get no answer; in the end it breaks."""
    waiting: list[Route] = []
    phone.context.route(requests, lambda route: waiting.append(route))
    try:
        yield
    finally:
        phone.context.unroute_all(behavior="ignoreErrors")
        for each in waiting:
            with suppress(Error):  # its page has gone elsewhere
                each.abort()
