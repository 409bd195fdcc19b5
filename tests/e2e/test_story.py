"""The story of the scenario, played by people in real browsers against a real server: from the campaign to the repair.

One test, because each act builds on the one before; its parts are functions that read as the scenario does.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import flask_migrate
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Playwright, expect

from app import create_app
from app.accounts.commands import seed_units
from app.demo.story import PASSWORD, Story
from app.extensions import db
from app.transactions import own_transaction
from config import Settings
from tests.e2e.desk import Desk
from tests.e2e.field import Phone
from tests.e2e.papers import minutes_said
from tests.e2e.phones import Phones
from tests.e2e.server import PROJECT, Server, today

PHOTOS = PROJECT / "app" / "demo" / "photos"
TITLE = "Kiểm tra công vụ, cải cách hành chính"
SON_LOC, LE_LOI, NGO_QUYEN = "Phường Sơn Lộc", "Phường Lê Lợi", "Phường Ngô Quyền"
COMMENT = "Biển cổng phụ đã cũ, nhờ trưởng đoàn xem thêm"
RULES = "noi-quy-niem-yet"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on which only the units and the people of the scenario exist."""
    data = tmp_path / "data"
    app = create_app(Settings(data_dir=data, argon2_time_cost=1, argon2_memory_kib=1024))
    with app.app_context():
        flask_migrate.upgrade()
        with own_transaction():
            seed_units()
        Story(today()).add_units_and_people()
        db.session.remove()
        db.engine.dispose()
    running = Server(data)
    running.forked = False  # the command as it is typed
    running.start()
    yield running
    running.stop()


@pytest.fixture
def phones(playwright: Playwright, chromium_path: str, tmp_path: Path, server: Server) -> Iterator[Phones]:
    with ExitStack() as open_phones:
        yield Phones(playwright, chromium_path, tmp_path, server, open_phones)
        server.stop()  # so that nothing is sent while the browsers close


@pytest.mark.e2e
def test_the_story(server: Server, phones: Phones, browser: Browser) -> None:
    plan_the_campaign(server, browser)
    lead = phones.enrol("truongdoan", SON_LOC, LE_LOI)
    visit_id, on_phone = inspect_son_loc_offline(server, phones, lead)
    inspect_le_loi(lead)
    surprise_ngo_quyen(server, browser, phones, lead)
    review_son_loc(server, browser, visit_id, on_phone)
    number = conclude_le_loi(server, browser)
    repair(server, browser)
    compare_and_export(server, browser, number)


def plan_the_campaign(server: Server, browser: Browser) -> None:
    """The administrator publishes the checklist, makes the campaign, the delegation and the visits."""
    day = today()
    admin = Desk(browser, server.url, "quantri", PASSWORD)
    admin.publish_checklist(PROJECT / "checklists" / "mot-cua-cap-xa" / "v1.yaml")
    admin.says("Kiểm tra công vụ tại Bộ phận Một cửa cấp xã")
    admin.make_campaign(TITLE, "Thị xã Sơn Tây", day - timedelta(days=3), day + timedelta(days=11))
    admin.pick_units(SON_LOC, LE_LOI, NGO_QUYEN)
    admin.form_delegation("Đoàn số 1", "Phó Chủ tịch A", "Cán bộ A", "Cán bộ B", "Cán bộ C", "Cán bộ D")
    admin.plan_visits({SON_LOC: day, LE_LOI: day + timedelta(days=1)})
    admin.plan_visits({NGO_QUYEN: day + timedelta(days=2)}, surprise_at="07:15")
    admin.says("Cuộc kiểm tra (3)")
    expect(admin.page.get_by_role("region", name="Các cuộc kiểm tra")).not_to_contain_text(NGO_QUYEN)
    admin.context.close()


