"""What the unit must repair: ordered by the notice, reported with evidence, verified or returned, overdue in time."""

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.extensions import Clock, db
from app.findings.models import Conclusion
from app.remediation.models import RemediationTask, TaskEvent, TaskEvidence
from tests.factories import csrf_token, post
from tests.features.findings.steps import approved, notified, revision
from tests.features.findings.wards import Ward, inspected, picture

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ON_PAPER: dict[str, Any] = {"how": "paper", "recheck_months": 0}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def ward(app: Flask) -> Ward:
    return notified(app)[0]


def later(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(**by)))


def tasks(ward: Ward) -> list[RemediationTask]:
    with ward.app.app_context():
        return db.session.query(RemediationTask).order_by(RemediationTask.position).all()


def address(ward: Ward, position: int = 0) -> str:
    return f"/tasks/{tasks(ward)[position].id}"


def report(
    browser: FlaskClient,
    url: str,
    text: str = "Đã làm biển",
    more: Mapping[str, str] | None = None,
    **files: tuple[bytes, str],
) -> TestResponse:
    """Send the report form with files, as a browser without JavaScript does."""
    data: dict[str, object] = {
        "csrf_token": csrf_token(browser, "/profile"),
        "revision": revision(browser, url),
        "text": text,
        **(more or {}),
        "files": [(io.BytesIO(content), name) for content, name in files.values()],
    }
    return browser.post(f"{url}/report", data=data, content_type="multipart/form-data")


def act(browser: FlaskClient, url: str, what: str, **fields: Any) -> str:
    reply = post(browser, f"{url}/{what}", revision=revision(browser, url), **fields)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return browser.get(url).get_data(as_text=True)


def test_issuing_makes_a_task_of_each_finding_and_names_head_date_and_calendar(ward: Ward) -> None:
    found = tasks(ward)
    assert [(each.remedy, each.due_on.isoformat(), each.state) for each in found] == [
        ("Bổ sung biển cho 1 bàn", "2026-11-30", "assigned"),
        ("Rà soát 30 hồ sơ quá hạn", "2026-12-07", "assigned"),
    ]
    assert {each.head_id for each in found} == {ward.head.id}
    page = ward.browser(ward.officer).get(address(ward)).get_data(as_text=True)
    assert "30/11/2026" in page
    assert "Chủ tịch phường L" in page
    assert found[0].calendar_version in page


def test_what_was_left_out_is_not_ordered_and_instructions_are(app: Flask) -> None:
    ward = inspected(app)
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = post(lead, f"/visits/{ward.visit_id}/conclusion").location
    page = lead.get(url).get_data(as_text=True)
    finding = re.search(r'id="finding-([\w-]+)"', page)
    assert finding
    steps: list[tuple[FlaskClient, str, dict[str, Any]]] = [
        (lead, f"findings/{finding[1]}/exclude", {"reason": "Đã khắc phục ngay"}),
        (lead, "instructions", {"text": "Họp kiểm điểm", "due_working_days": 1}),
        (lead, "submit", {}),
        (chair, "approve", {}),
    ]
    for browser, what, fields in steps:
        assert post(browser, f"{url}/{what}", revision=revision(browser, url), **fields).status_code == 303
    form = chair.get(f"{url}/issue").get_data(as_text=True)
    assert "Họp kiểm điểm" in form
    assert "23/11/2026" in form
    assert "Bổ sung biển" not in form
    reply = post(chair, f"{url}/issue", revision=revision(chair, f"{url}/issue"), number=1, on="2026-11-22")
    assert reply.status_code == 303
    assert [each.remedy for each in tasks(ward)] == ["Rà soát 30 hồ sơ quá hạn", "Họp kiểm điểm"]


