"""What a phone survives, and what bad input does: asserted on what people see and on the server's log."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from app.demo.story import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.field import MAY_TURN_OFF, Phone
from tests.e2e.phones import Phones
from tests.e2e.server import PROJECT, Server

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.e2e

XUAN_KHANH = "Phường Xuân Khanh"
HOTLINE, COMMENTS = "duong-day-nong", "so-gop-y"


def ask(demo_server: Server, question: str, *values: Any) -> list[Any]:
    """Read (or write) the server's database past the server."""
    with closing(sqlite3.connect(demo_server.data_dir / "congvu.sqlite3", timeout=20)) as database, database:
        return database.execute(question, values).fetchall()


def log_of(demo_server: Server, login: str) -> list[tuple[str, Any, str]]:
    """Path, value and status of everything this person's own phone has written, in the order of its numbers."""
    rows = ask(
        demo_server,
        "SELECT body, status FROM entries JOIN users ON users.id = actor_id WHERE login = ? ORDER BY visit_id, n",
        login,
    )
    bodies = [(json.loads(body), status) for body, status in rows]
    return [(body["path"], body["val"], status) for body, status in bodies if body["app"] != "demo"]


def pressed(phone: Phone, item: str, word: str) -> None:
    expect(phone.card(item).get_by_role("button", name=word, exact=True).first).to_have_attribute(
        "aria-pressed", "true"
    )


def test_answers_survive_reload_restart_a_day_and_the_end_of_the_session(
    demo_server: Server, demo_phones: Phones
) -> None:
    phone = demo_phones.enrol("canbod", XUAN_KHANH)
    demo_server.stop()

    phone.open_visit(XUAN_KHANH)
    phone.section(7)
    phone.say(HOTLINE, "Có")
    phone.page.reload()
    pressed(phone, HOTLINE, "Có")

    phone.context.close()
    phone = demo_phones.switch_on("canbod")
    phone.context.clock.install()
    phone.open_visit(XUAN_KHANH)
    phone.section(7)
    pressed(phone, HOTLINE, "Có")
    phone.say(COMMENTS, "Không")

    phone.page.clock.fast_forward("24:00:00")
    pressed(phone, COMMENTS, "Không")
    phone.note(HOTLINE, "Ngày hôm sau vẫn chưa có mạng.")
    phone.page.reload()
    expect(phone.card(HOTLINE).get_by_label("Ghi chú")).to_have_value("Ngày hôm sau vẫn chưa có mạng.")
    assert log_of(demo_server, "canbod") == []

    ask(
        demo_server,
        "UPDATE sessions SET ended_at = created_at WHERE user_id = (SELECT id FROM users WHERE login = 'canbod')",
    )
    demo_server.start()
    phone.say(COMMENTS, "Có")
    phone.open()
    phone.page.get_by_role("link", name="Đăng nhập lại để gửi", exact=True).click()
    expect(phone.page.get_by_text("0/4 thay đổi").first).to_be_visible()
    assert log_of(demo_server, "canbod") == []
    phone.page.get_by_label("Mật khẩu của canbod").fill("không phải mật khẩu này")
    phone.page.get_by_role("button", name="Đăng nhập").click()
    expect(phone.page.get_by_text("Tên đăng nhập hoặc mật khẩu không đúng.")).to_be_visible()
    assert log_of(demo_server, "canbod") == []
    phone.page.get_by_label("Mật khẩu của canbod").fill(PASSWORD)
    phone.page.get_by_role("button", name="Đăng nhập").click()
    expect(phone.page.get_by_text(MAY_TURN_OFF).first).to_be_visible()
    expect(phone.page.get_by_text("Máy chủ đã có 4/4 thay đổi").first).to_be_visible()

    assert log_of(demo_server, "canbod") == [
        (f"item/{HOTLINE}", "yes", "acc"),
        (f"item/{COMMENTS}", "no", "acc"),
        (f"item/{HOTLINE}/note", "Ngày hôm sau vẫn chưa có mạng.", "acc"),
        (f"item/{COMMENTS}", "yes", "acc"),
    ]
    rows = ask(demo_server, "SELECT body FROM entries WHERE actor_id = (SELECT id FROM users WHERE login = 'canbod')")
    made = sorted(datetime.fromisoformat(json.loads(body)["t"]["wall"]) for (body,) in rows)
    assert made[-1] - made[0] > timedelta(hours=24), "the phone's clock was moved on"
    phone.send_now()
    assert len(log_of(demo_server, "canbod")) == 4
    heads = (
        "SELECT COUNT(*) FROM heads JOIN entries USING (visit_id, op) JOIN users ON users.id = actor_id WHERE login = ?"
    )
    assert ask(demo_server, heads, "canbod") == [(3,)], "the later answer replaced the earlier one"


def test_a_wrong_password_opens_nothing_on_a_phone(demo_server: Server, demo_phones: Phones) -> None:
    phone = demo_phones.switch_on("canboa")
    counts = "SELECT (SELECT COUNT(*) FROM sessions), (SELECT COUNT(*) FROM devices)"
    before = ask(demo_server, counts)
    phone.open()
    phone.page.get_by_label("Tên đăng nhập").fill("canboa")
    phone.page.get_by_label("Mật khẩu", exact=True).fill("mat-khau-sai")
    phone.page.get_by_role("button", name="Đăng nhập").click()
    expect(phone.page.get_by_text("Tên đăng nhập hoặc mật khẩu không đúng.")).to_be_visible()
    expect(phone.page.get_by_label("Tên đăng nhập")).to_have_value("canboa")
    assert ask(demo_server, counts) == before