def inspect_son_loc_offline(server: Server, phones: Phones, lead: Phone) -> tuple[str, bytes]:
    """Several people, no network; one cell answered differently; closed, signed; two answers come too late.

    Returns the visit's id and the minutes as the lead's phone made them, while there was no network.
    """
    first, second, forgotten = (phones.enrol(login, SON_LOC) for login in ("canboa", "canbob", "canboc"))
    server.stop()
    forgotten.context.set_offline(True)

    lead.open_visit(SON_LOC)
    lead.assign(1, "Cán bộ A")

    first.open_visit(SON_LOC)
    first.section(1)
    first.say("bien-ten-co-quan", "Có")
    first.roster("bien-de-ban", 8)
    first.photograph("bien-de-ban", PHOTOS / "ban-co-bien.jpg")
    first.roster("the-cong-chuc", 10)
    first.choose("thai-do-giao-tiep", "Niềm nở, hướng dẫn rõ ràng")
    first.number("vi-pham-van-hoa-cong-so", "0")
    first.comment("bien-ten-co-quan", COMMENT)
    first.mark_done()
    first.section(3)
    first.say(RULES, "Có")

    second.open_visit(SON_LOC)
    second.section(3)
    second.say(RULES, "Không")
    second.section(4)
    second.count("linh-vuc-niem-yet", 15, 15)
    second.photograph("linh-vuc-niem-yet", PHOTOS / "bang-niem-yet.jpg")
    second.section(5)
    second.count("ho-so-dung-han", 588, 600)

    forgotten.open_visit(SON_LOC)
    forgotten.section(7)
    forgotten.say("duong-day-nong", "Không")
    forgotten.say("so-gop-y", "Không")

    # One phone is closed and opened again without a network; another dies in the middle of a photo.
    first.context.close()
    first = phones.switch_on("canboa")
    first.open_visit(SON_LOC)
    first.section(1)
    expect(first.card("bien-de-ban").locator("li.line")).to_have_count(8)
    second.section(4)
    second.card("kich-thuoc-bang").locator("input[type=file]").last.set_input_files(PHOTOS / "bang-niem-yet.jpg")
    second.context.close()
    second = phones.switch_on("canbob")
    second.open_visit(SON_LOC)
    second.section(4)
    expect(second.card("linh-vuc-niem-yet").get_by_text("100%")).to_be_visible()
    expect(second.card("linh-vuc-niem-yet").get_by_role("button", name=re.compile("^Ảnh "))).to_have_count(1)

    # Back online everything arrives once; the lead sees both authors and settles it with a reason.
    server.start()
    for phone in (first, second):
        phone.send_now()
    lead.open_visit(SON_LOC)
    expect(lead.page.get_by_text("1 chỗ có câu trả lời khác nhau")).to_be_visible()
    expect(lead.page.get_by_role("link").filter(has_text="1. Biển tên")).to_contain_text("Xong: Cán bộ A")
    lead.page.get_by_role("link", name="Đọc trao đổi").click()
    lead.page.get_by_role("button", name="Trao đổi (1)").click()
    expect(lead.page.get_by_role("listitem").filter(has_text=COMMENT)).to_contain_text("Cán bộ A")
    lead.page.get_by_role("link", name="Về cuộc kiểm tra").click()
    expect(lead.page.get_by_text("trao đổi chưa đọc")).to_have_count(0)
    first.open_visit(SON_LOC)
    expect(first.page.get_by_role("heading", name="Phần của tôi (1)")).to_be_visible()
    lead.page.get_by_role("link", name="Quyết định").click()
    expect(lead.page.get_by_text("Cán bộ A", exact=False).first).to_be_visible()
    expect(lead.page.get_by_text("Cán bộ B", exact=False).first).to_be_visible()
    lead.page.locator("label.side").filter(has_text="Có").filter(has_text="Cán bộ A").click()
    lead.page.get_by_label("Lý do quyết định").fill("Đã xem lại tại chỗ: nội quy treo ở cửa phụ.")
    lead.page.get_by_role("button", name="Ghi quyết định").click()
    expect(lead.page.get_by_text("Không còn câu trả lời nào khác nhau.")).to_be_visible()
    lead.send_now()

    # The summary is frozen, read, objected to and signed by both on one phone, again without a network.
    server.stop()
    lead.open_visit(SON_LOC)
    lead.close_visit("Các nội dung còn lại kiểm tra ở đợt sau theo kế hoạch.")
    lead.sign_unit(
        "Người đại diện",
        "Chủ tịch UBND phường",
        (
            "Nội quy, quy chế hoạt động của Bộ phận Một cửa được niêm yết công khai",
            "Nội quy đã treo từ đầu năm, đề nghị ghi nhận.",
        ),
    )
    lead.sign_lead("Phó Chủ tịch A", "Trưởng đoàn")
    visit_id, on_phone = lead.page.url.split("/visits/")[1].split("/")[0], lead.minutes_pdf()
    server.start()
    lead.send_now()

    # The forgotten phone comes a day later: kept, shown as late, without effect.
    forgotten.context.set_offline(False)
    forgotten.send_now()
    forgotten.open_visit(SON_LOC)
    expect(forgotten.page.get_by_text("2 thay đổi bị giữ lại")).to_be_visible()
    return visit_id, on_phone