def test_the_story_of_a_repair_that_is_returned_once(ward: Ward) -> None:
    url = address(ward)
    officer, lead = ward.browser(ward.officer), ward.browser(ward.lead)
    assert report(officer, url, "Đã đặt biển", a=(picture(), "biển mới.jpg")).status_code == 303
    assert "Chờ thẩm tra" in officer.get(url).get_data(as_text=True)
    refused = post(lead, f"{url}/return", revision=revision(lead, url), reason="")
    assert refused.status_code == 422
    assert "Ảnh chưa rõ chữ" in act(lead, url, "return", reason="Ảnh chưa rõ chữ")
    page = officer.get(url).get_data(as_text=True)
    assert "Báo cáo lại" in page
    assert "Ảnh chưa rõ chữ" in page
    assert (
        report(officer, url, "Đã chụp lại", a=(picture((10, 200, 10)), "a.jpg"), b=(PDF, "phieu.pdf")).status_code
        == 303
    )
    page = act(lead, url, "verify", note="Đạt", **ON_PAPER)
    assert "Đã khắc phục" in page
    for told in ("Đã đặt biển", "Ảnh chưa rõ chữ", "Đã chụp lại", "biển mới.jpg", "phieu.pdf", "Đạt"):
        assert told in page, told
    with ward.app.app_context():
        acts = db.session.query(TaskEvent.action).filter_by(task_id=url.split("/")[2]).order_by(TaskEvent.at).all()
    assert sorted(row[0] for row in acts) == ["assign", "report", "report", "return", "verify"]


def test_a_report_sent_twice_is_stored_once(ward: Ward) -> None:
    url, officer = address(ward), ward.browser(ward.officer)
    fields: dict[str, Any] = {"revision": revision(officer, url), "text": "Đã làm"}
    assert post(officer, f"{url}/report", **fields).status_code == 303
    again = post(officer, f"{url}/report", **fields)
    assert again.status_code == 409
    assert "không còn ở bước" in again.get_data(as_text=True)
    with ward.app.app_context():
        assert db.session.query(TaskEvent).filter_by(action="report").count() == 1


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"GIF89a" + bytes(50), "anh.gif", "Chỉ nhận ảnh"),
        (b"<html><script>alert(1)</script>", "anh.jpg", "Chỉ nhận ảnh"),
        (b"\xff\xd8\xff" + bytes(200), "hong.jpg", "Chỉ nhận ảnh"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "hong.png", "Chỉ nhận ảnh"),
        (b"", "rong.jpg", "Có tệp rỗng"),
        (b"%PDF-" + bytes(12 * 1024 * 1024), "to.pdf", "lớn hơn 12 MB"),
    ],
)
def test_a_bad_file_is_refused_in_vietnamese_and_nothing_is_reported(
    ward: Ward, content: bytes, name: str, told: str
) -> None:
    url, officer = address(ward), ward.browser(ward.officer)
    reply = report(officer, url, a=(picture(), "tốt.jpg"), b=(content, name))
    assert reply.status_code == 422
    assert told in reply.get_data(as_text=True)
    with ward.app.app_context():
        assert db.session.query(TaskEvent).filter_by(action="report").count() == 0
        assert db.session.query(TaskEvidence).count() == 0
    assert tasks(ward)[0].state == "assigned"


def test_too_many_files_are_refused(ward: Ward) -> None:
    url, officer = address(ward), ward.browser(ward.officer)
    six: dict[str, Any] = {f"f{n}": (PDF, f"{n}.pdf") for n in range(6)}
    reply = report(officer, url, **six)
    assert reply.status_code == 422
    assert "tối đa 5 tệp" in reply.get_data(as_text=True)


def test_a_request_beyond_every_limit_is_refused(ward: Ward) -> None:
    url, officer = address(ward), ward.browser(ward.officer)
    reply = report(officer, url, a=(b"%PDF-" + bytes(9 * 2**20), "a.pdf"), b=(b"%PDF-" + bytes(9 * 2**20), "b.pdf"))
    assert reply.status_code == 413
    assert "quá lớn" in reply.get_data(as_text=True)


