"""A surprise visit on the phones: hidden until the lead starts it, or the code opens it (decision 0013)."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask

from app.campaigns.models import Visit, VisitAccess
from app.domain import starting
from app.extensions import db
from app.sync import packs, queries
from app.sync.signing import signer
from tests import factories
from tests.features.sync.phones import URL, Phone, Story, begin_story, phone

CODE = "483915307766"
BOXES = json.loads((Path(__file__).parents[2] / "vectors" / "packs" / "boxes.json").read_text("utf-8"))


@pytest.fixture
def story(app: Flask) -> Story:
    """The visit of the story, planned as a surprise."""
    story = begin_story(app)
    with factories.writing(app):
        visit = db.session.get_one(Visit, story.visit)
        visit.surprise, visit.planned_time, visit.start_code = True, "07:15", CODE
    return story


def manifest(who: Phone) -> Any:
    return who.client.get(f"{URL}/manifest").get_json()


def start_of(lead: Phone, at: int = 1_790_000_000_000) -> dict[str, Any]:
    beacon = manifest(lead)["beacon"]
    return {"at": at, "off": -120, "unc": 40, "after": beacon}


def test_only_the_lead_is_told_and_that_is_kept(app: Flask, story: Story) -> None:
    lead, member = phone(story, story.lead), phone(story, story.a)
    told = manifest(lead)
    assert told["visits"] == []  # where older apps look
    [sealed] = told["sealed"]
    assert sealed["visit"]["unit"]["name"] == "Phường Số 1"
    assert sealed["visit"]["surprise"] == {"time": "07:15", "code": CODE}
    manifest(lead)
    hidden = manifest(member)
    assert hidden["visits"] == []
    assert hidden["sealed"] == [{"id": story.visit, "planned_on": "2026-11-22"}]
    assert "beacon" not in hidden
    for path in ("log", "earlier", "previous", "devices", "blobs"):
        assert member.client.get(f"{URL}/visits/{story.visit}/{path}").status_code == 404, path
    assert member.client.get(f"{URL}/checklists/{story.chk}").status_code == 404
    assert lead.client.get(f"{URL}/checklists/{story.chk}").status_code == 200
    with app.app_context():
        rows = db.session.query(VisitAccess).all()
        assert [(row.user_id, row.how, row.times) for row in rows] == [(story.lead.id, "phone", 1)]


def test_what_a_member_sends_before_the_start_is_refused_and_taken_after_it(story: Story) -> None:
    lead, member = phone(story, story.lead), phone(story, story.a)
    member.mint("item/muc-1", "yes")
    assert member.send().status_code == 404
    lead.mint(starting.START, start_of(lead), kind="start")
    assert lead.send().status_code == 200
    assert manifest(member)["sealed"] == []
    [listed] = manifest(member)["visits"]
    assert listed["surprise"] == {"time": "07:15"}  # the code is the lead's
    reply = member.send()
    assert reply.status_code == 200
    assert reply.get_json()["taken"] == 1


def test_a_member_does_not_start_it(app: Flask, story: Story) -> None:
    member = phone(story, story.a)
    member.mint(starting.START, {"at": 1}, kind="start")
    assert member.send().status_code == 404
    with app.app_context():
        assert db.session.get_one(Visit, story.visit).started_at is None


def test_the_start_lies_between_the_last_signed_time_and_its_receipt(app: Flask, story: Story) -> None:
    lead = phone(story, story.lead)
    value = start_of(lead)
    op = lead.mint(starting.START, value, kind="start")
    lead.push()
    with app.app_context():
        found = starting.start_of(queries.entries_of(story.visit), signer().has_signed_text)
        assert found is not None
        assert (found.op, found.not_before) == (op, value["after"]["at"])
        assert found.received is not None
        assert found.received >= value["after"]["at"]
        visit = db.session.get_one(Visit, story.visit)
        assert visit.started_at is not None
        assert int(visit.started_at.timestamp() * 1000) == found.received
        later = starting.beacon_bytes(value["after"]["at"] + 1)
        assert not signer().has_signed_text(later, value["after"]["sig"])


def unseal(box: dict[str, Any], code: str) -> Any:
    """As a phone opens a box; None if the code is another one."""
    salt, iv, data = (base64.b64decode(box[name]) for name in ("salt", "iv", "data"))
    try:
        return json.loads(AESGCM(packs.key_of(code, salt, box["rounds"])).decrypt(iv, data, None))
    except InvalidTag:
        return None


def test_the_code_opens_what_a_members_phone_holds(app: Flask, story: Story) -> None:
    member = phone(story, story.a)
    reply = member.client.get(f"{URL}/visits/{story.visit}/pack")
    assert json.dumps("Phường Số 1")[1:-1] not in reply.get_data(as_text=True)  # as the reply would write it
    box = reply.get_json()["pack"]
    held = unseal(box, CODE)
    assert held["visit"]["unit"]["name"] == "Phường Số 1"
    assert held["visit"]["role"] == "member"
    assert "code" not in held["visit"]["surprise"]
    assert json.loads(held["checklist"])["slug"] == "vi-du"
    assert unseal(box, "000000000000") is None
    stranger = phone(story, story.stranger)
    assert stranger.client.get(f"{URL}/visits/{story.visit}/pack").status_code == 404
    with app.app_context():
        assert [(row.user_id, row.how) for row in db.session.query(VisitAccess)] == [(story.a.id, "pack")]


@pytest.mark.parametrize("case", BOXES, ids=lambda case: case["description"])
def test_a_box_of_the_vectors(case: dict[str, Any]) -> None:
    assert unseal(case["box"], case["code"]) == case["expect"]


def test_a_cancelled_surprise_is_never_told(app: Flask, story: Story) -> None:
    with factories.writing(app):
        db.session.get_one(Visit, story.visit).state = "cancelled"
    for user in (story.lead, story.a):
        assert manifest(phone(story, user))["sealed"] == []
    assert phone(story, story.a).client.get(f"{URL}/visits/{story.visit}/pack").status_code == 404


def test_what_a_member_wrote_by_the_code_is_held_once_the_surprise_is_cancelled(app: Flask, story: Story) -> None:
    """Nobody starts it any more: it is taken as from a former member, who is shown nothing but his own."""
    a, b = phone(story, story.a), phone(story, story.b)
    for each in (a, b):
        each.mint("item/muc-1", "yes")
        assert each.send().status_code == 404, "sealed: what was opened by the code waits"
    with factories.writing(app):
        db.session.get_one(Visit, story.visit).state = "cancelled"
    assert b.send().status_code == 200
    [taken] = a.push()
    assert (taken["entry"]["st"], taken["entry"]["why"]) == ("held", "CANCELLED")
    log = a.client.get(f"{URL}/visits/{story.visit}/log?after=0").get_json()
    assert log["not_member"] is True
    assert [each["actor"] for each in log["own"]] == [story.a.id]
    assert phone(story, story.stranger).client.get(f"{URL}/visits/{story.visit}/log?after=0").status_code == 404
    for path in ("earlier", "previous", "devices", "pack"):
        assert a.client.get(f"{URL}/visits/{story.visit}/{path}").status_code == 404, path


def test_a_start_that_arrives_after_the_cancelling_makes_members_of_them_again(app: Flask, story: Story) -> None:
    lead, member = phone(story, story.lead), phone(story, story.a)
    value = start_of(lead)
    with factories.writing(app):
        db.session.get_one(Visit, story.visit).state = "cancelled"
    lead.mint(starting.START, value, kind="start")
    lead.push()
    member.mint("item/muc-1", "yes")
    [taken] = member.push()
    assert taken["entry"]["st"] == "acc"
    with app.app_context():
        entries = [(each.actor_id, each.status) for each in queries.log_page(story.visit, after=0, limit=9)]
        assert entries == [(story.lead.id, "acc"), (story.a.id, "acc")]
        assert db.session.get_one(Visit, story.visit).state == "cancelled"


def test_a_box_comes_in_steps_and_holds_as_much_as_its_letters_take() -> None:
    """An old phone carries every step, and reads a Vietnamese letter in three bytes or less."""
    told = {"items": ["ế"] * 10_000}
    box = packs.seal(told, CODE, rounds=1000)
    assert len(base64.b64decode(box["data"])) == packs.STEP + 16
    assert unseal(box, CODE) == told
    other = packs.seal(told, CODE, rounds=1000)
    assert [box["iv"] != other["iv"], box["salt"] != other["salt"]] == [True, True]


@pytest.mark.parametrize("signature", ["", "A", "A" * 86, "!" * 86, "Ω"])
def test_a_signature_that_cannot_be_read_or_is_none_proves_no_time(app: Flask, signature: str) -> None:
    with app.app_context():
        assert not signer().has_signed_text(starting.beacon_bytes(1), signature)