def test_a_forged_visit_shows_no_visit(demo_server: Server, demo_phones: Phones) -> None:
    phone = demo_phones.enrol("canbob", XUAN_KHANH)
    before = ask(demo_server, "SELECT COUNT(*) FROM entries")
    for part in ("", "/sections/bien-the", "/summary", "/sign"):
        phone.open(f"visits/{'A' * 22}{part}")
        expect(phone.page.get_by_role("alert").get_by_text("Cuộc kiểm tra này chưa có trên máy")).to_be_visible()
        expect(phone.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    phone.page.get_by_role("main").get_by_role("link", name="Về danh sách").click()
    expect(phone.page.get_by_role("link").filter(has_text=XUAN_KHANH)).to_be_visible()
    assert ask(demo_server, "SELECT COUNT(*) FROM entries") == before


def test_what_is_no_picture_is_refused_and_a_huge_one_is_made_smaller(
    demo_server: Server, demo_phones: Phones, tmp_path: Path
) -> None:
    text, cut, huge = (tmp_path / name for name in ("ghi-chu.jpg", "cut.jpg", "to.jpg"))
    text.write_bytes(b"khong phai anh" * 1_000)
    Image.effect_noise((4_800, 3_600), 90).save(huge, quality=97)
    assert huge.stat().st_size > 12 * 1024 * 1024
    cut.write_bytes(huge.read_bytes()[:200])
    phone = demo_phones.enrol("canboa", XUAN_KHANH)
    phone.open_visit(XUAN_KHANH)
    phone.section(4)
    card = phone.card("linh-vuc-niem-yet")
    for broken in (text, cut):
        card.locator("input[type=file]").last.set_input_files(broken)
        expect(card.get_by_text("Tệp này không phải ảnh đọc được (JPEG, PNG, WebP).")).to_be_visible()
    assert log_of(demo_server, "canboa") == []
    phone.photograph("linh-vuc-niem-yet", huge)
    expect(card.get_by_text("Tệp này không phải ảnh")).to_have_count(0)
    phone.send_now()
    (path, value, status), = log_of(demo_server, "canboa")  # fmt: skip
    assert (path.split("/")[0], status) == ("photo", "acc")
    assert 0 < value["size"] < 12 * 1024 * 1024
    assert ask(demo_server, "SELECT size FROM blobs WHERE sha256 = ?", value["sha256"]) == [(value["size"],)]

    # Only the off-site backup's receipt makes a phone say that it may be wiped.
    wipe = re.compile("đã sao lưu · có thể tắt máy, xóa máy an toàn")
    expect(phone.page.get_by_text(wipe)).to_have_count(0)
    archive = [sys.executable, "-m", "app", "archive", str(tmp_path / "archive")]
    subprocess.run(archive, env=demo_server.environment(), cwd=PROJECT, check=True, capture_output=True)
    expect(phone.page.get_by_text(wipe).first).to_be_visible(timeout=60_000)


@pytest.fixture
def at_desk(browser: Browser, demo_server: Server) -> Iterator[Callable[[str], Desk]]:
    with ExitStack() as open_desks:

        def sit_down(login: str) -> Desk:
            desk = Desk(browser, demo_server.url, login, PASSWORD)
            open_desks.callback(desk.context.close)
            return desk

        yield sit_down


def a_task_to_report(demo_server: Server) -> str:
    ((task,),) = ask(demo_server, "SELECT id FROM remediation_tasks WHERE state IN ('assigned', 'returned') LIMIT 1")
    return f"/tasks/{task}"


def test_another_wards_task_looks_like_a_missing_one(demo_server: Server, at_desk: Callable[[str], Desk]) -> None:
    task = a_task_to_report(demo_server)
    stranger = at_desk("sonloc")
    said = []
    for path in (task, f"/tasks/{'A' * 22}"):
        reply = stranger.page.goto(demo_server.url + path)
        assert reply is not None
        assert reply.status == 404
        said.append(stranger.page.get_by_role("main").inner_text())
    assert said[0] == said[1]
    assert "Không" in said[0]
    assert "Lê Lợi" not in said[0]
    own = at_desk("leloi.canbo")
    own.go(task)
    expect(own.page.get_by_role("heading", name="Báo cáo khắc phục")).to_be_visible()


def test_a_report_sent_twice_from_two_windows_counts_once(demo_server: Server, at_desk: Callable[[str], Desk]) -> None:
    task = a_task_to_report(demo_server)
    officer = at_desk("leloi.canbo")
    first, second = officer.page, officer.context.new_page()
    for page in (first, second):
        page.goto(demo_server.url + task)
        page.get_by_label("Đơn vị đã làm gì?").fill("Đã khắc phục xong trong ngày.")
    first.get_by_role("button", name="Gửi báo cáo").dblclick()
    # The page that is shown in the end answers the first click or the second.
    answered = first.get_by_text("Đã gửi báo cáo khắc phục").or_(first.get_by_text("Nhiệm vụ không còn ở bước"))
    expect(answered.first).to_be_visible()
    first.goto(demo_server.url + task)
    expect(first.locator(".timeline").get_by_text("Đã khắc phục xong trong ngày.")).to_have_count(1)
    second.get_by_role("button", name="Gửi báo cáo").click()
    expect(second.get_by_role("alert")).to_contain_text("Nhiệm vụ không còn ở bước cho phép việc này")
    first.reload()
    expect(first.locator(".timeline").get_by_text("Đã khắc phục xong trong ngày.")).to_have_count(1)
