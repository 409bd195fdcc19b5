"""A phone is enrolled by a link from the desk: once, soon, by whom it is for; and it leaves a trace."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.actions import enrolling
from app.accounts.models import AccountChange, Device, Enrolment, User
from app.domain.permissions import Role
from app.extensions import Clock, db, limiter
from tests.conftest import make_app
from tests.factories import API, MadeUser, body, client_of, make_unit, make_user, post, writing

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DEVICE = {"name": "Android · Chrome", "app": "0.1.0", "ticket": False}
OVER = "Mã đã dùng, đã hủy hoặc quá hạn."


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def offered(browser: FlaskClient, path: str = "/profile/phones") -> str:
    """Ask for a link on the desk; returns what stands behind `#`."""
    reply = post(browser, path)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert reply.headers["Cache-Control"] == "no-store"
    found = re.search(r"/field/enrol#([\w-]{43})", reply.get_data(as_text=True))
    assert found
    assert "<svg" in reply.get_data(as_text=True)
    return found.group(1)


def use(app: Flask, token: str, client: FlaskClient | None = None) -> TestResponse:
    sent = {"token": token, "device": DEVICE}
    return (client or app.test_client()).post("/api/session/enrolment", json=sent, headers=API)


def look(app: Flask, token: str) -> TestResponse:
    return app.test_client().post("/api/session/enrolment/look", json={"token": token}, headers=API)


def person_and_admin(app: Flask) -> tuple[MadeUser, MadeUser]:
    town = make_unit(app, "Thị xã Thử", kind="district")
    ward = make_unit(app, "Phường Thử", parent=town)
    return make_user(app, "can-bo", Role.INSPECTOR, ward), make_user(app, "quan-tri", Role.ADMINISTRATOR, town)


def test_the_phone_sees_whose_link_it_is_and_is_signed_in_with_a_device_and_a_ticket(app: Flask) -> None:
    person, _ = person_and_admin(app)
    token = offered(client_of(app, person))
    assert body(look(app, token))["user"] == {"login": "can-bo", "name": person.name}
    phone = app.test_client()
    reply = use(app, token, phone)
    assert reply.status_code == 200
    assert body(reply)["user"]["id"] == person.id
    assert body(reply)["device"]["ticket"]
    assert body(phone.get("/api/session"))["device"]["id"] == body(reply)["device"]["id"]
    with app.app_context():
        assert db.session.scalars(select(Device.name)).all() == ["Android · Chrome"]
        [kept] = db.session.scalars(select(Enrolment))
        assert token.encode() not in kept.token_hash
        assert kept.device_id == body(reply)["device"]["id"]
        said = db.session.scalars(select(AccountChange.detail).where(AccountChange.action == "phone_enrolled")).all()
        assert said == ["Thêm điện thoại “Android · Chrome” bằng mã QR"]
    page = client_of(app, person).get("/profile").get_data(as_text=True)
    assert "Mã đã dùng lúc" in page


def test_a_link_works_once(app: Flask) -> None:
    person, _ = person_and_admin(app)
    token = offered(client_of(app, person))
    assert use(app, token).status_code == 200
    for again in (use(app, token), look(app, token)):
        assert again.status_code == 410
        assert body(again)["code"] == "link_over"


def test_ten_minutes_later_it_is_over(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = person_and_admin(app)
    token = offered(client_of(app, person))
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + enrolling.LIFE - timedelta(seconds=1)))
    assert look(app, token).status_code == 200
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + enrolling.LIFE))
    assert use(app, token).status_code == 410


def test_another_link_a_hand_and_a_new_password_each_end_it(app: Flask) -> None:
    person, admin = person_and_admin(app)
    browser = client_of(app, person)
    first = offered(browser)
    second = offered(browser)
    assert look(app, first).status_code == 410
    with app.app_context():
        open_one = db.session.scalars(select(Enrolment.id).where(Enrolment.revoked_at.is_(None))).one()
    assert post(browser, f"/profile/phones/{open_one}/end").status_code == 303
    assert look(app, second).status_code == 410
    third = offered(browser)
    assert post(client_of(app, admin), f"/people/{person.id}/password").status_code == 200
    assert use(app, third).status_code == 410


def test_an_administrator_makes_one_for_whom_he_administers_and_it_is_seen(app: Flask) -> None:
    person, admin = person_and_admin(app)
    desk = client_of(app, admin)
    token = offered(desk, f"/people/{person.id}/phones")
    page = " ".join(client_of(app, person).get("/profile").get_data(as_text=True).split())
    assert "Mã đang chờ quét" in page
    assert admin.name in page
    assert body(use(app, token))["user"]["id"] == person.id

    elsewhere = make_unit(app, "Tỉnh Khác", kind="province")
    stranger = client_of(app, make_user(app, "quan-tri-xa", Role.ADMINISTRATOR, elsewhere))
    assert post(stranger, f"/people/{person.id}/phones").status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"must_change_password": True}, "chưa tự đặt mật khẩu"), ({"active": False}, "Tài khoản đang bị khóa")],
)
def test_no_link_for_whom_may_not_work_yet_or_any_more(app: Flask, changed: dict[str, Any], said: str) -> None:
    person, admin = person_and_admin(app)
    with writing(app):
        for name, value in changed.items():
            setattr(db.session.get_one(User, person.id), name, value)
    desk = client_of(app, admin)
    reply = post(desk, f"/people/{person.id}/phones")
    assert reply.status_code == 303
    assert said in desk.get(reply.location).get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(select(Enrolment)).all() == []


def test_one_disabled_meanwhile_does_not_get_in(app: Flask) -> None:
    person, _ = person_and_admin(app)
    token = offered(client_of(app, person))
    with writing(app):
        db.session.get_one(User, person.id).active = False
    assert use(app, token).status_code == 410


def test_twenty_links_a_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolling, "A_DAY", 2)
    person, _ = person_and_admin(app)
    browser = client_of(app, person)
    offered(browser)
    offered(browser)
    assert post(browser, "/profile/phones").status_code == 303
    assert "nhiều mã" in browser.get("/profile").get_data(as_text=True)


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, rate_limits=True)
    limiter.reset()
    yield app
    limiter.reset()
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


def test_guessing_is_slow_and_a_foreign_page_cannot_ask(limited: Flask) -> None:
    for _ in range(10):
        assert look(limited, "A" * 43).status_code == 410
    assert look(limited, "A" * 43).status_code == 429
    assert limited.test_client().post("/api/session/enrolment", json={"token": "A" * 43}).status_code == 403
