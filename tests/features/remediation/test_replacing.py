"""A replacing notice orders only what changed: the rest goes on with its date, its history and its evidence."""

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.extensions import Clock, db
from app.findings.models import Finding
from app.remediation.models import RemediationTask, TaskEvent
from tests.factories import post
from tests.features.findings.steps import notified, revision, revision_of, step
from tests.features.findings.wards import Ward, picture
from tests.features.remediation.test_tasks import act, report

FIRST = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
WHY = "Đếm nhầm số hồ sơ"
SIGN, LATE, MEETING = "Bổ sung biển cho 1 bàn", "Rà soát 30 hồ sơ quá hạn", "Họp rút kinh nghiệm"


@pytest.fixture
def ward(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """Issued on 22 November; the sign is reported. It is the 26th now, and the lead has begun the replacement."""
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: FIRST))
    found, found.app.config["URL"] = notified(app)
    at(monkeypatch, FIRST + timedelta(minutes=1))
    officer = found.browser(found.officer)
    assert report(officer, f"/tasks/{task(found, SIGN).id}", a=(picture(), "bien.jpg")).status_code == 303
    at(monkeypatch, LATER)
    return found


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    ticks = itertools.count()
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: moment + timedelta(milliseconds=next(ticks))))


def task(ward: Ward, remedy: str, state: str = "") -> RemediationTask:
    with ward.app.app_context():
        found = db.session.query(RemediationTask).filter_by(remedy=remedy)
        return (found.filter_by(state=state) if state else found).one()


def draft(ward: Ward) -> str:
    reply = post(ward.browser(ward.lead), f"{ward.app.config['URL']}/replace", revision=0, reason=WHY)
    assert reply.status_code == 303
    return str(reply.location)


def word(ward: Ward, url: str, item: str, **words: Any) -> None:
    """The lead words a finding of the draft anew."""
    with ward.app.app_context():
        row = db.session.query(Finding).filter_by(item_key=item, conclusion_id=url.rsplit("/", 1)[1]).one()
        given = {"text": row.text, "remedy": row.remedy, "due_working_days": row.due_working_days} | words
        finding = row.id
    step(ward.browser(ward.lead), url, f"findings/{finding}", **given)


def issue(ward: Ward, url: str) -> str:
    """Submitted, approved and issued as 06/TB-UBND; returns the issue page as it was before."""
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    step(lead, url, "submit")
    step(chair, url, "approve")
    preview = chair.get(f"{url}/issue").get_data(as_text=True)
    reply = post(chair, f"{url}/issue", revision=revision_of(ward, url), number=6, on="2026-11-26")
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return preview


def events(ward: Ward, task_id: str) -> list[str]:
    with ward.app.app_context():
        rows = db.session.query(TaskEvent).filter_by(task_id=task_id).order_by(TaskEvent.at, TaskEvent.id)
        return [each.action for each in rows]


def test_the_same_goes_on_the_changed_gets_a_successor_what_is_gone_is_withdrawn(ward: Ward) -> None:
    old = {name: task(ward, name) for name in (SIGN, LATE)}
    url = draft(ward)
    word(ward, url, "dung-han", remedy="Rà soát 15 hồ sơ quá hạn", due_working_days=5)
    lead = ward.browser(ward.lead)
    assert "đã giao tại Thông báo số 05/TB-UBND, thời hạn giữ nguyên" in lead.get(f"{url}/notice").get_data(
        as_text=True
    )
    step(lead, url, "instructions", text=MEETING, due_working_days=3)
    preview = issue(ward, url)
    for told in ("= Giữ nguyên", "↻ Thay đổi", "+ Giao mới", "Nhiệm vụ sẽ rút", WHY):
        assert told in preview, told

    kept = task(ward, SIGN)
    assert (kept.id, kept.state, kept.due_on, kept.issued_on) == (
        old[SIGN].id, "reported", old[SIGN].due_on, date(2026, 11, 22),
    )  # fmt: skip
    assert (kept.source, kept.conclusion_id) == ("06/TB-UBND", url.rsplit("/", 1)[1])
    assert events(ward, kept.id) == ["assign", "report", "carry"]
    changed, gone = task(ward, "Rà soát 15 hồ sơ quá hạn"), task(ward, LATE)
    assert (changed.replaces_id, changed.state, gone.state) == (gone.id, "assigned", "withdrawn")
    assert changed.due_on == date(2026, 12, 3)  # five working days after the 26th
    assert events(ward, gone.id) == ["assign", "supersede"]
    assert task(ward, MEETING).replaces_id is None

    frozen = json.loads(lead.get(f"{url}/frozen.json").data)
    assert [(each["kept_from"], each["due_on"]) for each in frozen["work"]] == [
        ("05/TB-UBND", old[SIGN].due_on.isoformat()), ("", "2026-12-03"), ("", "2026-12-01"),
    ]  # fmt: skip
    notice = lead.get(f"{url}/notice").get_data(as_text=True)
    assert "thời hạn giữ nguyên, xong trước hết ngày 30 tháng 11 năm 2026" in notice
    assert f"lý do: {WHY}" in notice
    board = ward.browser(ward.head).get("/tasks").get_data(as_text=True)
    assert [board.count(each) for each in (SIGN, "Rà soát 15 hồ sơ", MEETING, LATE)] == [1, 1, 1, 0]


