"""The session as the field client uses it, devices included."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Device, User
from app.domain.permissions import Role
from app.extensions import db
from tests.factories import API, PASSWORD, body, client_of, make_unit, make_user, post, sign_in_device, writing

DEVICE = {"name": "Samsung A15", "app": "0.1.0"}


def begin(client: FlaskClient, login: str, password: str, **more: object) -> TestResponse:
    return client.post("/api/session", json={"login": login, "password": password, **more}, headers=API)


def test_sign_in_tells_who_and_which_device_and_get_repeats_it(app_on_each: Flask) -> None:
    user = make_user(app_on_each, "an")
    client = app_on_each.test_client()
    begun = begin(client, "an", PASSWORD, device=DEVICE)
    assert begun.status_code == 200
    assert set(body(begun)) == {"user", "device", "server_now"}
    assert body(begun)["user"] == {"id": user.id, "login": "an", "name": user.name}
    assert len(body(begun)["device"]["id"]) == 22
    assert body(begun)["server_now"].endswith("Z")
    again = client.get("/api/session")
    assert body(again)["user"] == body(begun)["user"]
    assert body(again)["device"] == body(begun)["device"]


def test_without_a_session_it_is_401_login(app: Flask) -> None:
    reply = app.test_client().get("/api/session")
    assert (reply.status_code, body(reply)["code"]) == (401, "LOGIN")


@pytest.mark.parametrize(("login", "password"), [("an", "sai mật khẩu rồi"), ("khongco", PASSWORD), ("an", "\ud800")])
def test_a_wrong_password_says_so_in_vietnamese(app: Flask, login: str, password: str) -> None:
    make_user(app, "an")
    reply = begin(app.test_client(), login, password)
    assert reply.status_code == 401
    assert body(reply)["code"] == "wrong_password"
    assert body(reply)["message"] == "Tên đăng nhập hoặc mật khẩu không đúng."


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"login": "an"}, {"login": "an", "password": PASSWORD, "role": "administrator"},
     {"login": "an", "password": PASSWORD, "device": "Samsung"}, {"login": ["an"], "password": PASSWORD},
     {"login": "an", "password": PASSWORD, "device": {**DEVICE, "user_id": "x"}},
     {"login": "a\x00n", "password": PASSWORD}],
)  # fmt: skip
def test_a_body_of_another_shape_changes_nothing(app: Flask, body: object) -> None:
    make_user(app, "an")
    client = app.test_client()
    reply = client.post("/api/session", json=body, headers=API)
    assert reply.status_code in (400, 422)
    assert client.get("/api/session").status_code == 401


def test_a_device_is_continued_by_its_own_person_only(app_on_each: Flask) -> None:
    an, binh = make_user(app_on_each, "an"), make_user(app_on_each, "binh")
    first = body(sign_in_device(app_on_each.test_client(), an))["device"]["id"]
    assert body(sign_in_device(app_on_each.test_client(), an, device_id=first))["device"]["id"] == first
    foreign = body(sign_in_device(app_on_each.test_client(), binh, device_id=first))["device"]["id"]
    forged = body(sign_in_device(app_on_each.test_client(), binh, device_id="../../etc/passwd"))["device"]["id"]
    assert len({first, foreign, forged}) == 3
    with app_on_each.app_context():
        owners = {device.id: device.user_id for device in db.session.scalars(select(Device))}
    assert owners == {first: an.id, foreign: binh.id, forged: binh.id}


def test_a_session_begun_on_the_desk_gets_its_device_later(app: Flask) -> None:
    client = client_of(app, make_user(app, "an"))
    assert body(client.get("/api/session"))["device"] is None
    enrolled = client.put("/api/session/device", json=DEVICE, headers=API)
    assert enrolled.status_code == 200
    assert body(client.get("/api/session"))["device"] == body(enrolled)["device"]


def test_ending_the_session_ends_it_and_twice_is_no_mistake(app: Flask) -> None:
    client = app.test_client()
    sign_in_device(client, make_user(app, "an"))
    gone = client.delete("/api/session", headers=API)
    assert gone.status_code == 204
    assert "Clear-Site-Data" not in gone.headers, "a sign-out by itself never costs unsent work"
    assert client.get("/api/session").status_code == 401
    assert client.delete("/api/session", headers=API).status_code == 204


def test_a_revoked_device_is_told_so_and_signs_in_as_a_new_one(app_on_each: Flask) -> None:
    user = make_user(app_on_each, "an", Role.INSPECTOR, make_unit(app_on_each))
    phone, desk = app_on_each.test_client(), client_of(app_on_each, user)
    device = body(sign_in_device(phone, user))["device"]["id"]
    assert phone.get("/api/sync/v1/manifest").status_code == 200
    assert post(desk, f"/profile/devices/{device}/revoke").status_code == 303
    told = phone.get("/api/sync/v1/manifest")
    assert (told.status_code, body(told)["code"]) == (403, "DEVICE_REVOKED")
    assert phone.get("/api/session").status_code == 401
    assert phone.get("/profile").status_code == 302
    assert desk.get("/profile").status_code == 200, "the person's other sessions live on"
    holds_its_ticket = {"id": device, "name": "Điện thoại thử", "app": "test", "ticket": True}
    asked = {"login": user.login, "password": user.password, "device": holds_its_ticket}
    said = body(phone.post("/api/session", json=asked, headers=API))["device"]
    assert said["id"] != device
    assert said["ticket"], "that of the revoked device says nothing for this one"
    assert phone.get("/api/sync/v1/manifest").status_code == 200


def test_a_temporary_password_opens_nothing_but_the_page_that_changes_it(app: Flask) -> None:
    user = make_user(app, "an")
    with writing(app):
        db.session.get_one(User, user.id).must_change_password = True
    reply = begin(app.test_client(), "an", PASSWORD)
    assert (reply.status_code, body(reply)["code"]) == (403, "must_change_password")
    desk = client_of(app, user)
    assert desk.get("/profile").location == "/profile/password"
    assert desk.get("/api/session").status_code == 401
    fields = {"current": PASSWORD, "chosen": "con cò bay lả bay la", "again": "con cò bay lả bay la"}
    changed = post(desk, "/profile/password", form_on="/profile/password", **fields)
    assert changed.location == "/profile"
    assert desk.get("/profile").status_code == 200
