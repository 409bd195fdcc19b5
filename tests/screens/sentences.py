"""The state of a person's work in one sentence (state/sentence.ts), each brought about and read on the sync screen."""

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Route, expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.screens.places import XUAN_KHANH
from tests.screens.stage import Stage, StagedServer, held
from tests.simulation.clusters import Disk

HOTLINE, COMMENTS, POSTED = "duong-day-nong", "so-gop-y", "linh-vuc-niem-yet"
PUSHES, PHOTOS = re.compile(r"/api/sync/v1/visits/[^/]+/push"), re.compile(r"/api/sync/v1/.*blobs")


def enrolled(stage: Stage, login: str = "canboa", disk: Path | None = None) -> Phone:
    phone = stage.phone(login, disk)
    phone.sign_in(login, PASSWORD)
    phone.ready_for(XUAN_KHANH)
    return phone


def answer(phone: Phone, item: str, word: str, section: int = 7) -> None:
    phone.open_visit(XUAN_KHANH)
    phone.section(section)
    phone.say(item, word)


def photograph(stage: Stage, phone: Phone) -> None:
    picture = stage.folder / "bien.jpg"
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(picture, quality=90)
    phone.open_visit(XUAN_KHANH)
    phone.section(4)
    phone.photograph(POSTED, picture)


def says(stage: Stage, phone: Phone, code: str, words: str, title: str, *, now: bool = True) -> None:
    """Go to the sync screen, wait for the sentence and take it."""
    phone.open("sync")
    if now:
        phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    expect(phone.page.locator(".state").filter(has_text=re.compile(words))).to_be_visible()
    stage.take(f"sentence-{code.replace('_', '-')}", title, phone)


def refusal(status: int) -> Callable[[Route], None]:
    """What a server of another version, or one that knows better, would answer."""
    return lambda route: route.fulfill(status=status, json={"code": "X", "message": ""})


def answers(stage: Stage) -> None:
    server, phone = stage.server, enrolled(stage)
    says(stage, phone, "nothing", "Chưa có thay đổi nào", "Nothing was written on this phone")
    server.stop()
    answer(phone, HOTLINE, "Có")
    answer(phone, COMMENTS, "Không")
    says(stage, phone, "offline", "chờ mạng", "Saved here, waiting for a network")
    with held(phone, PUSHES):
        server.start()
        says(stage, phone, "sending", "Đang gửi 2", "Being sent (the line is slow)", now=False)
    for status, code, words, title in (
        (
            426,
            "upgrade",
            "Ứng dụng đã cũ",
            "This app is too old for the server (answered in its place: there is no newer)",
        ),
        (400, "bad_envelope", "không nhận gói", "The server does not understand what was sent (answered in its place)"),
        (404, "no_such_visit", "không cho mở", "The server does not know this visit any more (answered in its place)"),
    ):
        phone.context.route(PUSHES, refusal(status))
        says(stage, phone, code, words, title)
        phone.context.unroute_all(behavior="ignoreErrors")

    for name, wrong, right, words, title in (
        ("server", "ALTER TABLE heads RENAME TO heads_gone", "ALTER TABLE heads_gone RENAME TO heads",
         "Máy chủ đang gặp lỗi", "The server fails (a table of its database is gone)"),
        ("login", "UPDATE sessions SET ended_at = created_at", "UPDATE sessions SET ended_at = NULL",
         "Cần đăng nhập lại", "The session has ended"),
        ("device_revoked", "UPDATE devices SET revoked_at = '2026-01-01 00:00:00.000000'",
         "UPDATE devices SET revoked_at = NULL",
         "bị thu hồi", "The device was revoked on the desk"),
    ):  # fmt: skip
        server.ask(wrong)
        says(stage, phone, name, words, title)
        server.ask(right)
    phone.send_now()
    server.stop()
    server.settings["CONGVU_OPS_PER_DAY"] = "1"  # less than the day has brought already
    server.start()
    answer(phone, HOTLINE, "Không")
    says(stage, phone, "limit", "mức gửi trong ngày", "This device has sent its share of the day")
    server.settings.clear()
    server.stop()
    server.start()
    with closing(enrolled(stage, "canbob").context):
        pass  # a phone that has read the log, and is off when the server asks everybody to report
    server.stop()
    server.run("restored", "--reason", "Ổ đĩa hỏng, khôi phục từ bản sao lưu")
    server.start()
    says(stage, phone, "recovering", "đang khôi phục", "The server was restored and waits for the phones")


