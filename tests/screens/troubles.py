"""What goes wrong with a phone, its browser and its person, and the ways out."""

import re
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from app.demo.story import PASSWORD
from tests.e2e.field import Phone
from tests.e2e.server import PROJECT
from tests.e2e.test_recovery import UPGRADE
from tests.e2e.test_tabs import forget, new_worker
from tests.screens.places import XUAN_KHANH
from tests.screens.sentences import COMMENTS, HOTLINE, PHOTOS, POSTED, answer, enrolled, photograph, says
from tests.screens.stage import Stage

FULL = "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"


def photo_refusals(stage: Stage) -> None:
    phone = enrolled(stage)
    phone.open_visit(XUAN_KHANH)
    phone.section(4)
    text = stage.folder / "ghi-chu.jpg"
    text.write_bytes(b"khong phai anh" * 1000)
    phone.card(POSTED).locator("input[type=file]").last.set_input_files(text)
    expect(phone.page.get_by_text("không phải ảnh đọc được")).to_be_visible()
    stage.take("photo-refused", "What was chosen is no picture", phone, show="p.problem")
    chosen = stage.folder / "IMG_0712.jpg"
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(chosen, quality=90)
    phone.page.evaluate(FULL)
    phone.card(POSTED).locator("input[type=file]").last.set_input_files(chosen)
    expect(phone.page.get_by_role("button", name="Lưu bản sao")).to_be_visible()
    stage.take("photo-unsaved", "The phone could not store it: it is not let go", phone, show="ul.wide-tool")
    phone.page.get_by_role("button", name="Bỏ ảnh").click()
    phone.page.get_by_role("button", name="Bỏ ảnh").click()
    phone.context.add_init_script("navigator.storage.estimate = async () => ({ quota: 9e9, usage: 8.98e9 })")
    phone.open()
    expect(phone.page.get_by_text("Máy sắp hết chỗ").first).to_be_visible()
    stage.take("photo-no-room", "Little room, as browsers tell it that do: photos are refused early", phone)


def session(stage: Stage) -> None:
    server, phone = stage.server, enrolled(stage)
    server.stop()
    answer(phone, HOTLINE, "Có")
    phone.open()
    stage.take("visits-offline", "The list without a network", phone)
    server.ask("UPDATE sessions SET ended_at = created_at")
    server.start()
    phone.open()
    expect(phone.page.get_by_role("link", name="Đăng nhập lại để gửi", exact=True)).to_be_visible()
    stage.take("session-ended", "The session has ended: work goes on, sending waits", phone)
    phone.page.get_by_role("link", name="Đăng nhập lại để gửi", exact=True).click()
    phone.page.get_by_label("Mật khẩu của canboa").fill("sai")
    phone.page.get_by_role("button", name="Đăng nhập").click()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    stage.take("session-wrong-password", "Signing in again with a wrong password", phone)
    phone.page.get_by_label("Mật khẩu của canboa").fill(PASSWORD)
    phone.page.get_by_role("button", name="Đăng nhập").click()
    expect(phone.page.get_by_label("Mật khẩu của canboa")).to_be_hidden()
    server.ask("UPDATE members SET removed_at = added_at WHERE user_id = (SELECT id FROM users WHERE login = 'canboa')")
    phone.open("sync")
    phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    phone.open()
    expect(phone.page.get_by_text("Không còn trong đoàn").first).to_be_visible()
    stage.take("visits-removed", "Removed from the delegation: what was written is kept and sent", phone)


