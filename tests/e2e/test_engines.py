"""The core of the phone in the two other engines: answer, reload without a network, restart of the browser, sync.

Firefox ESR by Playwright; WebKit, the engine of every browser of an iPhone, by its own driver on a screen nobody sees
(`make engines` only: its driver is 74 MB; it passed 20 times in a row on an overloaded machine on 30 November 2026).
Neither is told that it is offline: the server is gone.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.e2e.phones import Phones
from tests.e2e.server import Server
from tests.e2e.test_survival import COMMENTS, HOTLINE, XUAN_KHANH, log_of, pressed

pytestmark = [
    pytest.mark.e2e,
    # Selenium's own driver for WebKitGTK calls its base class in a way that this one calls outdated.
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),
]

WRITTEN = [(f"item/{HOTLINE}", "yes", "acc"), (f"item/{COMMENTS}", "no", "acc")]


class FirefoxPhones(Phones):
    """The same phones with Firefox on them."""

    def switch_on(self, login: str) -> Phone:
        firefox = shutil.which("firefox-esr")
        assert firefox, "Firefox is missing: run `make test`, which installs it"
        context = self.playwright.firefox.launch_persistent_context(
            str(self.folder / f"firefox-{login}"),
            executable_path=firefox,
            channel="moz-firefox",
            viewport={"width": 390, "height": 844},
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        self.stack.callback(context.close)
        return Phone(context, self.server.url)


def test_firefox(playwright: Playwright, tmp_path: Path, demo_server: Server) -> None:
    with ExitStack() as open_phones:
        phones = FirefoxPhones(playwright, "", tmp_path, demo_server, open_phones)
        phone = phones.enrol("canboa", XUAN_KHANH)
        demo_server.stop()
        phone.open_visit(XUAN_KHANH)
        phone.section(7)
        phone.say(HOTLINE, "Có")
        phone.page.reload()
        pressed(phone, HOTLINE, "Có")
        phone.say(COMMENTS, "Không")

        phone.context.close()
        phone = phones.switch_on("canboa")
        phone.open_visit(XUAN_KHANH)
        phone.section(7)
        pressed(phone, HOTLINE, "Có")
        pressed(phone, COMMENTS, "Không")
        assert log_of(demo_server, "canboa") == []
        demo_server.start()
        phone.send_now()
        assert log_of(demo_server, "canboa") == WRITTEN


@pytest.fixture
def screen() -> Iterator[str]:
    """A display in memory."""
    told, telling = os.pipe()
    command = ["Xvfb", "-displayfd", str(telling), "-screen", "0", "800x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[telling], stderr=subprocess.DEVNULL) as server:
        os.close(telling)
        with os.fdopen(told) as number:
            display = number.readline().strip()
        yield f":{display}"
        server.terminate()


class WebKitPhone:
    """A person's phone with WebKit; it does and sees as little as the core needs."""

    def __init__(self, folder: Path, screen: str, url: str) -> None:
        options = Options()
        options.binary_location = "/usr/bin/python3"
        options.add_argument(str(Path(__file__).with_name("webkit_browser.py")))
        options.add_argument(str(folder))
        driver = Service("/usr/bin/WebKitWebDriver", env={**os.environ, "DISPLAY": screen})
        self.browser = WebKitGTK(options=options, service=driver)
        self.url = url

    def find(self, xpath: str) -> WebElement:
        def shown(browser: WebKitGTK) -> WebElement | None:
            return next((each for each in browser.find_elements(By.XPATH, xpath) if each.is_displayed()), None)

        found = WebDriverWait(self.browser, 30, ignored_exceptions=[Exception]).until(shown, xpath)
        assert found
        return found

    def press(self, xpath: str) -> None:
        self.find(xpath)
        # By the page itself: a finger on a moving list may miss, and this test is not about fingers.
        self.browser.execute_script("arguments[0].click()", self.find(xpath))

    def open(self, path: str = "") -> None:
        self.browser.get(f"{self.url}/field/{path}")

    def enrol(self, login: str, unit: str) -> None:
        self.open()
        for label, text in (("Tên đăng nhập", login), ("Mật khẩu", PASSWORD)):
            field = self.find(f"//label[normalize-space()='{label}']").get_attribute("for")
            self.find(f"//*[@id='{field}']").send_keys(text)
        self.press("//button[normalize-space()='Đăng nhập']")
        self.find(f"//a[contains(., '{unit}')][contains(., 'Sẵn sàng khi mất mạng')]")
        ready = "const done = arguments[0]; navigator.serviceWorker.ready.then((r) => done(r.active.scriptURL))"
        assert self.browser.execute_async_script(ready).endswith("/field/sw.js")

    def open_section(self, unit: str, number: int) -> None:
        self.open()
        self.press(f"//a[contains(., '{unit}')]")
        self.press(f"//a[starts-with(normalize-space(), '{number}.')]")

    def answer(self, item: str, word: str, pressed: str = "") -> str:
        return f"//*[@id='item-{item}']//button[normalize-space()='{word}']{pressed}"

    def say(self, item: str, word: str) -> None:
        self.press(self.answer(item, word))
        self.sees(item, word)
        WebDriverWait(self.browser, 30).until(lambda browser: "Đang lưu…" not in browser.page_source)

    def sees(self, item: str, word: str) -> None:
        self.find(self.answer(item, word, "[@aria-pressed='true']"))


@pytest.fixture
def switch_on(screen: str, tmp_path: Path, demo_server: Server) -> Iterator[Callable[[], WebKitPhone]]:
    with ExitStack() as running:

        def start() -> WebKitPhone:
            phone = WebKitPhone(tmp_path / "webkit", screen, demo_server.url)
            running.callback(phone.browser.quit)
            return phone

        yield start


@pytest.mark.engines
def test_webkit(switch_on: Callable[[], WebKitPhone], demo_server: Server) -> None:
    # Not what the colleague with Firefox may have answered before: a second press would take it back.
    phone = switch_on()
    phone.enrol("canbod", XUAN_KHANH)
    demo_server.stop()
    phone.open_section(XUAN_KHANH, 7)
    phone.say(HOTLINE, "Không")
    phone.browser.refresh()
    phone.sees(HOTLINE, "Không")
    phone.say(COMMENTS, "Có")
    # Left right after an answer, by an address: WebKit puts the page aside (store/aside.ts).
    phone.open("sync")
    phone.find("//button[normalize-space()='Gửi và nhận ngay']")

    phone.browser.quit()
    phone = switch_on()
    phone.open_section(XUAN_KHANH, 7)
    phone.sees(HOTLINE, "Không")
    phone.sees(COMMENTS, "Có")
    assert log_of(demo_server, "canbod") == []
    demo_server.start()
    phone.open("sync")
    phone.press("//button[normalize-space()='Gửi và nhận ngay']")
    phone.find("//*[contains(., 'Máy chủ đã có 2/2 thay đổi')]")
    assert log_of(demo_server, "canbod") == [(f"item/{HOTLINE}", "no", "acc"), (f"item/{COMMENTS}", "yes", "acc")]
