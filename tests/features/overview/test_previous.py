"""What a delegation's phones learn of the conclusion before: only theirs, only issued, only what stands."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from app.campaigns.models import Campaign, Delegation, Member, Visit
from app.extensions import Clock, db, new_id, now
from tests.factories import MadeUser, writing
from tests.features.findings.steps import approved, issued, notified
from tests.features.findings.wards import Ward, inspected, picture
from tests.features.sync.phones import phone
from tests.features.sync.statements import counted
from tests.features.sync.test_evidence import upload

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def next_visit(ward: Ward, lead: MadeUser, host_path: str | None = None) -> str:
    """Another delegation is to go to the same unit."""
    code = new_id()
    with writing(ward.app):
        before = db.session.get_one(Visit, ward.visit_id)
        plan = db.session.get_one(Campaign, before.campaign_id)
        copied = {each.key: getattr(plan, each.key) for each in Campaign.__table__.columns}
        campaign = Campaign(**{**copied, "id": new_id(), "host_path": host_path or plan.host_path})
        delegation = Delegation(id=new_id(), campaign_id=campaign.id, name="Đoàn sau")
        db.session.add_all([campaign, delegation])
        db.session.flush()
        seat = Member(id=new_id(), delegation_id=delegation.id, user_id=lead.id, is_lead=True, added_at=now())
        values = {each.key: getattr(before, each.key) for each in Visit.__table__.columns if each.key[:6] != "signed"}
        values |= {"id": code, "state": "planned", "campaign_id": campaign.id, "delegation_id": delegation.id}
        db.session.add_all([seat, Visit(**{**values, "planned_on": date(2026, 12, 20)})])
    return code


def asked(ward: Ward, user: MadeUser, visit: str, more: str = "") -> Any:
    return ward.browser(user).get(f"/api/sync/v1/visits/{visit}/previous{more}")


def test_the_phones_learn_what_the_last_issued_conclusion_found_and_what_became_of_it(app: Flask) -> None:
    ward = inspected(app)
    content = picture()
    assert upload(phone(ward.story, ward.lead), content).status_code == 204
    issued(ward)
    visit = next_visit(ward, ward.member)
    reply = asked(ward, ward.member, visit).get_json()
    told = reply["previous"]
    assert (told["number"], told["issued_on"], told["visited_on"]) == ("05/TB-UBND", "2026-11-22", "2026-11-20")
    by_item = {each["item"]: each for each in told["findings"]}
    assert set(by_item) == {"bien", "dung-han"}
    assert by_item["bien"]["text"] == "Còn 1/3 bàn chưa có biển (Bàn 3)"
    assert (by_item["bien"]["state"], by_item["bien"]["due_on"]) == ("assigned", "2026-11-30")
    assert by_item["bien"]["pictures"] == [hashlib.sha256(content).hexdigest()]

    again = asked(ward, ward.member, visit, f"?known={reply['digest']}").get_json()
    assert again["unchanged"] is True
    assert "previous" not in again

    shown = asked(ward, ward.member, visit, f"/{by_item['bien']['pictures'][0]}")
    assert shown.mimetype == "image/jpeg"
    assert len(shown.data) > 100
    assert asked(ward, ward.member, visit, f"/{'0' * 64}").status_code == 404


def test_what_is_not_issued_or_of_another_authority_is_not_told(app: Flask) -> None:
    ward = inspected(app)
    visit = next_visit(ward, ward.member)
    approved(ward)
    assert asked(ward, ward.member, visit).get_json()["previous"] is None
    issued_elsewhere = next_visit(ward, ward.member, host_path="/999/")
    assert asked(ward, ward.member, issued_elsewhere).get_json()["previous"] is None


def test_only_who_inspects_may_ask_and_a_visit_is_not_its_own_past(app: Flask) -> None:
    ward, _ = notified(app)
    visit = next_visit(ward, ward.member)
    for stranger in (ward.lead, ward.head, ward.officer, ward.neighbour):
        reply = asked(ward, stranger, visit)
        assert (reply.status_code, reply.get_json()["code"]) == (404, "not_found")
    assert asked(ward, ward.member, ward.visit_id).get_json()["previous"] is None


def test_the_number_of_statements_does_not_grow_with_the_findings(app: Flask) -> None:
    ward, _ = notified(app)
    visit = next_visit(ward, ward.member)
    browser = ward.browser(ward.member)
    browser.get("/profile")
    with counted(app) as statements:
        browser.get(f"/api/sync/v1/visits/{visit}/previous")
    assert len(statements) <= 12
