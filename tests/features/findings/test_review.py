"""From the signed minutes to the issued notice, by the pages people use."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from app.extensions import Clock, db
from app.findings.models import Conclusion, Finding
from app.findings.queries import records
from tests.factories import post
from tests.features.findings.steps import approved, begun, issued, notified, revision, revision_of, step
from tests.features.findings.wards import Ward, inspected, plan

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def ward(app: Flask) -> Ward:
    return inspected(app)


def test_the_review_shows_the_score_its_trace_and_the_findings_with_their_counts(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    page = browser.get(begun(ward, browser)).get_data(as_text=True)
    assert "66,67" in page  # (2,67 + 2 + 2) of 10 points
    assert "Còn 1/3 bàn chưa có biển (Bàn 3)" in page
    assert "Hồ sơ đúng hạn 94% (470/500), đơn vị báo cáo 490/500 (98%)" in page
    assert "Theo tỷ lệ: 4 × 2/3" in page
    assert "Đạt mức ≥ 90%: 2 điểm" in page
    assert "Ý kiến của đơn vị:</strong> Biển đang đặt làm" in page
    assert "490/500 (98%)" in page
    assert "Ảnh 1: chưa về máy chủ" in page  # the phone has told of it, its bytes are still on the way


def test_beginning_twice_gives_the_same_conclusion(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    assert begun(ward, browser) == begun(ward, browser)
    with ward.app.app_context():
        assert db.session.query(Conclusion).count() == 1
        assert db.session.query(Finding).count() == 2


def test_minutes_that_are_not_signed_have_no_conclusion(app: Flask) -> None:
    ward = plan(app)
    reply = post(ward.browser(ward.lead), f"/visits/{ward.visit_id}/conclusion")
    assert reply.status_code == 409
    assert "Biên bản chưa được hai bên ký" in reply.get_data(as_text=True)


def test_words_are_changed_beside_the_computed_text_and_the_change_is_told(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    with ward.app.app_context():
        finding = db.session.query(Finding).filter_by(item_key="bien").one().id
    page = step(browser, url, f"findings/{finding}", text="Bàn 3 thiếu biển", remedy="Làm biển", due_working_days=7)
    assert "Bàn 3 thiếu biển" in page
    assert "Nguyên văn trước khi sửa" in page
    assert "Còn 1/3 bàn chưa có biển (Bàn 3)" in page
    with ward.app.app_context():
        row = db.session.get_one(Finding, finding)
        assert (row.text, row.computed_text) == ("Bàn 3 thiếu biển", "Còn 1/3 bàn chưa có biển (Bàn 3)")


def test_a_finding_is_left_out_with_a_reason_and_never_without(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    with ward.app.app_context():
        finding = db.session.query(Finding).filter_by(item_key="bien").one().id
    refused = post(browser, f"{url}/findings/{finding}/exclude", revision=revision(browser, url), reason="  ")
    assert refused.status_code == 422
    assert "Cần điền ô này" in refused.get_data(as_text=True)
    page = step(browser, url, f"findings/{finding}/exclude", reason="Đã có biển buổi chiều")
    assert "Đã có biển buổi chiều" in page
    assert "Còn 1/3 bàn" not in browser.get(f"{url}/notice").get_data(as_text=True).split("Phụ lục")[0]
    step(browser, url, f"findings/{finding}/include")
    assert "Còn 1/3 bàn" in browser.get(f"{url}/notice").get_data(as_text=True).split("Phụ lục")[0]


def test_a_form_of_an_old_page_changes_nothing(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    old = revision(browser, url)
    step(browser, url, "instructions", text="Họp kiểm điểm", due_working_days=7)
    again = post(browser, f"{url}/instructions", revision=old, text="Họp kiểm điểm", due_working_days=7)
    assert again.status_code == 409
    assert "vừa được người khác sửa" in again.get_data(as_text=True)
    assert browser.get(url).get_data(as_text=True).count("Họp kiểm điểm") == 2  # once in the list, once in the history


def test_the_vice_chair_returns_with_a_reason_and_the_lead_submits_again(ward: Ward) -> None:
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    step(lead, url, "submit", note="Kính trình")
    refused = post(chair, f"{url}/return", revision=revision(chair, url), reason=" ")
    assert refused.status_code == 422
    page = step(chair, url, "return", reason="Cần nêu rõ nguyên nhân")
    assert "Trả lại trưởng đoàn" in page
    assert "Cần nêu rõ nguyên nhân" in lead.get(url).get_data(as_text=True)
    step(lead, url, "texts", causes="Do chậm đặt biển.", assessment="", follow_up="")
    step(lead, url, "submit")
    assert "Duyệt nội dung" in chair.get(url).get_data(as_text=True)


def test_report_and_approval_are_two_acts_even_by_one_person(ward: Ward) -> None:
    lead = ward.browser(ward.lead)
    url = begun(ward, lead)
    step(lead, url, "submit")
    assert "Bạn là trưởng đoàn của cuộc kiểm tra này" in lead.get(url).get_data(as_text=True)
    assert "Lãnh đạo A làm nhiều bước: báo cáo, trình; duyệt." in step(lead, url, "approve")


def test_approved_text_is_no_longer_edited(ward: Ward) -> None:
    url = approved(ward)
    chair = ward.browser(ward.chair)
    reply = post(chair, f"{url}/texts", revision=revision_of(ward, url), causes="Khác")
    assert reply.status_code == 409
    assert "Khác" not in chair.get(f"{url}/notice").get_data(as_text=True)


def test_issuing_freezes_the_bytes_and_gives_the_number(ward: Ward) -> None:
    url = issued(ward)
    chair = ward.browser(ward.chair)
    page = chair.get(f"{url}/notice").get_data(as_text=True)
    assert "Số: 05/TB-UBND" in page
    assert "Sơn Tây, ngày 22 tháng 11 năm 2026" in page
    assert "ỦY BAN NHÂN DÂN THỊ XÃ SƠN TÂY" in page
    assert "UBND THÀNH PHỐ HÀ NỘI" in page
    assert "KT. CHỦ TỊCH" in page
    assert "thời hạn 5 ngày làm việc, xong trước hết ngày 30 tháng 11 năm 2026" in page  # 24/11 is a holiday
    frozen = chair.get(f"{url}/frozen.json").data
    assert hashlib.sha256(frozen).hexdigest() in chair.get(url).get_data(as_text=True)
    assert json.loads(frozen)["html"] == page


def test_the_printed_page_may_load_nothing_but_its_own_style(ward: Ward) -> None:
    reply = ward.browser(ward.chair).get(f"{issued(ward)}/notice")
    style = re.search(rb"<style>(.*?)</style>", reply.data, re.DOTALL)
    assert style
    named = base64.b64encode(hashlib.sha256(style.group(1)).digest()).decode()
    assert reply.headers["Content-Security-Policy"].startswith(f"default-src 'none'; style-src 'sha256-{named}'")
    assert b"<script" not in reply.data


def test_the_database_itself_refuses_to_change_what_was_issued(app_on_each: Flask) -> None:
    notified(app_on_each)
    for statement in (
        "UPDATE conclusions SET grade = 'tot'",
        "DELETE FROM conclusions",
        "UPDATE findings SET text = 'khác'",
        "DELETE FROM findings",
        "UPDATE conclusion_events SET reason = 'khác'",
    ):
        with app_on_each.app_context(), pytest.raises(DBAPIError):
            db.session.execute(text(statement))


def test_issuing_twice_changes_nothing_and_says_so(ward: Ward) -> None:
    url = approved(ward)
    chair = ward.browser(ward.chair)
    fields: dict[str, Any] = {"revision": revision_of(ward, url), "number": 5, "on": "2026-11-22"}
    assert post(chair, f"{url}/issue", **fields).status_code == 303
    before = chair.get(f"{url}/frozen.json").data
    assert post(chair, f"{url}/issue", **fields).status_code == 409
    assert chair.get(f"{url}/frozen.json").data == before


@pytest.mark.parametrize(
    ("on", "number", "status"),
    [("2026-11-23", 1, 422), ("2026-11-21", 1, 422), ("2026-11-22", 0, 422), ("hôm nay", 1, 422)],
)
def test_a_wrong_date_or_number_issues_nothing(ward: Ward, on: str, number: int, status: int) -> None:
    url = approved(ward)
    chair = ward.browser(ward.chair)
    reply = post(chair, f"{url}/issue", revision=revision_of(ward, url), number=number, on=on)
    assert reply.status_code == status
    assert "Đã duyệt, chờ ban hành" in chair.get(url).get_data(as_text=True)


def test_a_number_is_used_once_a_year(app: Flask) -> None:
    issued(inspected(app), number=7)
    with app.app_context():
        row = db.session.query(Conclusion).one()
        assert records.is_number_taken(row.issuer_unit_id, 2026, 7)
        assert records.next_number(row.issuer_unit_id, 2026) == 8
        assert records.next_number(row.issuer_unit_id, 2027) == 1


def test_who_may_see_and_do_what(ward: Ward) -> None:
    lead = ward.browser(ward.lead)
    url = begun(ward, lead)
    member, head, neighbour = (ward.browser(user) for user in (ward.member, ward.head, ward.neighbour))
    assert member.get(url).status_code == 200
    assert post(member, f"{url}/submit", revision=1).status_code == 403
    assert head.get(url).status_code == 404  # not issued yet
    assert neighbour.get(url).status_code == 404
    assert head.get(f"{url}/notice").status_code == 404
    assert "Phường Lê Lợi" not in head.get("/conclusions").get_data(as_text=True)
    assert ward.app.test_client().get(url).status_code == 302


def test_the_ward_reads_what_was_issued_to_it_and_nobody_elses(ward: Ward) -> None:
    url = issued(ward)
    head, neighbour = ward.browser(ward.head), ward.browser(ward.neighbour)
    assert "Thông báo số 05/TB-UBND" in head.get(url).get_data(as_text=True)
    assert "Vì sao có điểm này?" not in head.get(url).get_data(as_text=True)
    assert head.get(f"{url}/notice").status_code == 200
    assert head.get(f"{url}/frozen.json").status_code == 404  # it tells what was left out, and why
    assert "frozen.json" not in head.get(url).get_data(as_text=True)
    for address in (url, f"{url}/notice", f"{url}/frozen.json"):
        assert neighbour.get(address).status_code == 404
    assert "05/TB-UBND" not in neighbour.get("/conclusions").get_data(as_text=True)


def test_the_queue_tells_what_waits(ward: Ward) -> None:
    chair = ward.browser(ward.chair)
    assert "Lập kết luận" in chair.get("/conclusions").get_data(as_text=True)
    url = begun(ward, ward.browser(ward.lead))
    page = chair.get("/conclusions?state=draft").get_data(as_text=True)
    assert url in page
    assert "Phường Lê Lợi" not in chair.get("/conclusions?state=issued").get_data(as_text=True).split("<tbody>")[-1]


def test_markup_in_words_stays_text(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    step(browser, url, "instructions", text="<script>alert(1)</script>", due_working_days=3)
    for address in (url, f"{url}/notice"):
        page = browser.get(address).get_data(as_text=True)
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


def test_control_characters_are_refused(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    reply = post(browser, f"{url}/instructions", revision=revision(browser, url), text="a\x00b", due_working_days=3)
    assert reply.status_code == 422
    assert "Có ký tự không hợp lệ" in reply.get_data(as_text=True)


def statements(ward: Ward, browser: FlaskClient, url: str) -> int:
    """How many SELECTs a page makes."""
    seen: list[str] = []
    with ward.app.app_context():
        engine = db.engine

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        browser.get(url)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len([each for each in seen if each.startswith("SELECT")])


def test_a_page_of_the_queue_makes_a_bounded_number_of_statements(ward: Ward) -> None:
    url = begun(ward, ward.browser(ward.lead))
    browser = ward.browser(ward.chair)
    listed, shown = statements(ward, browser, "/conclusions"), statements(ward, browser, url)
    assert listed <= 16  # one counts the unread notices
    assert shown <= 21