def test_evidence_is_served_so_that_no_browser_runs_it(ward: Ward) -> None:
    url, officer = address(ward), ward.browser(ward.officer)
    both = picture() + b"<script>alert(1)</script>"
    assert report(officer, url, a=(both, "../../etc/passwd.jpg"), b=(PDF, "b.pdf")).status_code == 303
    with ward.app.app_context():
        rows = {each.mime: each for each in db.session.query(TaskEvidence)}
        photo, paper = rows["image/jpeg"], rows["application/pdf"]
        assert photo.filename == "passwd.jpg"
    reply = officer.get(f"{url}/evidence/{photo.id}")
    assert reply.data == both
    assert reply.mimetype == "application/octet-stream"
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    view = officer.get(f"{url}/evidence/{photo.id}/preview")
    assert view.mimetype == "image/jpeg"
    assert b"<script>" not in view.data
    assert officer.get(f"{url}/evidence/{paper.id}/preview").status_code == 404


def test_overdue_shows_to_all_concerned_by_words_and_first(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, days=10)  # 2 December: the first task is two days late, the second is not
    for user in (ward.head, ward.officer, ward.lead, ward.chair):
        page = ward.browser(user).get("/tasks").get_data(as_text=True)
        assert "⚠ Quá hạn 2 ngày" in page, user.name
        assert page.index("Bổ sung biển cho 1 bàn") < page.index("Rà soát 30 hồ sơ")
    assert "Rà soát 30 hồ sơ" not in ward.browser(ward.head).get("/tasks?state=overdue").get_data(as_text=True)


def test_a_report_in_time_stops_the_clock(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = ward.browser(ward.officer)
    report(officer, address(ward))
    later(monkeypatch, days=10)
    assert "Quá hạn" not in ward.browser(ward.lead).get("/tasks").get_data(as_text=True)


def test_a_ward_sees_and_reports_only_its_own(ward: Ward) -> None:
    url, stranger = address(ward), ward.browser(ward.neighbour)
    assert "Bổ sung biển" not in stranger.get("/tasks").get_data(as_text=True)
    missing = stranger.get("/tasks/AAAAAAAAAAAAAAAAAAAAAA")
    hidden = stranger.get(url)
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert post(stranger, f"{url}/report", revision=1, text="x").status_code == 404
    report(ward.browser(ward.officer), url, a=(PDF, "a.pdf"))
    with ward.app.app_context():
        evidence = db.session.query(TaskEvidence).one().id
    assert stranger.get(f"{url}/evidence/{evidence}").status_code == 404
    other = address(ward, 1)
    assert ward.browser(ward.officer).get(f"{other}/evidence/{evidence}").status_code == 404


def test_each_side_does_only_its_part(ward: Ward) -> None:
    url = address(ward)
    officer, member, lead = (ward.browser(user) for user in (ward.officer, ward.member, ward.lead))
    assert post(lead, f"{url}/report", revision=1, text="x").status_code == 403
    report(officer, url)
    assert post(officer, f"{url}/verify", revision=2, **ON_PAPER).status_code == 403
    assert post(member, f"{url}/verify", revision=2, **ON_PAPER).status_code == 403
    assert "Xác nhận đã khắc phục" not in member.get(url).get_data(as_text=True)
    assert act(lead, url, "verify", **ON_PAPER)


def test_a_failed_issue_orders_nothing(app: Flask) -> None:
    ward = inspected(app)
    url = approved(ward)
    chair = ward.browser(ward.chair)
    reply = post(chair, f"{url}/issue", revision=revision(chair, f"{url}/issue"), number=1, on="2026-11-30")
    assert reply.status_code == 422
    with app.app_context():
        assert db.session.query(RemediationTask).count() == 0
        assert db.session.query(Conclusion).one().frozen is None


def test_the_issue_page_is_for_vice_chairs_and_approved_text_only(app: Flask) -> None:
    ward = inspected(app)
    lead = ward.browser(ward.lead)
    url = post(lead, f"/visits/{ward.visit_id}/conclusion").location
    assert lead.get(f"{url}/issue").status_code == 409
    assert ward.browser(ward.member).get(f"{url}/issue").status_code == 403
    assert ward.browser(ward.head).get(f"{url}/issue").status_code == 403


def test_the_board_makes_a_bounded_number_of_statements(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    seen: list[str] = []
    with ward.app.app_context():
        engine = db.engine

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        browser.get("/tasks")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in seen if each.startswith("SELECT")]) <= 10
