"""A browser remembers which devices it has been; a store that forgot is noticed, told and written down."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.actions import devices
from app.accounts.models import Device, DeviceTicket, Incident
from app.accounts.queries.sessions import token_hash
from app.extensions import Clock, db
from tests.factories import API, PASSWORD, MadeUser, body, make_user, writing

CLAIM = {"name": "Samsung A15", "app": "0.1.0"}


def begin(client: FlaskClient, user: MadeUser, **claim: object) -> dict[str, object]:
    sent = {"login": user.login, "password": PASSWORD, "device": CLAIM | claim}
    reply = client.post("/api/session", json=sent, headers=API)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    said: dict[str, object] = body(reply)
    return said


def device_of(said: dict[str, object]) -> dict[str, str]:
    device = said["device"]
    assert isinstance(device, dict)
    return device


def speak(app: Flask, device_id: str, monkeypatch: pytest.MonkeyPatch, ops: int, blobs: int) -> None:
    """The device is heard of an hour later, and says what it owes."""
    later = Clock.source() + timedelta(hours=1)
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: later))
    with writing(app):
        devices.note_contact(device_id, pending_ops=ops, pending_blobs=blobs)


def incidents(app: Flask) -> list[tuple[str, str, str | None]]:
    with app.app_context():
        found = db.session.scalars(select(Incident)).all()
        return [(each.user_id, each.kind, each.device_id) for each in found]


def test_a_ticket_is_issued_only_to_a_device_that_says_it_has_none(app_on_each: Flask) -> None:
    user, client = make_user(app_on_each, "an"), app_on_each.test_client()
    first = device_of(begin(client, user, ticket=False))
    assert len(first["ticket"]) == 43
    assert set(device_of(begin(client, user, id=first["id"], ticket=True))) == {"id"}
    assert set(device_of(begin(client, user, id=first["id"]))) == {"id"}, "an older client does not ask"
    again = client.put("/api/session/device", json={**CLAIM, "id": first["id"], "ticket": False}, headers=API)
    second = device_of(body(again))
    assert second["id"] == first["id"]
    assert second["ticket"] != first["ticket"]
    with app_on_each.app_context():
        stored = set(db.session.scalars(select(DeviceTicket.ticket_hash)))
    assert stored == {token_hash(first["ticket"]), token_hash(second["ticket"])}, "hashes, and both still count"


def test_of_many_tickets_the_latest_are_kept(app_on_each: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    user, client = make_user(app_on_each, "an"), app_on_each.test_client()
    first = device_of(begin(client, user, ticket=False))
    latest = first["ticket"]
    for minute in range(devices.TICKETS_KEPT):
        later = Clock.source() + timedelta(minutes=minute + 1)
        monkeypatch.setattr(Clock, "source", staticmethod(lambda later=later: later))
        latest = device_of(begin(client, user, id=first["id"], ticket=False))["ticket"]
    with app_on_each.app_context():
        stored = set(db.session.scalars(select(DeviceTicket.ticket_hash)))
    assert len(stored) == devices.TICKETS_KEPT
    assert token_hash(latest) in stored
    assert token_hash(first["ticket"]) not in stored


def test_a_store_that_was_thrown_away_is_told_what_it_last_owed(
    app_on_each: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, client = make_user(app_on_each, "an"), app_on_each.test_client()
    device = device_of(begin(client, user))["id"]
    speak(app_on_each, device, monkeypatch, 7, 2)
    said = begin(client, user)
    assert device_of(said)["id"] == device, "the phone is the same, so its history goes on"
    lost = said["lost"]
    assert isinstance(lost, dict)
    assert (lost["pending_ops"], lost["pending_blobs"], lost["device_name"]) == (7, 2, "Samsung A15")
    assert lost["last_contact_at"].endswith("Z")
    assert incidents(app_on_each) == [(user.id, "storage_lost", device)]
    with app_on_each.app_context():
        stored = db.session.get_one(Device, device)
        assert (stored.pending_ops, stored.pending_blobs) == (0, 0), "the new store owes nothing"


def test_nothing_is_lost_when_the_store_remembers_or_the_first_reply_went_astray(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, client = make_user(app, "an"), app.test_client()
    device = device_of(begin(client, user))["id"]
    assert "lost" not in begin(client, user), "it never spoke after its enrolment"
    speak(app, device, monkeypatch, 1, 0)
    assert "lost" not in begin(client, user, id=device)
    assert incidents(app) == []


def test_a_store_deleted_on_purpose_is_no_loss(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    user, client = make_user(app, "an"), app.test_client()
    device = device_of(begin(client, user))["id"]
    speak(app, device, monkeypatch, 0, 0)
    gone = client.delete("/api/session?wiped=1", headers=API)
    assert (gone.status_code, gone.headers.get("Clear-Site-Data")) == (204, '"cache", "storage"')
    said = begin(client, user)
    assert device_of(said)["id"] != device
    assert incidents(app) == []


def test_people_who_share_a_computer_each_have_their_own_device(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    an, binh, client = make_user(app, "an"), make_user(app, "binh"), app.test_client()
    of_an, of_binh = device_of(begin(client, an))["id"], device_of(begin(client, binh))["id"]
    assert of_an != of_binh
    speak(app, of_an, monkeypatch, 3, 0)
    assert "lost" not in begin(client, binh)
    assert begin(client, an)["lost"]
    assert incidents(app) == [(an.id, "storage_lost", of_an)]


@pytest.mark.parametrize("sent", ["x", "." * 500, "../../etc", "A" * 22, "A" * 22 + "." + "é" * 22, "'; DROP TABLE"])
def test_the_cookie_lets_nobody_in_and_a_hostile_one_does_nothing(app: Flask, sent: str) -> None:
    user, client = make_user(app, "an"), app.test_client()
    client.set_cookie("devices", sent)
    assert client.get("/api/session").status_code == 401
    said = begin(client, user)
    assert "lost" not in said
    assert len(device_of(said)["id"]) == 22


def test_anothers_device_in_the_cookie_is_not_continued(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    an, binh = make_user(app, "an"), make_user(app, "binh")
    of_an = device_of(begin(app.test_client(), an))["id"]
    speak(app, of_an, monkeypatch, 3, 1)
    thief = app.test_client()
    thief.set_cookie("devices", of_an)
    said = begin(thief, binh)
    assert device_of(said)["id"] != of_an
    assert "lost" not in said


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    user, client = make_user(app, "an"), app.test_client()
    sent = {"login": user.login, "password": PASSWORD, "device": CLAIM}
    cookies = client.post("/api/session", json=sent, headers=API).headers.getlist("Set-Cookie")
    device = next(each for each in cookies if each.startswith("devices="))
    assert "HttpOnly" in device
    assert "SameSite=Strict" in device
    assert "Max-Age=34560000" in device
