"""Photos over a bad line: a real Chromium sends those of a visit at 1 Mbit/s while one request in ten is cut."""

import random
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from app.demo.story import PASSWORD
from tests.benchmarks.bad_line import BadLine
from tests.e2e.field import Phone
from tests.e2e.phones import CHROMIUM_ARGUMENTS
from tests.e2e.server import Server

UNIT, ITEM, SECTION = "Phường Xuân Khanh", "linh-vuc-niem-yet", 4
PHOTOS = 12
RATE = 125_000  # bytes a second: 1 Mbit/s
LOSS = 0.1
PATIENCE = 900  # seconds


def measure() -> dict[str, list[dict[str, Any]]]:
    """Taken without a network, sent over the line; the ideal is the line's rate and not a byte too many."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvbench", ignore_cleanup_errors=True)))
        server = Server(folder, demo=True)
        server.start()
        stack.callback(server.stop)
        line = stack.enter_context(BadLine(server.port, rate=RATE, loss=LOSS))
        chromium = stack.enter_context(sync_playwright()).chromium
        running = chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS)
        stack.callback(running.close)
        expect.set_options(timeout=60_000)
        phone = Phone(running.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN"), line.url)
        phone.sign_in("canboa", PASSWORD)
        phone.ready_for(UNIT)
        phone.open_visit(UNIT)
        phone.section(SECTION)
        before = _photos(folder)
        phone.page.context.set_offline(True)
        for number in range(PHOTOS):
            phone.photograph(ITEM, _picture(folder, number))
        line.whole, line.up, line.requests = False, 0, 0
        phone.page.context.set_offline(False)
        begun = time.monotonic()
        while len(_photos(folder)) < len(before) + PHOTOS:
            if time.monotonic() - begun > PATIENCE:
                raise RuntimeError(f"{len(_photos(folder)) - len(before)} of {PHOTOS} photos after {PATIENCE} s")
            phone.page.wait_for_timeout(200)
        seconds = time.monotonic() - begun
        size = sum(_photos(folder).values()) - sum(before.values())
    return {f"{PHOTOS} photos at 1 Mbit/s, one request in ten cut": [_row(size, seconds, line)]}


def _row(size: int, seconds: float, line: BadLine) -> dict[str, Any]:
    return {
        "photos": PHOTOS,
        "bytes": size,
        "seconds": round(seconds, 1),
        "of the line's limit": round(seconds / (size / RATE), 2),
        "requests": line.requests,
        "cut": line.cut,
        "bytes up": line.up,
        "sent more than once, with headers": f"{100 * (line.up - size) / size:.1f} %",
    }


def _photos(folder: Path) -> dict[str, int]:
    """Hash and size of every photo the server has verified."""
    with closing(connect(folder / "congvu.sqlite3")) as database:
        return dict(database.execute("SELECT sha256, size FROM blobs"))


def _picture(folder: Path, number: int) -> Path:
    """As a phone's camera gives them: 12 megapixels, with as much detail as makes 200 to 300 kB of it once small."""
    chance = random.Random(number)
    grain = Image.frombytes("RGB", (160, 120), chance.randbytes(160 * 120 * 3)).resize((4000, 3000))
    file = folder / f"anh-{number}.jpg"
    grain.save(file, "JPEG", quality=85)
    return file
