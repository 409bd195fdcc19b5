"""Two tabs of one person, a new version in the middle of an edit, and databases the browser threw away."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.field import Phone
from tests.e2e.phones import Phones
from tests.e2e.server import PROJECT, Server

pytestmark = pytest.mark.e2e

XUAN_KHANH = "Phường Xuân Khanh"
HOTLINE, COMMENTS = "duong-day-nong", "so-gop-y"


class UpdatableServer(Server):
    """Serves a copy of the build, so that a test can publish a newer one."""

    def __init__(self, data_dir: Path, build: Path) -> None:
        super().__init__(data_dir)
        self.build = build

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "CONGVU_FIELD_CLIENT_DIR": str(self.build)}

    def publish(self, version: str) -> None:
        """Every script gets another name and the old ones are gone, as after a deployment."""
        names = {path.name: f"{path.stem}X{path.suffix}" for path in (self.build / "assets").glob("*.js")}
        for path in [*self.build.glob("*.*"), *(self.build / "assets").glob("*.*s")]:
            if path.suffix not in {".html", ".js"}:
                continue
            text = path.read_text("utf-8")
            for old, new in names.items():
                text = text.replace(old, new)
            text = text.replace("0.1.0", version)
            if path.name == "sw.js":
                text, named = re.subn(r"(?<=\})[0-9a-f]{16}(?=`)", version, text, count=1)
                assert named == 1, "the worker's cache has no name of its own"
            path.with_name(names.get(path.name, path.name)).write_text(text, "utf-8")
        for old in names:
            (self.build / "assets" / old).unlink()


@pytest.fixture
def server(demo_data: Path, tmp_path: Path) -> Iterator[UpdatableServer]:
    build = Path(shutil.copytree(PROJECT / "offline_client" / "dist", tmp_path / "build"))
    running = UpdatableServer(Path(shutil.copytree(demo_data, tmp_path / "data")), build)
    running.start()
    yield running
    running.stop()


def ask(server: Server, question: str) -> list[Any]:
    with closing(sqlite3.connect(server.data_dir / "congvu.sqlite3", timeout=20)) as database:
        return database.execute(question).fetchall()


def written(server: Server) -> list[tuple[dict[str, Any], str, int]]:
    """Body, writer and place of what phones wrote, in the order of the log."""
    rows = ask(server, "SELECT body, writer, ws FROM entries ORDER BY visit_id, n")
    return [(body, writer, ws) for raw, writer, ws in rows if (body := json.loads(raw))["app"] != "demo"]


def tab(phone: Phone) -> Phone:
    """A second tab of the same browser."""
    second = Phone(phone.context, phone.url)
    second.page = phone.context.new_page()
    return second


def at_comments(phone: Phone) -> None:
    phone.open_visit(XUAN_KHANH)
    phone.section(7)


def is_pressed(phone: Phone, item: str, word: str) -> None:
    button = phone.card(item).get_by_role("button", name=word, exact=True).first
    expect(button).to_have_attribute("aria-pressed", "true")


def test_two_tabs_are_one_writer_and_each_replaces_only_what_it_showed(server: UpdatableServer, phones: Phones) -> None:
    first = phones.enrol("canboa", XUAN_KHANH)
    second = tab(first)
    server.stop()
    at_comments(first)
    at_comments(second)
    first.say(HOTLINE, "Có")
    is_pressed(second, HOTLINE, "Có")  # told by the other tab: nothing was reloaded and there is no network
    second.say(COMMENTS, "Không")
    is_pressed(first, COMMENTS, "Không")

    # Both begin to write the same note before either is saved.
    for each in (first, second):
        each.card(HOTLINE).get_by_role("button", name="Ghi chú").click()
    boxes = [each.card(HOTLINE).get_by_label("Ghi chú") for each in (first, second)]
    boxes[1].press_sequentially("Ghi ở thẻ hai")
    boxes[0].fill("Ghi ở thẻ một")
    boxes[0].blur()
    first.saved()
    boxes[1].blur()
    second.saved()
    expect(second.card(HOTLINE).get_by_text("Các thành viên trả lời khác nhau. Không câu nào bị mất.")).to_be_visible()

    server.start()
    first.send_now()
    log = written(server)
    assert [ws for _, _, ws in log] == [1, 2, 3, 4]
    assert len({writer for _, writer, _ in log}) == 1
    notes = [body for body, _, _ in log if body["path"] == f"item/{HOTLINE}/note"]
    assert [(note["val"], note["par"]) for note in notes] == [("Ghi ở thẻ một", []), ("Ghi ở thẻ hai", [])]


def test_what_one_tab_puts_away_is_in_no_other_any_more(phones: Phones) -> None:
    first = phones.enrol("canboa", XUAN_KHANH)
    second = tab(first)
    at_comments(first)
    first.card(HOTLINE).get_by_role("button", name="Trao đổi").click()
    box = first.card(HOTLINE).get_by_label("Viết cho các thành viên")
    box.fill("Bàn số 7 chưa có biển")
    expect(first.page.get_by_role("link", name=re.compile("phần viết dở"))).to_be_visible()  # stored and counted
    second.open("sync")
    second.page.get_by_role("button", name="Bỏ phần viết dở").click()
    second.page.get_by_role("button", name="Bỏ phần viết dở").click()
    expect(second.page.get_by_text("phần viết dở chỉ ở trên máy này")).to_have_count(0)
    expect(box).to_have_count(0)
    first.card(HOTLINE).get_by_role("button", name="Trao đổi").click()
    expect(box).to_have_value("")


def new_worker(page: Page) -> None:
    """The browser looks for a new version now, and has it ready."""
    page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration('/field/');
          await registration.update();
          for (let i = 0; i < 200 && !registration.waiting; i += 1) await new Promise(done => setTimeout(done, 50));
          if (!registration.waiting) throw new Error('no new worker');
        }"""
    )


