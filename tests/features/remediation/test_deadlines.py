"""More time, other calendars, other people: what changes a task besides its report, each with who, when and why."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask

from app.domain.permissions import Role
from app.extensions import Clock, db
from app.findings.models import IssuedDocument
from app.notices.models import Notice
from app.remediation.models import RemediationTask, TaskEvent
from app.remediation.queries.calendars import latest
from tests.factories import MadeUser, make_user, post
from tests.features.findings.steps import notified
from tests.features.findings.wards import Ward
from tests.features.remediation.test_tasks import ON_PAPER, PDF, act, address, report

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def ward(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))
    ward, _ = notified(app)
    ticks = count(1)  # each look at the clock is a moment later, so that a history has an order
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(milliseconds=next(ticks))))
    return ward


def task(ward: Ward, url: str) -> RemediationTask:
    with ward.app.app_context():
        return db.session.get_one(RemediationTask, url.rsplit("/", 1)[1])


def events(ward: Ward, url: str) -> list[TaskEvent]:
    with ward.app.app_context():
        found = db.session.query(TaskEvent).filter_by(task_id=url.rsplit("/", 1)[1])
        return found.order_by(TaskEvent.at, TaskEvent.id).all()


def test_more_time_is_asked_refused_and_granted_by_name_and_reason(ward: Ward) -> None:
    url = address(ward)
    officer, lead, chair = ward.browser(ward.officer), ward.browser(ward.lead), ward.browser(ward.chair)
    for until, told in (("2026-11-30", "phải sau hạn hiện tại"), ("2026-12-05", "ngày cơ quan nghỉ")):
        reply = post(officer, f"{url}/extension", revision=1, until=until, reason="Chờ kinh phí")
        assert told in reply.get_data(as_text=True)
    page = act(officer, url, "extension", until="2026-12-10", reason="Chờ kinh phí")
    assert "Đang chờ Phó Chủ tịch trả lời" in page
    assert "Đồng ý gia hạn" not in page
    assert task(ward, url).due_on == date(2026, 11, 30)
    assert post(officer, f"{url}/extension", revision=2, until="2026-12-11", reason="x").status_code == 409
    grant: dict[str, Any] = {"revision": 2, "until": "2026-12-10", "reason": "x"}
    assert post(ward.browser(ward.member), f"{url}/extension/grant", **grant).status_code == 403
    assert "Xin gia hạn đến 10/12/2026" in chair.get("/tasks?state=asked").get_data(as_text=True)
    act(chair, url, "extension/refuse", reason="Việc nhỏ, làm ngay được")
    assert task(ward, url).due_on == date(2026, 11, 30)
    act(officer, url, "extension", until="2026-12-10", reason="Nhà in hỏng máy")
    page = act(lead, url, "extension/grant", until="2026-12-08", reason="Có giấy xác nhận")
    for told in ("Lãnh đạo A", "Lãnh đạo C", "Nhà in hỏng máy", "Việc nhỏ, làm ngay được", "08/12/2026"):
        assert told in page, told
    after = task(ward, url)
    assert (after.due_on, after.extended_to, after.wished_for) == (date(2026, 12, 8), date(2026, 12, 8), None)
    assert [each.action for each in events(ward, url)] == ["assign", "ask", "refuse", "ask", "grant"]
    assert events(ward, url)[-1].detail == {"from": "2026-11-30", "until": "2026-12-08"}


def test_an_announced_swap_counts_open_dates_anew_and_says_why(ward: Ward) -> None:
    with ward.app.app_context():
        admin = make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.town)
    browser, first, second = ward.browser(admin), address(ward), address(ward, 1)
    version = task(ward, first).calendar_version
    swap = {"day": "2026-11-25", "off": "yes", "name": "Hoán đổi thử", "source": "Thông báo 12/TB"}
    reply = post(browser, "/calendar", **swap)
    assert reply.status_code == 303
    assert "2 hạn khắc phục" in browser.get("/calendar").get_data(as_text=True)
    assert (task(ward, first).due_on, task(ward, second).due_on) == (date(2026, 12, 1), date(2026, 12, 8))
    assert task(ward, first).calendar_version != version
    told = events(ward, first)[-1]
    assert (told.action, told.actor_id) == ("recount", admin.id)
    assert "Thông báo 12/TB" in told.text
    assert told.detail["from"] == "2026-11-30"
    assert post(browser, "/calendar", **swap).status_code == 409
    assert post(browser, "/calendar", **{**swap, "day": "2026-11-02"}).status_code == 422
    page = ward.browser(ward.officer).get(first).get_data(as_text=True)
    assert task(ward, first).calendar_version in page
    [told_head] = notices_of(ward, ward.head, "moved")  # one for both tasks
    assert told_head.title == "2 hạn khắc phục được tính lại theo lịch làm việc"
    assert "Thông báo 12/TB" in told_head.text
    assert "30/11/2026 → 01/12/2026: Bổ sung biển cho 1 bàn" in told_head.text


def test_an_announced_swap_is_corrected_and_withdrawn_with_a_reason_and_dates_follow(ward: Ward) -> None:
    with ward.app.app_context():
        browser = ward.browser(make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.town))
        frozen = db.session.query(IssuedDocument.pdf).one()
    url = address(ward)
    before = task(ward, url).calendar_version
    swap = {"day": "2026-11-25", "off": "yes", "name": "Hoán đổi thử", "source": "Thông báo 12/TB"}
    assert post(browser, "/calendar", **swap).status_code == 303
    first = word_on(ward)
    told = {**swap, "source": "Thông báo 13/TB", "reason": "Ghi nhầm số"}
    assert post(browser, f"/calendar/{first}/correct", **swap, reason="Ghi nhầm số").status_code == 422  # the same
    assert post(browser, f"/calendar/{first}/correct", **told).status_code == 303
    assert task(ward, url).due_on == date(2026, 12, 1)
    assert post(browser, f"/calendar/{first}/withdraw", source="x", reason="x").status_code == 409  # not the last word
    last = word_on(ward)
    taken = {"source": "Thông báo 14/TB", "reason": "Không hoán đổi nữa"}
    assert post(browser, f"/calendar/{last}/withdraw", **{**taken, "reason": " "}).status_code == 422
    assert post(browser, f"/calendar/{last}/withdraw", **taken).status_code == 303
    assert (task(ward, url).due_on, task(ward, url).calendar_version) == (date(2026, 11, 30), before)
    why = events(ward, url)[-1]
    assert why.action == "recount"
    assert why.text == ("Rút hoán đổi ngày 25/11/2026: Hoán đổi thử (Thông báo 14/TB). Lý do: Không hoán đổi nữa")
    page = browser.get("/calendar").get_data(as_text=True)
    for words in ("Đã rút", "Không hoán đổi nữa", "Thông báo 13/TB", "Ghi nhầm số", "Thông báo 12/TB"):
        assert words in page, words
    assert "01/12/2026 → 30/11/2026" in notices_of(ward, ward.head, "moved")[-1].text  # earlier again: the unit is told
    assert post(browser, f"/calendar/{word_on(ward)}/withdraw", **taken).status_code == 409
    assert post(browser, "/calendar", **swap).status_code == 303  # announced once more
    assert task(ward, url).due_on == date(2026, 12, 1)
    with ward.app.app_context():
        assert db.session.query(IssuedDocument.pdf).one() == frozen


def notices_of(ward: Ward, who: MadeUser, kind: str) -> list[Notice]:
    with ward.app.app_context():
        return db.session.query(Notice).filter_by(user_id=who.id, kind=kind).order_by(Notice.created_at).all()


def word_on(ward: Ward) -> str:
    """The id of what was said last of the day."""
    with ward.app.app_context():
        word = latest(date(2026, 11, 25))
    assert word is not None
    return word.id


def test_the_head_gives_the_work_away_and_goes_on_answering(ward: Ward) -> None:
    url = address(ward)
    head, officer = ward.browser(ward.head), ward.browser(ward.officer)
    assert post(officer, f"{url}/owner", revision=1, owner_id=ward.officer.id).status_code == 403
    assert post(head, f"{url}/owner", revision=1, owner_id=ward.neighbour.id).status_code == 422
    page = act(head, url, "owner", owner_id=ward.officer.id)
    assert ward.officer.name in page
    assert (task(ward, url).owner_id, task(ward, url).head_id) == (ward.officer.id, ward.head.id)
    page = act(officer, url, "plan", plan="Đặt biển trong tuần", root_cause="Biển cũ hỏng")
    assert "Đặt biển trong tuần" in page
    assert "Biển cũ hỏng" in page


def test_a_successor_inherits_from_the_day_of_the_appointment(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    url, done = address(ward), address(ward, 1)
    report(ward.browser(ward.officer), done)
    act(ward.browser(ward.lead), done, "verify", **ON_PAPER)
    run = ward.app.test_cli_runner().invoke
    assert "Đã chuyển 0 nhiệm vụ" in run(args=["tasks", "inherit"]).output
    next_head = make_user(
        ward.app, role=Role.WARD_HEAD, unit=ward.unit, name="Chủ tịch mới", starts_on=date(2026, 11, 24)
    )
    assert "Đã chuyển 0 nhiệm vụ" in run(args=["tasks", "inherit"]).output
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(days=3)))
    assert "Đã chuyển 1 nhiệm vụ" in run(args=["tasks", "inherit"]).output
    assert "Đã chuyển 0 nhiệm vụ" in run(args=["tasks", "inherit"]).output
    after, told = task(ward, url), events(ward, url)[-1]
    assert (after.head_id, after.head_since) == (next_head.id, date(2026, 11, 24))
    assert (told.action, told.actor_id, told.detail["since"]) == ("inherit", None, "2026-11-24")
    assert told.detail["before"] == "Chủ tịch phường L"
    [letter] = notices_of(ward, next_head, "ordered")
    assert letter.title == "Ông/bà nay chịu trách nhiệm 1 nhiệm vụ khắc phục của đơn vị"
    assert f"{after.due_on:%d/%m/%Y}: {after.remedy}" in letter.text
    assert task(ward, done).head_id == ward.head.id
    page = ward.browser(ward.lead).get(f"{url}/history").get_data(as_text=True)
    assert "Người đứng đầu kế nhiệm" in page
    assert "Hệ thống" in page


def test_an_apology_needs_its_day_its_number_and_proof(ward: Ward) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    act(lead, url, "arrange", kind="apology", evidence_asked="Bản chụp thư xin lỗi")
    page = officer.get(url).get_data(as_text=True)
    assert "Ngày gửi thư xin lỗi" in page
    assert "Bản chụp thư xin lỗi" in page
    assert report(officer, url, "Đã gửi thư").status_code == 422
    late = {"sent_on": "2026-11-23", "dossiers": "30"}
    assert report(officer, url, "Đã gửi thư", a=(PDF, "a.pdf"), more=late).status_code == 422
    sent = late | {"sent_on": "2026-11-20"}
    assert report(officer, url, "Đã gửi thư", a=(PDF, "a.pdf"), more=sent).status_code == 303
    assert "gửi ngày <strong>20/11/2026</strong> cho 30 hồ sơ" in lead.get(url).get_data(as_text=True)


def test_a_fixed_thing_is_looked_at_again_after_some_months(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    report(officer, url)
    act(lead, url, "verify", note="Đã xem tại chỗ", how="site", recheck_months=3)
    with ward.app.app_context():
        again = db.session.query(RemediationTask).filter_by(parent_id=url.rsplit("/", 1)[1]).one()
    assert (again.kind, again.due_on, again.state) == ("recheck", date(2027, 2, 22), "assigned")
    assert "Kiểm tra lại" in officer.get(f"/tasks/{again.id}").get_data(as_text=True)
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(days=90)))
    officer, lead = ward.browser(ward.officer), ward.browser(ward.lead)
    report(officer, f"/tasks/{again.id}", "Biển vẫn còn")
    act(lead, f"/tasks/{again.id}", "verify", **ON_PAPER)
    with ward.app.app_context():
        assert db.session.query(RemediationTask).filter_by(parent_id=again.id).count() == 0


def test_a_fixed_thing_is_looked_at_again_even_after_three_years(ward: Ward) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    report(officer, url)
    act(lead, url, "verify", note="Đã xem", how="paper", recheck_months=36)
    with ward.app.app_context():
        again = db.session.query(RemediationTask).filter_by(parent_id=url.rsplit("/", 1)[1]).one()
    assert again.due_on == date(2029, 11, 22)
    life = lead.get(f"{url}/history").get_data(as_text=True)
    assert "Lần kiểm tra lại" in life
    assert f"/tasks/{again.id}/history" in life
    assert f"{url}/history" in lead.get(f"/tasks/{again.id}/history").get_data(as_text=True)


def test_the_whole_life_stands_on_one_page_with_the_hash_of_every_file(ward: Ward) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    report(officer, url, "Lần một", a=(PDF, "mot.pdf"))
    act(lead, url, "return", reason="Thiếu ảnh")
    assert "Báo cáo bị trả lại" in officer.get(url).get_data(as_text=True)
    report(officer, url, "Lần hai", a=(PDF + b"2", "hai.pdf"))
    act(lead, url, "verify", **ON_PAPER)
    page = officer.get(f"{url}/history").get_data(as_text=True)
    for told in ("Lần một", "mot.pdf", "Thiếu ảnh", "Lần hai", "hai.pdf", "Xác nhận đã khắc phục", "trên hồ sơ, ảnh"):
        assert told in page, told
    assert page.count("SHA-256 ") == 2
    assert page.index("Lần một") < page.index("Thiếu ảnh") < page.index("Lần hai")
    assert ward.browser(ward.neighbour).get(f"{url}/history").status_code == 404


def test_what_happened_to_a_task_cannot_be_changed(ward: Ward) -> None:
    from sqlalchemy.exc import DatabaseError

    with ward.app.app_context(), pytest.raises(DatabaseError):
        db.session.query(TaskEvent).update({"text": "khác"})