def inspect_le_loi(lead: Phone) -> None:
    """Failures, with their counts shown while answering; closed and signed on the spot."""
    lead.open_visit(LE_LOI)
    lead.section(1)
    lead.jump("1.1", "bien-ten-co-quan")
    lead.page.keyboard.press("1")  # on a tablet's keyboard: the first answer of the item one is at
    yes = lead.card("bien-ten-co-quan").get_by_role("button", name="Có", exact=True)
    expect(yes).to_have_attribute("aria-pressed", "true")
    lead.saved()
    lead.page.keyboard.press("Control+z")
    expect(yes).to_have_attribute("aria-pressed", "false")
    lead.roster("bien-de-ban", 10, exceptions=("Vị trí bàn 7",))
    expect(
        lead.card("bien-de-ban").get_by_text("Còn 1/10 bàn làm việc chưa có biển để bàn (Vị trí bàn 7)")
    ).to_be_visible()
    lead.photograph("bien-de-ban", PHOTOS / "ban-khong-bien.jpg")
    expect(lead.page.get_by_role("navigation").get_by_text(re.compile(r"^Đã lưu \d\d:\d\d$"))).to_be_visible()
    lead.cover("bien-de-ban", "Bàn số 7, đã che màn hình hồ sơ.")
    lead.section(4)
    lead.tally("linh-vuc-niem-yet", hits=2, misses=1)
    lead.count("linh-vuc-niem-yet", 14, 15)
    lead.photograph("linh-vuc-niem-yet", PHOTOS / "bang-niem-yet.jpg")
    lead.section(5)
    lead.count("ho-so-dung-han", 470, 500)
    lead.send_now()
    lead.open_visit(LE_LOI)
    lead.close_visit("Kiểm tra theo chuyên đề, các nội dung khác không thuộc phạm vi.")
    lead.sign_unit("Người đại diện", "Chủ tịch UBND phường")
    lead.sign_lead("Phó Chủ tịch A", "Trưởng đoàn")
    lead.send_now()


def surprise_ngo_quyen(server: Server, browser: Browser, phones: Phones, lead: Phone) -> None:
    """In a hall without a network the lead starts, a member opens what his phone held by the code, and answers."""
    member = phones.enrol("canbod")
    member.ready_for_a_surprise()
    expect(member.page.get_by_role("main")).not_to_contain_text(NGO_QUYEN)
    server.stop()
    code = lead.start_surprise()
    member.open_by_code(f"{(int(code.replace(' ', '')) + 1) % 10**12:012d}")
    expect(member.page.get_by_text("Mã không đúng")).to_be_visible()
    member.open_by_code(code)
    expect(member.page.get_by_role("heading", level=1)).to_have_text(NGO_QUYEN)
    member.section(3)
    member.say(RULES, "Có")
    server.start()
    lead.send_now()
    member.send_now()
    admin = Desk(browser, server.url, "quantri", PASSWORD)
    admin.menu("Đợt kiểm tra")
    admin.link(TITLE)
    admin.link(NGO_QUYEN)
    admin.says("Ai có thể đã biết trước")
    admin.says("trưởng đoàn, điện thoại đã nhận")
    admin.says(re.compile("^máy chủ nhận lúc"))
    admin.context.close()


def review_son_loc(server: Server, browser: Browser, visit_id: str, on_phone: bytes) -> None:
    """What was signed stands; the minutes the lead issues say what the phone's copy does, under the same hash; the late
    answers and the unit's objection are shown to the one who concludes.
    """
    lead = Desk(browser, server.url, "truongdoan", PASSWORD)
    lead.conclude(SON_LOC)
    lead.says("Nội quy đã treo từ đầu năm, đề nghị ghi nhận.")
    lead.says("Đến sau khi biên bản đã ký")
    lead.says(COMMENT)
    lead.page.get_by_role("link", name="Ban hành Biên bản kiểm tra").click()
    lead.page.get_by_label("Tôi đã đọc bản xem trước").check()
    lead.page.get_by_role("button", name="Ký và ban hành").click()
    lead.says("Biên bản kiểm tra số 01/BB-ĐKT")
    on_server = lead.context.request.get(f"{re.split('[?#]', lead.page.url)[0]}/minutes.pdf").body()
    (told, digest), (signed, hashed) = minutes_said(on_server), minutes_said(on_phone)
    assert signed == told
    assert hashed == digest
    lead.go(f"/visits/{visit_id}")
    lead.says(digest)
    lead.context.close()