def test_a_new_version_in_the_middle_of_an_edit_waits_and_loses_nothing(
    server: UpdatableServer, phones: Phones
) -> None:
    phone = phones.enrol("canboa", XUAN_KHANH)
    at_comments(phone)
    phone.say(HOTLINE, "Có")
    phone.card(HOTLINE).get_by_role("button", name="Ghi chú").click()
    note = phone.card(HOTLINE).get_by_label("Ghi chú")
    note.press_sequentially("Đang gõ dở")
    server.publish("0.2.0")
    new_worker(phone.page)

    other = tab(phone)
    other.open()  # still the version before: the new one waits
    expect(other.page.get_by_text("Có bản mới.")).to_be_visible()
    other.page.get_by_role("button", name="Cập nhật").click()
    expect(other.page.get_by_text("Một cuộc kiểm tra đang mở ở thẻ khác.")).to_be_visible()
    expect(note).to_be_focused()
    expect(note).to_have_value("Đang gõ dở")
    note.press_sequentially(", gõ tiếp")
    note.blur()
    phone.saved()

    phone.page.get_by_role("link", name="Về cuộc kiểm tra").click()
    phone.page.get_by_role("link", name="Về danh sách").click()
    phone.page.get_by_role("button", name="Cập nhật").click()
    offered = phone.page.get_by_text("Có bản mới.")
    slow = phone.page.get_by_text("Trình duyệt chưa đổi sang bản mới.")
    for _ in range(60):
        if offered.is_hidden() or slow.is_visible():
            break
        phone.page.wait_for_timeout(500)
    # On a busy machine Chromium lets one in twenty wait for minutes: then the app says so, and nothing is lost either.
    changed = offered.is_hidden()
    assert changed or slow.is_visible()
    phone.send_now()
    cells = {body["path"]: body["val"] for body, _, _ in written(server)}
    assert cells == {f"item/{HOTLINE}": "yes", f"item/{HOTLINE}/note": "Đang gõ dở, gõ tiếp"}
    if not changed:
        return
    expect(phone.page.get_by_text("0.2.0")).to_be_visible()

    # The tab that was not reloaded still finds the parts of its own version, which no server has any more.
    other.page.get_by_role("link", name="Đồng bộ và cài đặt").click()
    expect(other.page.get_by_text("0.1.0")).to_be_visible()
    other.page.get_by_role("button", name="English").click()
    expect(other.page.get_by_role("heading", name="Sync and settings")).to_be_visible()
    # It is offered the version that is here already: only its page has to change.
    other.page.get_by_role("button", name="Update", exact=True).click()
    expect(other.page.get_by_text("0.2.0")).to_be_visible()


