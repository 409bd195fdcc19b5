"""A short visit looks on site at what is open: planned from a task, played on a phone, answered by the lead."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.campaigns import queries as campaigns
from app.campaigns.models import CampaignChange, Visit
from app.checklists import queries as checklists
from app.checklists.models import ChecklistVersion
from app.extensions import Clock, db
from app.findings.models import Conclusion
from app.remediation.models import RemediationTask, TaskEvent
from tests.factories import API, post
from tests.features.findings.wards import Ward, attach, sign
from tests.features.remediation.test_deadlines import NOW, ward
from tests.features.remediation.test_tasks import ON_PAPER, act, address, report, tasks
from tests.features.sync.phones import Phone, phone

__all__ = ["ward"]
DAY = "2026-11-25"


def planned(ward: Ward, url: str, *positions: int) -> str:
    """The lead plans a short visit to these tasks; returns the visit's id."""
    chosen = [tasks(ward)[position].id for position in positions or (0,)]
    reply = post(ward.browser(ward.lead), f"{url}/visit", form_on="/profile", tasks=chosen, day=DAY)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    with ward.app.app_context():
        return db.session.query(Visit.id).filter(Visit.recheck_of == ward.visit_id, Visit.state == "planned").one()[0]


def short(ward: Ward, visit_id: str) -> Phone:
    """The lead's phone with the short visit and its own checklist."""
    with ward.app.app_context():
        version = checklists.version(campaigns.planned_visit(visit_id).checklist_version_id)
    return phone(replace(ward.story, visit=visit_id, chk=version.chk), ward.lead)


def play(ward: Ward, visit_id: str, *, has: str | None) -> None:
    """Answer the one roster of the short visit with a photo, and sign for both."""
    mine = short(ward, visit_id)
    if has:
        row = "item/bien/row/0123abcd-0000-4000-8000-000000000009"
        for cell, value in (("label", "Bàn 3"), ("order", "a1"), ("co", has)):
            mine.mint(f"{row}/{cell}", value)
        attach(mine, row)
    sign(mine)


def state(ward: Ward, position: int = 0) -> tuple[str, str, str | None]:
    task = tasks(ward)[position]
    return task.state, task.verified_how, task.recheck_visit_id


def test_what_was_reported_is_seen_on_site_and_verified_with_one_button(ward: Ward) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    report(officer, url)
    form = lead.get(f"{url}/visit").get_data(as_text=True)
    assert "Bàn có biển để bàn" in form
    assert "Hồ sơ giải quyết đúng hạn" in form
    visit_id = planned(ward, url)
    with ward.app.app_context():
        visit = campaigns.planned_visit(visit_id)
        checklist = checklists.checklist_of_version(visit.checklist_version_id)
        assert (visit.recheck_of, visit.state, visit.planned_on.isoformat()) == (ward.visit_id, "planned", DAY)
        assert [item.key for item in checklist.items()] == ["bien"]
        assert [each.slug for each in checklists.usable_versions()] == ["thu-nghiem"], "nobody is offered a cut"
    manifest = short(ward, visit_id).client.get("/api/sync/v1/manifest", headers=API).get_json()
    [listed] = [each for each in manifest["visits"] if each["id"] == visit_id]
    assert listed["title"] == "Kiểm tra lại: Phiếu thử nghiệm"
    assert listed["newer"] is None
    waiting = lead.get(url).get_data(as_text=True)
    assert "Hủy cuộc kiểm tra lại" in waiting
    assert "Xác nhận đã khắc phục" not in waiting, "nothing is verified on paper meanwhile"
    assert post(lead, f"{url}/verify", form_on="/profile", revision=3, **ON_PAPER).status_code == 409
    assert "25/11/2026" not in officer.get(url).get_data(as_text=True), "a unit is not told that somebody comes"
    play(ward, visit_id, has="yes")
    page = lead.get(url).get_data(as_text=True)
    assert "✓ Đạt tại chỗ" in page
    assert f"/visits/{visit_id}/items/bien" in page
    assert "Xem câu trả lời và 1 ảnh" in page
    assert "Đạt tại chỗ" not in officer.get(url).get_data(as_text=True)
    act(lead, url, "confirm", recheck_months=0)
    assert state(ward) == ("verified", "site", None)
    assert "Cuộc kiểm tra lại ngày <strong>25/11/2026</strong>" in officer.get(url).get_data(as_text=True)


def test_what_still_fails_goes_back_with_the_finding_as_the_reason(ward: Ward) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    visit_id = planned(ward, url)  # nobody has reported: the delegation may look all the same
    play(ward, visit_id, has="no")
    page = lead.get(url).get_data(as_text=True)
    reason = re.search(r'<textarea id="fail"[^>]*>([^<]+)<', page)
    assert reason
    assert "Còn 1/1 bàn chưa có biển (Bàn 3)" in reason[1]
    refused = post(lead, f"{url}/confirm", form_on="/profile", revision=tasks(ward)[0].revision, recheck_months=0)
    assert refused.status_code == 409
    act(lead, url, "reject", reason=reason[1])
    assert state(ward) == ("returned", "", None)
    told = officer.get(url).get_data(as_text=True)
    assert "Kiểm tra lại tại chỗ: chưa đạt" in told
    assert "Còn 1/1 bàn chưa có biển (Bàn 3)" in told
    assert report(officer, url, "Đã đặt biển bàn 3").status_code == 303
    play(ward, planned(ward, url), has="yes")  # the same items: the same cut, another visit
    act(lead, url, "confirm", recheck_months=6)
    with ward.app.app_context():
        assert db.session.query(ChecklistVersion).filter(ChecklistVersion.cut_of.is_not(None)).count() == 1
        again = db.session.query(RemediationTask).filter_by(kind="recheck").one()
        assert again.recheck_months == 6