def test_a_carried_repair_is_verified_with_the_evidence_of_before_and_old_pages_lead_to_the_new(ward: Ward) -> None:
    gone = task(ward, LATE).id
    url = draft(ward)
    word(ward, url, "dung-han", remedy="Rà soát 15 hồ sơ quá hạn")
    issue(ward, url)
    lead, officer = ward.browser(ward.lead), ward.browser(ward.officer)
    address = f"/tasks/{task(ward, SIGN).id}"
    page = act(lead, address, "verify", how="paper", recheck_months=0)
    for told in ("bien.jpg", "Chuyển sang thông báo thay thế", "06/TB-UBND", "Đã khắc phục"):
        assert told in page, told
    old = officer.get(f"/tasks/{gone}").get_data(as_text=True)
    assert "Được thay bằng" in old
    assert "Đã rút" in old
    assert "✓ Đã khắc phục" not in old
    assert "Theo Thông báo 06/TB-UBND" in old
    assert WHY in old
    refused = post(officer, f"/tasks/{gone}/report", revision=revision_of_task(ward, gone), text="Đã làm")
    assert refused.status_code == 409


def revision_of_task(ward: Ward, task_id: str) -> int:
    with ward.app.app_context():
        return db.session.get_one(RemediationTask, task_id).revision


def test_what_is_verified_is_neither_ordered_again_nor_withdrawn(ward: Ward) -> None:
    lead = ward.browser(ward.lead)
    act(lead, f"/tasks/{task(ward, SIGN).id}", "verify", how="paper", recheck_months=6)
    url = draft(ward)
    with ward.app.app_context():
        late = db.session.query(Finding).filter_by(item_key="dung-han", conclusion_id=url.rsplit("/", 1)[1]).one().id
    step(lead, url, f"findings/{late}/exclude", reason="Đơn vị đã giải trình")
    preview = issue(ward, url)
    assert "đã được xác nhận khắc phục" in preview
    with ward.app.app_context():
        rows = db.session.query(RemediationTask).order_by(RemediationTask.parent_id.is_not(None)).all()
        states = {(each.remedy, each.kind): (each.state, each.source) for each in rows}
    assert states == {
        (SIGN, "repair"): ("verified", "06/TB-UBND"),
        (SIGN, "recheck"): ("assigned", "06/TB-UBND"),
        (LATE, "repair"): ("withdrawn", "05/TB-UBND"),
    }
    notice = lead.get(f"{url}/notice").get_data(as_text=True)
    assert "đã giao tại Thông báo số 05/TB-UBND, đã được xác nhận khắc phục" in notice


def test_the_queue_tells_the_notice_in_force_from_the_draft_that_replaces_it(ward: Ward) -> None:
    draft(ward)
    page = ward.browser(ward.chair).get("/conclusions").get_data(as_text=True)
    first, second = page.split("<tbody>")[1].split("<tr>")[1:]
    assert ("Dự thảo" in first, "Chờ Lãnh đạo A" in first) == (True, True)
    assert ("Đã ban hành" in second, "Chờ Lãnh đạo A" in second) == (True, False)


def test_an_issue_that_is_refused_carries_nothing(ward: Ward) -> None:
    url = draft(ward)
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    step(lead, url, "submit")
    step(chair, url, "approve")
    reply = post(chair, f"{url}/issue", revision=revision(chair, f"{url}/issue"), number=5, on="2026-11-26")
    assert reply.status_code == 422  # the number is used
    kept = task(ward, SIGN)
    assert (kept.source, kept.state) == ("05/TB-UBND", "reported")
    assert events(ward, kept.id) == ["assign", "report"]