def shared_phone(stage: Stage) -> None:
    server, phone = stage.server, enrolled(stage)
    phone.context.route("**/push*", lambda route: route.abort())
    answer(phone, HOTLINE, "Có")
    phone.open("sync")
    phone.page.get_by_role("button", name="Đăng xuất").click()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    stage.take("sign-out-unsent", "Signing out with unsent work: it stays locked here", phone, show="[role=alert]")
    phone.page.get_by_role("alert").get_by_role("button").click()
    expect(phone.page.get_by_text("chờ Cán bộ A")).to_be_visible()
    stage.take("sign-in-others", "A shared phone: another person's work waits here", phone, show="form")
    phone.sign_in("canbob", PASSWORD)
    stage.take("visits-others", "The same, signed in as somebody else", phone)
    phone.page.goto(f"{server.url}/field/recovery")
    expect(phone.page.get_by_role("button", name="Tải lại ứng dụng")).to_be_visible()
    stage.take("recovery-others", "Another person's work is not given out", phone)


def lost_database(stage: Stage) -> None:
    server, phone = stage.server, enrolled(stage)
    server.stop()
    answer(phone, HOTLINE, "Có")
    phone.say(COMMENTS, "Không")
    phone.page.wait_for_timeout(3000)  # the device notes how much was written a moment later
    page = phone.context.new_page()
    page.goto(f"{server.url}/field/recovery")
    phone.page.close()
    forget(page, lambda name: name != "congvu-device")
    phone.page = page
    phone.open()
    expect(page.get_by_role("alert")).to_contain_text("Trình duyệt đã xóa dữ liệu")
    stage.take("storage-lost", "The browser deleted the app's data: what is lost, and what to do", phone)


def recovery(stage: Stage) -> None:
    server = stage.server
    phone = stage.phone("empty")
    phone.page.goto(f"{server.url}/field/recovery")
    expect(phone.page.get_by_text("Chưa có ai")).to_have_count(0, timeout=1000)
    stage.take("recovery-empty", "The rescue page on a phone nobody used", phone)
    phone = enrolled(stage)
    server.stop()
    answer(phone, HOTLINE, "Có")
    photograph(stage, phone)
    open_tab = phone.page
    page = phone.context.new_page()
    page.goto(f"{server.url}/field/recovery")
    expect(page.get_by_role("button", name="Lưu ra tệp")).to_be_visible()
    stage.take("recovery", "The rescue page with unsent work", page)
    with page.expect_download():
        page.get_by_role("button", name="Lưu ra tệp").click()
    expect(page.get_by_role("status").get_by_text("Dữ liệu vẫn còn nguyên trên máy")).to_be_visible()
    stage.take("recovery-saved", "Saved to a file; nothing was taken away", page, show="[role=status]")
    page.get_by_role("button", name="Tải lại ứng dụng từ máy chủ").click()
    expect(page.get_by_text("Không có mạng nên chưa tải lại được")).to_be_visible()
    stage.take(
        "recovery-offline", "The app cannot be fetched anew without a network", page, show="p.small[role=status]"
    )
    page.evaluate(UPGRADE)
    expect(open_tab.get_by_text("Ứng dụng đã có bản mới trên máy này.")).to_be_visible()
    stage.take("newer-open", "A newer version changed the database under an open page", open_tab)
    open_tab.reload()
    expect(open_tab.get_by_role("alert")).to_contain_text("Ứng dụng đã có bản mới trên máy này.")
    stage.take("newer", "Older code does not touch a newer database", open_tab)


def unreadable(stage: Stage) -> None:
    """While the phone was off, the folder in which the browser keeps the app's databases was damaged for good."""
    phone = enrolled(stage)
    answer(phone, HOTLINE, "Có")
    phone.context.close()
    (kept,) = (stage.folder / "phone-canboa").glob("**/IndexedDB/*.leveldb")
    shutil.rmtree(kept)
    kept.write_bytes(b"not a folder")
    phone = stage.phone("canboa")
    phone.open()
    expect(phone.page.get_by_text("Không đọc được dữ liệu trên máy này.")).to_be_visible()
    stage.take("unreadable", "The phone's own data cannot be read", phone)