def test_what_nobody_could_check_or_was_called_off_may_be_planned_anew(ward: Ward) -> None:
    url, lead = address(ward), ward.browser(ward.lead)
    visit_id = planned(ward, url, 0, 1)
    assert post(lead, f"{url}/visit", form_on="/profile", tasks=[tasks(ward)[0].id], day=DAY).status_code == 409
    act(lead, url, "visit/cancel", reason="Đoàn bận")
    assert [state(ward, position)[2] for position in (0, 1)] == [None, None]
    with ward.app.app_context():
        assert db.session.get_one(Visit, visit_id).state == "cancelled"
        assert db.session.query(TaskEvent).filter_by(action="visit_off", text="Đoàn bận").count() == 2
    play(ward, planned(ward, url), has=None)
    assert "Chưa kiểm tra được" in lead.get(url).get_data(as_text=True)
    planned(ward, url)


def test_a_repair_verified_on_paper_is_looked_at_as_a_task_of_its_own(ward: Ward) -> None:
    url, lead = address(ward), ward.browser(ward.lead)
    report(ward.browser(ward.officer), url)
    act(lead, url, "verify", **ON_PAPER)
    visit_id = planned(ward, url)
    assert state(ward) == ("verified", "paper", None)
    with ward.app.app_context():
        again = db.session.query(RemediationTask).filter_by(parent_id=url.split("/")[2]).one()
        assert (again.kind, again.recheck_visit_id, again.due_on.isoformat()) == ("recheck", visit_id, DAY)
        other = f"/tasks/{again.id}"
    assert "Lên lịch kiểm tra lại" not in re.sub(r"(?s)<ol.*", "", lead.get(url).get_data(as_text=True))
    play(ward, visit_id, has="yes")
    act(lead, other, "confirm", recheck_months=0)
    with ward.app.app_context():
        assert db.session.get_one(RemediationTask, other.split("/")[2]).verified_how == "site"


def test_a_short_visit_that_cannot_be_is_refused_and_nothing_changes(ward: Ward) -> None:
    url, task_id = address(ward), tasks(ward)[0].id
    refused: list[tuple[dict[str, Any], int]] = [
        ({"tasks": [], "day": DAY}, 422),
        ({"tasks": ["khong-co"], "day": DAY}, 409),
        ({"tasks": [task_id], "day": "2026-11-01"}, 422),
        ({"tasks": [task_id], "day": "ngay mai"}, 422),
    ]
    for fields, status in refused:
        assert post(ward.browser(ward.lead), f"{url}/visit", form_on="/profile", **fields).status_code == status
    for user in (ward.member, ward.officer):
        fields = {"tasks": [task_id], "day": DAY}
        assert post(ward.browser(user), f"{url}/visit", form_on="/profile", **fields).status_code == 403
    with ward.app.app_context():
        assert db.session.query(Visit).count() == 1
        assert db.session.query(ChecklistVersion).count() == 1
        assert db.session.query(TaskEvent).filter_by(action="visit").count() == 0


def test_a_short_visit_stays_out_of_campaign_lists_and_conclusions(ward: Ward) -> None:
    url, lead, chair = address(ward), ward.browser(ward.lead), ward.browser(ward.chair)
    visit_id = planned(ward, url)
    play(ward, visit_id, has="yes")
    refused = post(lead, f"/visits/{visit_id}/conclusion", form_on="/profile")
    assert refused.status_code == 422
    assert "không lập kết luận riêng" in refused.get_data(as_text=True)
    with ward.app.app_context():
        campaign = campaigns.planned_visit(visit_id).campaign_id
        assert [each.id for each in campaigns.visits_of_campaign(campaign)] == [ward.visit_id]
        assert db.session.query(Conclusion).count() == 1
        assert db.session.query(CampaignChange).filter_by(action="recheck_planned").count() == 1
    for page in ("/conclusions", f"/campaigns/{campaign}/wards"):
        assert visit_id not in chair.get(page).get_data(as_text=True), page
    assert "Cuộc kiểm tra (1)" in chair.get(f"/campaigns/{campaign}").get_data(as_text=True)
    shown = lead.get(f"/visits/{visit_id}").get_data(as_text=True)
    assert "Kiểm tra lại" in shown
    assert f"/visits/{ward.visit_id}" in shown


def test_minutes_that_are_amended_leave_nothing_to_answer(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(days=3)))
    url, lead = address(ward), ward.browser(ward.lead)
    visit_id = planned(ward, url)
    play(ward, visit_id, has="yes")
    mine = short(ward, visit_id)
    mine.pull()
    with ward.app.app_context():
        db.session.query(Visit).filter_by(id=visit_id).update({"state": "open"})
        db.session.commit()
    assert "Đạt tại chỗ" not in lead.get(url).get_data(as_text=True)
    refused = post(lead, f"{url}/confirm", form_on="/profile", revision=tasks(ward)[0].revision, recheck_months=0)
    assert refused.status_code == 409