def photos(stage: Stage) -> None:
    server, phone = stage.server, enrolled(stage)
    phone.open("sync")
    phone.page.get_by_role("button", name="Tạm dừng").click()
    photograph(stage, phone)
    says(stage, phone, "photos_paused", "tạm dừng", "Photos are paused by hand")
    server.stop()
    phone.page.get_by_role("button", name="Gửi tiếp").click()
    says(stage, phone, "photos_offline", "ảnh chờ mạng", "Answers are on the server, a photo waits for a network")
    with held(phone, PHOTOS):
        server.start()
        says(stage, phone, "photos_sending", "đang gửi 1 ảnh", "A photo is being sent", now=False)
    says(stage, phone, "sent", "có thể tắt máy", "The server has everything: the phone may be switched off")
    server.stop()
    ((sent,),) = server.ask("SELECT max(photos) FROM daily_use")
    server.settings["CONGVU_PHOTOS_PER_DAY"] = str(sent)
    server.start()
    photograph(stage, phone)
    says(stage, phone, "photos_limit", "đã đủ số ảnh trong ngày", "This device has sent its photos of the day")
    server.settings.clear()
    server.stop()
    server.start()
    phone.send_now()
    server.run("archive", str(stage.folder / "archive"))
    says(stage, phone, "safe", "xóa máy an toàn", "It is in the off-site backup too: the phone may be wiped")
    phone.open_visit(XUAN_KHANH)
    phone.section(4)
    phone.card(POSTED).get_by_role("button", name="Trao đổi").click()
    phone.card(POSTED).get_by_label("Viết cho các thành viên").fill("Bàn số 7 chưa có biển; hỏi lại anh Sơn.")
    phone.page.get_by_role("link", name="Mở trang đồng bộ").click()
    says(stage, phone, "drafts", "viết dở", "A comment is half written: it is on this phone only")


def on_this_phone(stage: Stage) -> None:
    disk = Disk.made(4096)  # on a smaller one a browser is taken for a private window
    stage.open.callback(disk.remove)
    server, phone = stage.server, enrolled(stage, disk=disk.path)
    server.stop()
    phone.open_visit(XUAN_KHANH)
    phone.section(7)
    other = phone.context.new_page()
    other.goto(f"{server.url}/field/recovery")
    other.evaluate(HOLD)
    phone.card(HOTLINE).get_by_role("button", name="Có", exact=True).click()
    stage.take("saving", "Being written to the phone's own store (another tab holds it)", phone)
    other.close()
    phone.saved()
    ballast = disk.fill()
    unsaved = phone.page.get_by_text("CHƯA LƯU").first
    for n in range(40):  # what the browser had set aside on the disk before still takes a few
        phone.card(COMMENTS).get_by_role("button", name=("Không", "Có")[n % 2], exact=True).click()
        phone.page.wait_for_timeout(300)
        if unsaved.is_visible():
            break
    expect(unsaved).to_be_visible()
    stage.take("not-saved", "The phone is full: NOT SAVED, beside the answer and in the bar", phone)
    server.start()
    says(stage, phone, "storage", "không ghi được", "What arrives cannot be stored: the phone is full")
    ballast.unlink()


HOLD = """() => new Promise(resolve => {
  indexedDB.databases().then(all => {
    const name = all.map(each => each.name).find(name => /^congvu-(?!device)/.test(name));
    const request = indexedDB.open(name);
    request.onsuccess = () => {
      const stores = [...request.result.objectStoreNames];
      const store = request.result.transaction(stores, 'readwrite').objectStore(stores[0]);
      const on = () => { store.count().onsuccess = on; };
      on();
      resolve(name);
    };
  });
})"""


def broken_chain(stage: Stage) -> None:
    """Somebody changes an old entry on the server, past the server."""
    phone = stage.phone("canbob")
    change_an_entry(stage.server)
    phone.sign_in("canbob", PASSWORD)
    says(stage, phone, "chain_broken", "không khớp", "An old entry was changed on the server: this phone noticed")


def change_an_entry(server: StagedServer) -> None:
    for (name,) in server.ask("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entries'"):
        server.ask(f"DROP TRIGGER {name}")  # its own safeguard against this
    old = """SELECT min(old.n) FROM entries AS old
             WHERE old.visit_id = entries.visit_id AND CAST(old.body AS TEXT) LIKE '%"val":"yes"%'"""
    # replace() makes a text of what it is given, and the column holds bytes.
    changed = """CAST(replace(CAST(body AS TEXT), '"val":"yes"', '"val":"no"') AS BLOB)"""
    server.ask(f"UPDATE entries SET body = {changed} WHERE n = ({old})")
