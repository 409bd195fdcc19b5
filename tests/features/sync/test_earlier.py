"""What the unit's last signed visits answered: told to members, item by item, with the day and the person."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.campaigns.models import Campaign, Visit
from app.extensions import db, new_id
from tests import factories
from tests.features.sync.phones import AT, CHECKLIST, URL, Phone, Story, begin_story, phone, remove
from tests.features.sync.statements import counted

DAY = date(2026, 11, 22)
ROW = "item/ban/row/{}-0000-4000-8000-000000000000"
DOCUMENT = {
    **CHECKLIST,
    "sections": [
        {
            **CHECKLIST["sections"][0],
            "items": [
                *CHECKLIST["sections"][0]["items"][:3],
                {"key": "gop-y", "text": {"vi": "Góp ý"}, "answer": {"type": "text"}, "not_applicable": True},
                {
                    "key": "ban",
                    "text": {"vi": "Bàn"},
                    "points": 100,
                    "score": "proportional",
                    "zero_total": "not_applicable",
                    "answer": {
                        "type": "roster",
                        "row": {"label": {"vi": "Bàn"}},
                        "fields": [{"key": "co", "type": "yes_no", "text": {"vi": "Có biển"}}],
                        "ratio": {"counts": {"field": "co", "is": "yes"}},
                    },
                },
            ],
        }
    ],
}


@pytest.fixture
def story(app_on_each: Any) -> Story:
    return begin_story(app_on_each, DOCUMENT)


def another_visit(story: Story, *, days: int, state: str = "planned", **campaign: Any) -> str:
    """A visit of the same unit so many days later, by the same delegation; of another campaign if told how it is."""
    with factories.writing(story.app):
        first = db.session.get_one(Visit, story.visit)
        facts = {name: getattr(first, name) for name in ("delegation_id", "unit_id", "unit_name", "unit_kind")}
        campaign_id = first.campaign_id
        if campaign:
            old = db.session.get_one(Campaign, campaign_id)
            kept = ("host_unit_id", "host_path", "checklist_version_id", "starts_on", "ends_on", "created_by")
            campaign_id = new_id()
            values = {name: getattr(old, name) for name in kept} | campaign
            db.session.add(Campaign(id=campaign_id, title="Đợt khác", created_at=AT, **values))
            db.session.flush()
        visit = Visit(
            id=new_id(),
            campaign_id=campaign_id,
            unit_path=first.unit_path,
            checklist_version_id=first.checklist_version_id,
            planned_on=DAY + timedelta(days=days),
            state=state,
            created_at=AT,
            **facts,
        )
        db.session.add(visit)
        return visit.id


def told(who: Phone, visit: str, known: str = "") -> dict[str, Any]:
    reply = who.client.get(f"{URL}/visits/{visit}/earlier?known={known}")
    assert reply.status_code == 200, reply.get_data(as_text=True)
    body: dict[str, Any] = reply.get_json()
    return body


def sign_the_first(story: Story) -> None:
    """The first visit of the unit, answered by two people and signed by both parties."""
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "no")
    a.mint("item/muc-1/note", "Chưa treo")
    a.mint("item/gop-y/na", {"reason": "Không có hòm thư"})
    for row, said in (("11111111", "yes"), ("22222222", "no")):
        path = ROW.format(row)
        a.mint(f"{path}/label", f"Bàn {row[0]}")
        a.mint(f"{path}/co", said)
    a.push()
    lead.pull()
    lead.mint("item/muc-2", "yes")
    close = lead.close()
    lead.sign("unit", close)
    lead.sign("lead", close)
    lead.push()


def test_each_item_has_what_was_signed_with_the_day_and_the_person(story: Story) -> None:
    sign_the_first(story)
    later = another_visit(story, days=90)
    a = phone(story, story.a)
    body = told(a, later)
    on = {"on": "2026-11-22", "by": story.a.name}
    assert body["items"] == {
        "muc-1": {"value": "no", "note": "Chưa treo", "fails": True} | on,
        "muc-2": {"value": "yes", "fails": False} | on | {"by": story.lead.name},
        "gop-y": {"na": "Không có hòm thư", "fails": False} | on,
        "ban": {"counted": {"observed": 1, "total": 2}, "rows": ["Bàn 1", "Bàn 2"], "fails": True} | on,
    }
    with counted(story.app) as statements:
        again = told(a, later, body["digest"])
    assert (again["digest"], again.get("unchanged"), "items" in again) == (body["digest"], True, False)
    assert not [each for each in statements if "FROM entries" in each]
    with counted(story.app) as statements:
        told(a, later)
    assert len([each for each in statements if "FROM entries" in each]) == 1  # however many visits are read
    assert told(a, story.visit)["items"] == {}  # nothing was before it


def test_only_members_of_the_visit_are_told(story: Story) -> None:
    sign_the_first(story)
    later = another_visit(story, days=90)
    remove(story, story.b)
    for other in (story.stranger, story.b):
        reply = phone(story, other).client.get(f"{URL}/visits/{later}/earlier")
        assert (reply.status_code, reply.get_json()["code"]) == (404, "NO_SUCH_VISIT")
    assert story.app.test_client().get(f"{URL}/visits/{later}/earlier").status_code == 401
    reply = phone(story, story.a).client.get(f"{URL}/visits/{new_id()}/earlier")
    assert (reply.status_code, reply.get_json()["code"]) == (404, "NO_SUCH_VISIT")


def test_what_nobody_signed_or_another_kind_of_authority_found_is_not_told(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    later = another_visit(story, days=90)
    assert told(a, later)["items"] == {}  # open, not signed
    lead = phone(story, story.lead)
    lead.pull()
    close = lead.close()
    lead.sign("unit", close)
    lead.sign("lead", close)
    lead.push()
    assert list(told(a, later)["items"]) == ["muc-1"]
    for campaign in ({"sample_data": True}, {"host_path": "/999999/"}):
        assert told(a, another_visit(story, days=91, **campaign))["items"] == {}
    assert told(a, another_visit(story, days=-1))["items"] == {}  # it came before