def conclude_le_loi(server: Server, browser: Browser) -> str:
    """The lead drafts and submits; the second vice-chair words a finding, adds an instruction, issues."""
    lead = Desk(browser, server.url, "truongdoan", PASSWORD)
    lead.conclude(LE_LOI)
    lead.says("Còn 1/10 bàn làm việc chưa có biển để bàn (Vị trí bàn 7)")
    photos = lead.page.get_by_role("article").get_by_role("figure")
    copy = photos.filter(has_text="Bàn số 7, đã che màn hình hồ sơ.")
    expect(copy).to_contain_text("Đã che khuôn mặt hoặc giấy tờ từ ảnh gốc")
    expect(photos.filter(has_text="Ảnh gốc chưa che")).to_have_count(1)
    lead.submit()
    lead.context.close()
    chair = Desk(browser, server.url, "phochutich", PASSWORD)
    chair.open_conclusion(LE_LOI)
    chair.edit_finding("Còn 1/10 bàn làm việc", text="Còn 01 bàn làm việc (bàn số 7) chưa có biển để bàn.", days=3)
    chair.add_instruction("Chủ tịch UBND phường họp rút kinh nghiệm toàn thể Bộ phận Một cửa.")
    number = chair.issue()
    chair.open_conclusion(LE_LOI)
    chair.link("Bản thông báo")
    notice = chair.page.locator("body")
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        number,
        "Còn 01 bàn làm việc (bàn số 7)",
        "470/500",
        "KT. CHỦ TỊCH",
    ):
        expect(notice).to_contain_text(words)
    chair.context.close()
    return number


def repair(server: Server, browser: Browser) -> None:
    """The ward reports with a photo; the lead returns it once with a reason, then verifies it."""
    officer = Desk(browser, server.url, "leloi.canbo", PASSWORD)
    officer.menu("Khắc phục")
    officer.link("biển để bàn")
    officer.page.get_by_label("Đơn vị đã làm gì?").fill("Đã đặt làm biển.")
    officer.button("Gửi báo cáo")
    officer.says("Chờ thẩm tra")
    lead = Desk(browser, server.url, "truongdoan", PASSWORD)
    lead.go(officer.page.url.removeprefix(server.url))
    lead.page.locator("summary").filter(has_text="Trả lại").click()
    lead.page.get_by_label("Lý do trả lại").fill("Chưa có ảnh biển đã đặt trên bàn.")
    lead.page.get_by_role("button", name="Trả lại").click()
    officer.page.reload()
    officer.says("Chưa có ảnh biển đã đặt trên bàn.")
    officer.page.get_by_label("Đơn vị đã làm gì?").fill("Đã đặt biển tại bàn số 7.")
    officer.page.get_by_label("Ảnh hoặc tài liệu minh chứng").set_input_files(PHOTOS / "bien-da-bo-sung.jpg")
    officer.button("Gửi báo cáo")
    lead.page.reload()
    lead.button("Xác nhận đã khắc phục")
    lead.says("Đã khắc phục")
    officer.context.close()
    lead.context.close()
    stranger = Desk(browser, server.url, "sonloc", PASSWORD)
    stranger.menu("Khắc phục")
    expect(stranger.page.get_by_text("biển để bàn")).to_have_count(0)
    stranger.context.close()


def compare_and_export(server: Server, browser: Browser, number: str) -> None:
    """The vice-chair compares the wards and exports the workbook, down to the cells."""
    chair = Desk(browser, server.url, "phochutich", PASSWORD)
    chair.menu("Tổng quan")
    chair.link("So sánh các đơn vị")
    for unit in (SON_LOC, LE_LOI, NGO_QUYEN):
        chair.says(unit)
    with chair.page.expect_download() as download:
        chair.page.get_by_role("link", name=re.compile("XLSX")).click()
    book = load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    rows = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    flat = {title: " | ".join(str(value) for row in cells for value in row) for title, cells in rows.items()}
    assert number in flat["Kết luận"]
    assert "Còn 01 bàn làm việc (bàn số 7) chưa có biển để bàn." in flat["Tồn tại"]
    assert any(LE_LOI in row and 470 in row and 500 in row for row in rows["Câu trả lời"])
    assert any(SON_LOC in row and "Cán bộ A" in row for row in rows["Câu trả lời"])
    assert "Đã khắc phục" in flat["Nhiệm vụ khắc phục"]
    chair.context.close()
