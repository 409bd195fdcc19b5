"""The field client in Chromium on a profile on disk: without a network at 4x CPU slowdown, and its traffic with one."""

import gzip
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Request, expect

from app.demo.story import PASSWORD
from tests.benchmarks.phone_browser import phone_browser, probed_page, tap_times
from tests.benchmarks.report import PROJECT, spread
from tests.e2e.field import Phone
from tests.e2e.server import Server

UNIT, SECTION = "Phường Xuân Khanh", 1
SLOWDOWN = 4
STARTS, OPENINGS = 7, 5


def measure() -> dict[str, list[dict[str, Any]]]:
    """Enrol one phone, watch an edit travel, stop the server, and use the phone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvbench", ignore_cleanup_errors=True)))
        server = Server(folder, demo=True)
        server.start()
        stack.callback(server.stop)
        context = phone_browser(stack, folder)
        phone = Phone(context, server.url)
        phone.sign_in("canboa", PASSWORD)
        phone.ready_for(UNIT)
        traffic = _traffic(phone)
        phone.page.close()
        server.stop()
        offline = _offline(context, server.url)
    return {
        "Size of the field client": _sizes(),
        "The field client's traffic, as Chromium counts it": traffic,
        f"Without a network, at {SLOWDOWN}x CPU slowdown, ms": offline,
    }


def _sizes() -> list[dict[str, Any]]:
    dist = PROJECT / "offline_client" / "dist"
    shipped = [each for each in sorted(dist.rglob("*")) if each.suffix in {".js", ".css"}]
    files = [each for each in shipped if not each.name.startswith("preview-")]  # the desk's, on no phone
    rows = [{"file": each.name, "bytes": each.stat().st_size, "gzip -9": len(gzip.compress(each.read_bytes(), 9))}
            for each in files]  # fmt: skip
    page = (dist / "index.html").read_text(encoding="utf-8")
    first = [row for row in rows if str(row["file"]) in page]
    for name, some in (("before the first screen", first), ("all", rows)):
        sums = {column: sum(int(str(row[column])) for row in some) for column in ("bytes", "gzip -9")}
        rows = [*rows, {"file": name, **sums}]
    return rows


# --- with a network ---------------------------------------------------------------------------------------------


def _traffic(phone: Phone) -> list[dict[str, Any]]:
    seen: list[Request] = []
    phone.page.on("requestfinished", lambda request: seen.append(request) if "/api/" in request.url else None)
    phone.open_visit(UNIT)
    phone.section(SECTION)
    phone.page.wait_for_timeout(2_000)
    seen.clear()
    begun: list[Request] = []  # one that waits for news ends much later
    phone.page.on("request", lambda request: begun.append(request) if "/api/" in request.url else None)
    phone.page.wait_for_timeout(5_000)
    idle = _row("idle for 5 s with a visit open", list(seen)) | {"requests": len(begun)}
    seen.clear()
    phone.page.locator(".pair button[aria-pressed=false]").first.click()
    with phone.page.expect_response(lambda reply: "/push" in reply.url):
        pass
    phone.page.wait_for_timeout(2_000)
    edit = _row("one edit, all that follows it", list(seen))
    phone.open("sync")
    expect(phone.page.get_by_role("button", name="Gửi và nhận ngay")).to_be_enabled()
    phone.page.wait_for_timeout(2_000)
    seen.clear()
    phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    phone.page.wait_for_timeout(2_000)
    return [idle, edit, _row("nothing new, asked by hand", list(seen))]


def _row(what: str, requests: list[Request]) -> dict[str, Any]:
    sizes = [request.sizes() for request in requests]
    names = [request.url.split("?")[0].rsplit("/", 1)[-1] for request in requests]
    return {
        "what": what,
        "requests": len(requests),
        "up B": sum(each["requestHeadersSize"] + each["requestBodySize"] for each in sizes),
        "down B": sum(each["responseHeadersSize"] + each["responseBodySize"] for each in sizes),
        "which": " ".join(names),
    }


# --- without a network ------------------------------------------------------------------------------------------


def _offline(context: BrowserContext, url: str) -> list[dict[str, Any]]:
    context.new_page()  # the browser lives on while the others come and go
    starts, openings = [], []
    for number in range(STARTS):
        page = probed_page(context, SLOWDOWN)
        page.goto(f"{url}/field/")
        starts.append(page.evaluate("unit => probe.shown(() => probe.link(unit))", UNIT))
        if number < OPENINGS:
            link = page.get_by_role("link").filter(has_text=UNIT).first
            page.evaluate("unit => probe.awaitAfterClick('open', () => probe.visitIsOpen())", UNIT)
            link.click()
            openings.append(page.evaluate("() => probe.result('open')"))
        page.close()
    page = probed_page(context, SLOWDOWN)
    page.goto(f"{url}/field/")
    page.get_by_role("link").filter(has_text=UNIT).first.click()
    page.get_by_role("link").filter(has_text=f"{SECTION}.").first.click()
    painted, saved = tap_times(page)
    page.close()
    return [
        {"what": "first usable screen", **spread(starts)},
        {"what": "a visit opened", **spread(openings)},
        {"what": "tap to painted", **spread(painted)},
        {"what": "tap to saved (durable)", **spread(saved)},
    ]
