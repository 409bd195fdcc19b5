"""What travels until a form can be filled, in a browser that has nothing yet and no worker to fetch ahead.

offline_client/tests/first_load.test.ts weighs the files that the build lists; here Chromium says what it fetched.
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Response, expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.e2e.server import Server

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.e2e

LIMIT = 160_000
CODE = re.compile(r"/assets/[^/]+\.(?:js|css)$")
LATER = re.compile(r"/assets/(?:rest|extras|rosters)-")
MISSING = "Một phần ứng dụng chưa tải được"
BUILT = Path(__file__).parents[2] / "offline_client/dist/assets"
ALL_HERE = """names => names.every(name => performance.getEntriesByType('resource').some(
  entry => entry.name.endsWith('/assets/' + name) && entry.responseStatus === 200))"""


@pytest.fixture
def phone(browser: Browser, demo_server: Server) -> Iterator[Phone]:
    context = browser.new_context(
        service_workers="block", viewport={"width": 390, "height": 844}, has_touch=True, locale="vi-VN"
    )
    yield Phone(context, demo_server.url)
    context.close()


def test_a_form_needs_no_more_than_was_weighed_and_the_rest_follows(phone: Phone) -> None:
    fetched: list[Response] = []

    def note(response: Response) -> None:
        fetched.append(response)

    phone.page.on("response", note)
    phone.context.route(LATER, lambda route: route.abort())
    phone.sign_in("canboa", PASSWORD)
    phone.page.get_by_role("link").filter(has_text="Phường Xuân Khanh").first.click()
    phone.section(7)
    phone.say("duong-day-nong", "Có")
    code = [response for response in fetched if CODE.search(response.url)]
    weights = {response.url: len(gzip.compress(response.body(), 9)) for response in code}
    assert len(weights) > 5
    assert sum(weights.values()) <= LIMIT, weights

    # What does not come is told where it is wanted; a page loaded anew asks again.
    jump = phone.page.get_by_role("button", name="Đi tới nội dung")
    to_visit = phone.page.get_by_role("link", name="Về cuộc kiểm tra")
    summary = phone.page.get_by_role("link", name="Tổng hợp").first
    title = phone.page.get_by_role("heading", level=1)
    again = phone.page.get_by_role("button", name="Mở lại")
    jump.click()
    expect(phone.page.get_by_role("status").filter(has_text=MISSING)).to_be_visible()
    expect(again).to_be_visible()
    to_visit.click()
    phone.page.get_by_role("link").filter(has_text=re.compile(r"^1\.")).click()  # has a roster
    expect(title).to_have_text(MISSING)
    to_visit.click()
    summary.click()
    expect(title).to_have_text(MISSING)
    phone.context.unroute(LATER)
    again.click()
    expect(title).to_have_text("Tổng hợp và chốt")

    # Whoever fills a form has the rest of the visit in the page, whatever happens to the network.
    phone.page.reload()
    phone.section(1)
    rest = [file.name for file in BUILT.iterdir() if LATER.search(f"/assets/{file.name}")]
    phone.page.wait_for_function(ALL_HERE, arg=rest)
    phone.context.set_offline(True)
    jump.click()
    phone.page.get_by_role("dialog").get_by_role("link", name=re.compile("^1.1 ")).click()
    to_visit.click()
    summary.click()
    expect(title).to_have_text("Tổng hợp và chốt")