def new_version(stage: Stage) -> None:
    server = stage.server
    build = Path(shutil.copytree(PROJECT / "offline_client" / "dist", stage.folder / "build"))
    server.stop()
    server.settings["CONGVU_FIELD_CLIENT_DIR"] = str(build)
    server.start()
    phone = enrolled(stage)
    worker = build / "sw.js"
    worker.write_text(re.sub(r"(?<=\})[0-9a-f]{16}(?=`)", "0.2.0", worker.read_text("utf-8"), count=1), "utf-8")
    new_worker(phone.page)
    phone.open()
    expect(phone.page.get_by_text("Có bản mới.")).to_be_visible()
    stage.take("update", "A new version waits for a tap", phone)
    other = Phone(phone.context, phone.url)
    other.page = phone.context.new_page()
    other.open_visit(XUAN_KHANH)
    phone.page.get_by_role("button", name="Cập nhật").click()
    expect(phone.page.get_by_text("Một cuộc kiểm tra đang mở ở thẻ khác.")).to_be_visible()
    stage.take("update-waits", "Not while a visit is open in another tab", phone)


def lost_photo(stage: Stage) -> None:
    """A photo whose bytes this phone lost before they were sent."""
    phone = enrolled(stage)
    phone.open("sync")
    phone.page.get_by_role("button", name="Tạm dừng").click()
    photograph(stage, phone)
    phone.page.goto(f"{stage.server.url}/field/recovery")
    phone.page.evaluate(
        """() => indexedDB.databases().then(all => new Promise(done => {
          const request = indexedDB.open(all.map(each => each.name).find(name => /^congvu-(?!device)/.test(name)));
          request.onsuccess = () => {
            const gone = request.result.transaction('blobs', 'readwrite');
            gone.objectStore('blobs').clear();
            gone.oncomplete = () => { request.result.close(); done(); };
          };
        }))"""
    )
    phone.open("sync")
    phone.page.get_by_role("button", name="Gửi tiếp").click()
    phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    expect(phone.page.get_by_role("button", name="Gỡ ảnh").first).to_be_visible()
    stage.take("sentence-photos-refused", "A photo cannot be sent for good: its ways out", phone)


def ended_photo(stage: Stage) -> None:
    """A photo the server refuses, of somebody who has left and cannot take it away."""
    server, phone = stage.server, enrolled(stage)
    refused = {"code": "IMAGE_REFUSED", "message": "", "details": {}}
    phone.context.route(PHOTOS, lambda route: route.fulfill(status=422, json=refused))
    photograph(stage, phone)
    phone.open("sync")
    remove = phone.page.get_by_role("button", name="Gỡ ảnh")
    expect(remove).to_be_visible()
    server.ask("UPDATE members SET removed_at = added_at WHERE user_id = (SELECT id FROM users WHERE login = 'canboa')")
    phone.page.get_by_role("button", name="Gửi và nhận ngay").click()
    phone.open()
    expect(phone.page.get_by_text("Không còn trong đoàn").first).to_be_visible()
    phone.open("sync")
    remove.click()
    remove.click()
    alert = phone.page.get_by_role("alert")
    expect(alert).to_contain_text("Chưa gỡ được: bạn không còn trong đoàn.")
    stage.take(
        "photo-stays",
        "A photo that was refused (answered in the server's place) stays: why, and the way out",
        phone,
        show="[role=alert]",
    )
    phone.page.get_by_label("Lý do thôi gửi").fill("Tệp ảnh hỏng, đã chụp lại.")
    phone.page.get_by_role("button", name="Thôi gửi ảnh này").click()
    phone.context.unroute_all(behavior="ignoreErrors")
    server.run("archive", str(stage.folder / "archive"))
    says(stage, phone, "photos_ended", "xóa máy thì mất 1 ảnh", "It is on this phone alone, which wiping would lose")
    phone.page.get_by_role("button", name="Đăng xuất và xóa").click()
    stage.take("wipe-sure", "Wiping asks once more what it would lose", phone, show="button >> text=Xóa cả ảnh")