def forget(page: Page, which: Callable[[str], bool]) -> None:
    """The browser throws databases away, as it may; cookies stay."""
    names = page.evaluate("async () => (await indexedDB.databases()).map(each => each.name)")
    for name in filter(which, names):
        page.evaluate(
            """name => new Promise((resolve, reject) => {
              const request = indexedDB.deleteDatabase(name);
              request.onsuccess = resolve;
              request.onerror = reject;
            })""",
            name,
        )


def remembered(page: Page, minted: int) -> None:
    """The device knows how much was written; it notes it a moment after each edit."""
    look = """() => new Promise(resolve => {
      const request = indexedDB.open('congvu-device');
      request.onsuccess = () => {
        const all = request.result.transaction('meta').objectStore('meta').getAll();
        all.onsuccess = () => {
          request.result.close();
          resolve(all.result.filter(row => row.key.startsWith('holding/')).map(row => row.value.minted));
        };
      };
    })"""
    for _ in range(200):
        if page.evaluate(look) == [minted]:
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate(look))


def evict(context: BrowserContext, server: Server, which: Callable[[str], bool]) -> Page:
    page = context.new_page()
    page.goto(f"{server.url}/field/recovery")
    for other in context.pages:
        if other is not page:
            other.close()
    forget(page, which)
    return page


def incidents(server: Server) -> list[tuple[str, Any]]:
    return ask(server, "SELECT kind, detail FROM incidents ORDER BY received_at")


def test_a_person_whose_database_was_deleted_hears_what_was_lost_and_the_server_too(
    server: UpdatableServer, phones: Phones
) -> None:
    phone = phones.enrol("canboa", XUAN_KHANH)
    server.stop()
    at_comments(phone)
    phone.say(HOTLINE, "Có")
    phone.say(COMMENTS, "Không")
    remembered(phone.page, minted=2)
    phone.page = evict(phone.context, server, lambda name: name != "congvu-device")
    phone.open()
    alert = phone.page.get_by_role("alert")
    expect(alert).to_contain_text("Trình duyệt đã xóa dữ liệu của ứng dụng trên máy này.")
    expect(alert).to_contain_text("2 thay đổi và 0 ảnh chưa gửi có thể đã mất")
    server.start()
    phone.open("sync")
    phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    expect(phone.page.get_by_text("Chưa có thay đổi nào của bạn trên máy này.")).to_be_visible()
    ((kind, detail),) = incidents(server)
    assert kind == "storage_lost"
    assert json.loads(detail) == {"how": "recreated", "minted": 2, "pending_ops": 2, "pending_blobs": 0}
    phone.page.get_by_role("button", name="Đã hiểu").click()
    expect(phone.page.get_by_role("alert")).to_have_count(0)  # gone once that is stored
    phone.open()
    expect(phone.page.get_by_role("link").filter(has_text=XUAN_KHANH)).to_be_visible()
    expect(phone.page.get_by_role("alert")).to_have_count(0)


def test_a_browser_that_forgot_everything_is_recognised_by_the_server(
    server: UpdatableServer, phones: Phones, tmp_path: Path
) -> None:
    picture = tmp_path / "bien.jpg"
    Image.effect_noise((400, 300), 60).convert("RGB").save(picture, quality=90)
    phone = phones.enrol("canboa", XUAN_KHANH)
    phone.context.route("**/blobs", lambda route: route.abort())
    phone.open_visit(XUAN_KHANH)
    phone.section(4)
    phone.photograph("linh-vuc-niem-yet", picture)
    phone.open("sync")
    expect(phone.page.get_by_text(re.compile(r"Máy chủ đã có 1/1 thay đổi; .*1 ảnh")).first).to_be_visible()
    phone.page = evict(phone.context, server, lambda _name: True)
    phone.open()
    alert = phone.page.get_by_role("alert")
    expect(alert).to_contain_text("Lần cuối máy chủ liên lạc được")
    expect(alert).to_contain_text("0 thay đổi và 1 ảnh chưa gửi")
    assert [kind for kind, _ in incidents(server)] == ["storage_lost"]
