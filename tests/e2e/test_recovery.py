"""The page that works when the app does not: unsent work is listed and saved to a file, nothing is changed."""

import base64
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.phones import Phones
from tests.e2e.server import Server

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.e2e

XUAN_KHANH = "Phường Xuân Khanh"
HOTLINE, COMMENTS = "duong-day-nong", "so-gop-y"

BREAK_THE_APP = """async () => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys())
      if (/first-.*[.]js$/.test(request.url))
        await cache.put(request, new Response('throw new Error("broken build")',
          {headers: {'Content-Type': 'text/javascript'}}));
  }
}"""

UPGRADE = """() => new Promise((resolve, reject) => {
  indexedDB.databases().then(all => {
    const name = all.map(each => each.name).find(name => /^congvu-(?!device)/.test(name));
    const request = indexedDB.open(name, 9990);
    request.onupgradeneeded = () => request.result.createObjectStore('from-the-future');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => { request.result.close(); resolve(name); };
  });
})"""


def write_offline(server: Server, phone: Phone, tmp_path: Path, hotline: str, comments: str) -> None:
    """Two answers, a photo and a draft that no server has."""
    picture = tmp_path / "bien.jpg"
    Image.effect_noise((800, 600), 60).convert("RGB").save(picture, quality=90)
    server.stop()
    phone.open_visit(XUAN_KHANH)
    phone.section(7)
    phone.say(HOTLINE, hotline)
    phone.say(COMMENTS, comments)
    phone.section(4)
    phone.photograph("linh-vuc-niem-yet", picture)


def save(page: Page) -> list[dict[str, Any]]:
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Lưu ra tệp").click()
    assert downloading.value.suggested_filename.startswith("congvu-canboa-")
    return [json.loads(line) for line in Path(downloading.value.path()).read_text("utf-8").splitlines()]


def holds_everything(lines: list[dict[str, Any]]) -> None:
    head, *rest, end = lines
    assert (head["format"], head["version"], head["login"]) == ("congvu-outbox", 1, "canboa")
    operations = [line for line in rest if line["t"] == "op"]
    paths = [json.loads(line["body"])["path"] for line in operations]
    assert paths[:2] == [f"item/{HOTLINE}", f"item/{COMMENTS}"]
    assert [line["ws"] for line in operations] == [1, 2, 3]
    (photo,) = [line for line in rest if line["t"] == "photo"]
    assert hashlib.sha256(base64.b64decode(photo["b64"])).hexdigest() == photo["sha256"]
    assert json.loads(operations[2]["body"])["val"]["sha256"] == photo["sha256"]
    assert end == {"t": "end", "ops": 3, "photos": 1}


def test_an_app_that_does_not_start_still_gives_up_its_unsent_work(
    demo_server: Server, demo_phones: Phones, tmp_path: Path
) -> None:
    phone = demo_phones.enrol("canboa", XUAN_KHANH)
    write_offline(demo_server, phone, tmp_path, "Có", "Không")
    phone.page.evaluate(BREAK_THE_APP)
    phone.context.close()  # what a page has in memory is not asked for again
    phone = demo_phones.switch_on("canboa")
    phone.page.goto(f"{demo_server.url}/field/")
    phone.page.get_by_role("link", name="Cứu dữ liệu chưa gửi").click()
    expect(phone.page.get_by_role("heading", name="Cứu dữ liệu chưa gửi")).to_be_visible()
    expect(phone.page.get_by_text(f"{XUAN_KHANH}: 3 thay đổi, 1 ảnh")).to_be_visible()
    holds_everything(save(phone.page))
    expect(phone.page.get_by_role("status").get_by_text("Dữ liệu vẫn còn nguyên trên máy")).to_be_visible()

    # Without a network the way back to a fresh build is not taken: the app that is there would be gone.
    phone.page.get_by_role("button", name="Tải lại ứng dụng từ máy chủ").click()
    expect(phone.page.get_by_text("Không có mạng nên chưa tải lại được")).to_be_visible()
    demo_server.start()
    phone.page.get_by_role("button", name="Tải lại ứng dụng từ máy chủ").click()
    expect(phone.page.get_by_role("heading", name="Cuộc kiểm tra của tôi")).to_be_visible()
    phone.send_now()


def kept_by_the_desk(server: Server, browser: Browser, lines: list[dict[str, Any]], file: Path) -> None:
    """The administrator imports the file: everything in it is held for the lead, once."""
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    desk = Desk(browser, server.url, "quantri", PASSWORD)
    try:
        desk.go("/devices/import")
        desk.page.get_by_label("Tệp dự phòng").set_input_files(file)
        desk.button("Xem trước")
        desk.says("3 thay đổi mới")
        desk.says("1 ảnh mới")
        desk.says("Thẻ của máy hợp lệ")
        desk.button("Xác nhận nhập")
        desk.says("3 thay đổi được giữ lại")
    finally:
        desk.context.close()
    with closing(sqlite3.connect(server.data_dir / "congvu.sqlite3", timeout=20)) as database:
        held = database.execute("SELECT body FROM entries WHERE why = 'DROPPED_OFF' ORDER BY n").fetchall()
    bodies = [body if isinstance(body, str) else body.decode() for (body,) in held]
    assert bodies == [line["body"] for line in lines if line.get("t") == "op"]


def test_older_code_does_not_touch_a_newer_database_and_the_desk_imports_the_saved_work(
    demo_server: Server, demo_phones: Phones, browser: Browser, tmp_path: Path
) -> None:
    phone = demo_phones.enrol("canboa", XUAN_KHANH)
    write_offline(demo_server, phone, tmp_path, "Không", "Có")
    # A second tab of newer code asks for the upgrade: this one lets go and says what to do.
    other = phone.context.new_page()
    other.goto(f"{demo_server.url}/field/recovery")
    other.evaluate(UPGRADE)
    expect(phone.page.get_by_text("Ứng dụng đã có bản mới trên máy này.")).to_be_visible()
    phone.page.get_by_role("button", name="Mở lại").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("Ứng dụng đã có bản mới trên máy này.")
    phone.page.get_by_role("link", name="Cứu dữ liệu chưa gửi").click()
    lines = save(phone.page)
    holds_everything(lines)
    demo_server.start()
    kept_by_the_desk(demo_server, browser, lines, tmp_path / "congvu-canboa.txt")
