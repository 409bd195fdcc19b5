"""A real Chromium with a profile on disk that can be killed, whole process group, at any moment."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, Playwright, Route

from tests.e2e.phones import CHROMIUM_ARGUMENTS

Handler = Callable[[Route], None]


@dataclass
class Chromium:
    """One phone: the same profile however often it is killed and started."""

    playwright: Playwright
    executable: str
    profile: Path
    handler: Handler  # sees every request below /api/
    context: BrowserContext | None = field(default=None, repr=False)
    _open: list[Route] = field(default_factory=list, repr=False)

    def start(self) -> Page:
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=self.executable,
            args=CHROMIUM_ARGUMENTS,
            viewport={"width": 390, "height": 844},
            has_touch=True,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        self.context.route("**/api/sync/**", self._handle)
        return self.context.pages[0] if self.context.pages else self.context.new_page()

    def _handle(self, route: Route) -> None:
        """A request whose browser died meanwhile has no answer to wait for."""
        with suppress(Error):
            self.handler(route)
            self._open.append(route)

    def processes(self) -> list[int]:
        """Every process of this profile that lives."""
        found = []
        for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.profile).encode() in cmdline.read_bytes():
                    found.append(int(cmdline.parent.name))
            except OSError:
                continue
        return found

    def kill(self) -> None:
        """kill -9 of the browser and all its processes; returns at once."""
        for group in {os.getpgid(pid) for pid in self.processes()} - {os.getpgrp()}:
            os.killpg(group, signal.SIGKILL)

    def gone(self, within: float) -> bool:
        """Wait until it is dead; requests are handled meanwhile, so that one of them may be the moment."""
        assert self.context
        with suppress(Error):
            if self.processes():
                self.context.wait_for_event("close", timeout=within * 1000)
        for route in self._open:  # those the handler left without an answer
            with suppress(Error):
                route.abort()
        self._open = []
        deadline = time.monotonic() + 5
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.processes()
