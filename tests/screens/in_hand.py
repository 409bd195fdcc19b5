"""What opens under the finger while a visit is filled in, closed and signed: dialogs, photos, boards, signatures."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.server import PROJECT
from tests.screens.places import SON_LOC, XUAN_KHANH, close_again
from tests.screens.sentences import HOTLINE, POSTED
from tests.screens.stage import Stage

DESKS, UPDATED, CONTESTED = "bien-de-ban", "ngay-cap-nhat-niem-yet", "noi-quy-niem-yet"


def chapter(stage: Stage) -> None:
    """One lead, one visit, from the first section to the refused signature."""
    publish_corrected(stage, stage.desktop())
    phone = stage.phone("lead")
    phone.sign_in("truongdoan", PASSWORD)
    phone.ready_for(XUAN_KHANH)
    phone.open_visit(XUAN_KHANH)
    moving_on(stage, phone)
    filling(stage, phone)
    photographing(stage, phone)
    team(stage, phone)
    signing(stage, phone)


def publish_corrected(stage: Stage, browser: Browser) -> None:
    """The checklist's second version: one item is put otherwise, under a key of its own."""
    file = stage.folder / "v2.yaml"
    text = (PROJECT / "checklists" / "mot-cua-cap-xa" / "v1.yaml").read_text(encoding="utf-8")
    corrected = text.replace("version: 1", "version: 2", 1).replace(f"key: {UPDATED}", f"key: {UPDATED}-2", 1)
    file.write_text(corrected, encoding="utf-8")
    admin = Desk(browser, stage.server.url, "quantri", PASSWORD)
    admin.publish_checklist(file)
    admin.says(re.compile("Đã xuất bản"))
    admin.context.close()


def moving_on(stage: Stage, phone: Phone) -> None:
    look = phone.page.get_by_role("link", name="Xem thay đổi")
    expect(look).to_be_visible()
    look.click()
    expect(phone.page.get_by_label("Lý do chuyển")).to_be_visible()
    stage.take("repin", "The checklist was corrected: what is kept, asked anew, put aside", phone)
    phone.page.get_by_role("link", name="Về cuộc kiểm tra").click()


def filling(stage: Stage, phone: Phone) -> None:
    page = phone.page
    phone.section(1)
    page.get_by_role("button", name="Đi tới nội dung").click()
    stage.take("jump", "Every item with its state; a tap goes there", phone)
    page.get_by_role("button", name="Đóng", exact=True).click()
    board = phone.card(DESKS).get_by_role("button", name="Bảng nhanh")
    if board.get_attribute("aria-pressed") == "false":
        board.click()
    stage.take("roster-board", "All are fine; the exceptions are tapped", phone, show=f"#item-{DESKS} .tile")
    phone.section(3)
    stage.take("contested-card", "Two answers to one item, where it is asked", phone, show=f"#item-{CONTESTED}")
    phone.section(4)
    phone.card(UPDATED).get_by_role("button", name="Không áp dụng").click()
    expect(page.get_by_label("Vì sao không áp dụng?")).to_be_visible()
    stage.take("not-applicable", "What does not apply here, always with a reason", phone)
    page.get_by_role("button", name="Đóng", exact=True).click()


def photographing(stage: Stage, phone: Phone) -> None:
    page, picture = phone.page, stage.folder / "bien.jpg"
    board(picture)
    phone.photograph(POSTED, picture)
    stage.take("photo-taken", "A photo was saved a moment ago", phone, show=f"#item-{POSTED} .taken")
    page.get_by_role("button", name="Đóng dòng này").click()
    phone.card(POSTED).get_by_role("button", name=re.compile("^Ảnh ")).last.click()
    expect(page.get_by_label("Mô tả ảnh")).to_be_visible()
    stage.take("photo", "A photo, whole, with its time, place and words", phone)
    page.get_by_role("dialog").get_by_role("button", name="Che mặt, đánh dấu").click()
    canvas = page.get_by_label("Ảnh để vẽ lên")
    expect(canvas).to_be_visible()
    draw(page, canvas)
    stage.take("annotator", "A face is covered before anybody else sees the photo", phone)
    page.get_by_role("button", name="Lưu thành ảnh mới").click()
    expect(page.get_by_text("Đã che khuôn mặt hoặc giấy tờ từ ảnh gốc")).to_be_visible()
    page.get_by_role("button", name="Đóng", exact=True).click()


def board(picture: Path) -> None:
    Image.linear_gradient("L").resize((1600, 1200)).convert("RGB").save(picture, quality=90)


def draw(page: Page, canvas: Locator) -> None:
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6, steps=4)
    page.mouse.up()


def team(stage: Stage, phone: Phone) -> None:
    page = phone.page
    phone.section(7)
    phone.comment(HOTLINE, "Số máy này không ai nghe; ai gọi lại giúp?")
    stage.take("comment", "A comment for the team, in no minutes", phone, show=f"#item-{HOTLINE}-thread-body")
    page.get_by_role("link", name="Về cuộc kiểm tra").click()
    page.get_by_role("link", name="Phân công và theo dõi đoàn").click()
    page.get_by_role("link", name=re.compile("Cán bộ A")).first.click()
    expect(page.get_by_text("nội dung đang mang câu trả lời của người này")).to_be_visible()
    stage.take("member", "Who answered what: one member's items", phone)


def signing(stage: Stage, phone: Phone) -> None:
    page = phone.page
    phone.open_visit(XUAN_KHANH)
    page.get_by_role("link", name="Tổng hợp và chốt").first.click()
    expect(page.get_by_role("heading", name="Chốt biên bản")).to_be_visible()
    expect(page.get_by_text("Đang hỏi máy chủ")).to_have_count(0)
    stage.take("close", "Closing asks for reasons, each with what is missing", phone, show="#close-title")
    phone.open_visit(SON_LOC)
    page.goto(f"{page.url}/sign")
    close_again(phone)
    page.get_by_role("button", name="Đã đọc xong, sang bước ký").click()
    page.get_by_label("Họ và tên").fill("Cán bộ D")
    page.get_by_label("Chức vụ").fill("Phó Chủ tịch")
    stage.take("sign-unit", "The unit's representative signs by hand", phone, show="[aria-label^='Khung ký']")
    page.get_by_label("Đại diện đơn vị từ chối ký").check()
    stage.take("sign-refused", "Or refuses, before a witness who signs", phone, show="[aria-label^='Khung ký']")
