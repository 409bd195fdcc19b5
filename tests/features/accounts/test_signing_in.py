"""Signing in and out on the desk, and how long a session lives."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Session, User
from app.accounts.queries.sessions import token_hash
from app.domain.permissions import Role
from app.extensions import Clock, db
from config import Settings
from tests.factories import PASSWORD, csrf_token, make_unit, make_user, post, sign_in, signed_in, writing

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[list[datetime]]:
    """The server's clock, set by the test: `clock[0]` is now."""
    moment = [START]
    before = Clock.source
    Clock.source = staticmethod(lambda: moment[0])
    yield moment
    Clock.source = before


def attempt(client: FlaskClient, login: str, password: str, **fields: str) -> TestResponse:
    form = {"csrf_token": csrf_token(client, "/sign-in"), "login": login, "password": password, **fields}
    return client.post("/sign-in", data=form)


def sessions(app: Flask) -> list[Session]:
    with app.app_context():
        return list(db.session.scalars(select(Session).order_by(Session.created_at)))


def test_the_right_password_opens_the_page_that_was_asked_for(app_on_each: Flask) -> None:
    user = make_user(app_on_each, "an", Role.WARD_HEAD, make_unit(app_on_each))
    client = app_on_each.test_client()
    asked = client.get("/profile?x=1")
    assert asked.status_code == 302
    assert asked.location == "/sign-in?next=/profile?x%3D1"
    done = sign_in(client, user.login, next="/profile?x=1")
    assert done.location == "/profile?x=1"
    assert "Cán bộ An" in client.get("/profile").get_data(as_text=True)


def test_the_login_is_matched_without_regard_to_case_and_spaces(app: Flask) -> None:
    make_user(app, "an")
    sign_in(app.test_client(), "  AN ")


def test_only_the_hash_of_the_token_is_stored(app: Flask) -> None:
    client = signed_in(app, make_user(app, "an"))
    cookie = client.get_cookie("sid")
    assert cookie is not None
    assert len(cookie.value) >= 43  # 256 bits
    assert [each.token_hash for each in sessions(app)] == [token_hash(cookie.value)]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    make_user(app, "an")
    header = sign_in(app.test_client(), "an").headers.getlist("Set-Cookie")
    sid = next(each for each in header if each.startswith("sid="))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(sid.split("; "))
    assert "Secure" not in sid


def test_behind_tls_the_cookie_is_bound_to_the_host(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(app, "an")
    settings: Settings = app.config["SETTINGS"]
    monkeypatch.setitem(app.config, "SETTINGS", settings.model_copy(update={"secure_cookies": True}))
    header = sign_in(app.test_client(), "an").headers.getlist("Set-Cookie")
    sid = next(each for each in header if "sid=" in each)
    assert sid.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(sid.split("; "))
    assert "Domain" not in sid


def test_a_wrong_password_an_unknown_login_and_a_disabled_person_look_alike(app_on_each: Flask) -> None:
    make_user(app_on_each, "an")
    disabled = make_user(app_on_each, "binh")
    with writing(app_on_each):
        db.session.get_one(User, disabled.id).active = False
    pages = []
    for login, password in (("an", "sai mật khẩu rồi"), ("khongco", PASSWORD), ("binh", PASSWORD)):
        reply = attempt(app_on_each.test_client(), login, password)
        assert reply.status_code == 401
        assert not [each for each in reply.headers.getlist("Set-Cookie") if each.startswith("sid=")]
        text = reply.get_data(as_text=True).replace(f'value="{login}"', "")
        pages.append(re.sub(r'csrf_token" value="[^"]+"', "", text))
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in pages[0]
    assert pages[0] == pages[1] == pages[2]
    assert sessions(app_on_each) == []


@pytest.mark.parametrize(
    "target",
    [
        "https://xau.example/",
        "//xau.example",
        "/\\xau.example",
        "javascript:alert(1)",
        "\thttps://xau.example",
        "/a\r\nX: y",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(app: Flask, target: str) -> None:
    make_user(app, "an")
    assert sign_in(app.test_client(), "an", next=target).location == "/"


def test_a_link_from_another_site_takes_one_step_from_our_own_page(app: Flask) -> None:
    """The strict cookie stays behind on a link in a mail; the page calls itself, and then it comes along."""
    client = signed_in(app, make_user(app, "an"))
    stranger = app.test_client()
    arriving = stranger.get("/sign-in?next=/profile", headers={"Sec-Fetch-Site": "cross-site"})
    assert 'content="0; url=/sign-in?next=/profile"' in arriving.get_data(as_text=True)
    assert not arriving.headers.getlist("Set-Cookie"), "form tokens of other tabs must live on"
    again = client.get("/sign-in?next=/profile", headers={"Sec-Fetch-Site": "same-origin"})
    assert (again.status_code, again.location) == (302, "/profile")


def test_signing_in_again_rotates_the_token_and_ends_the_former_session(app_on_each: Flask) -> None:
    client = signed_in(app_on_each, make_user(app_on_each, "an"))
    first = client.get_cookie("sid")
    assert first is not None
    token = csrf_token(client, "/profile")
    client.post("/sign-in", data={"csrf_token": token, "login": "an", "password": PASSWORD})
    second = client.get_cookie("sid")
    assert second is not None
    assert second.value != first.value
    old = app_on_each.test_client()
    old.set_cookie("sid", first.value)
    assert old.get("/profile").status_code == 302
    assert client.get("/profile").status_code == 200


def test_signing_out_ends_the_session_on_the_server(app: Flask) -> None:
    client = signed_in(app, make_user(app, "an"))
    cookie = client.get_cookie("sid")
    assert cookie is not None
    assert post(client, "/sign-out").status_code == 303
    assert client.get_cookie("sid") is None
    client.set_cookie("sid", cookie.value)
    assert client.get("/profile").status_code == 302


def test_disabling_a_person_ends_what_they_are_doing_at_once(app: Flask) -> None:
    user = make_user(app, "an")
    client = signed_in(app, user)
    with writing(app):
        db.session.get_one(User, user.id).active = False
    assert client.get("/profile").status_code == 302


def test_a_session_of_ones_own_computer_lies_idle_30_days_and_lives_90(app: Flask, clock: list[datetime]) -> None:
    client = signed_in(app, make_user(app, "an"))
    clock[0] = START + timedelta(days=29)
    assert client.get("/profile").status_code == 200
    clock[0] += timedelta(days=29)
    assert client.get("/profile").status_code == 200
    clock[0] += timedelta(days=29)
    assert client.get("/profile").status_code == 200
    clock[0] = START + timedelta(days=90, seconds=1)
    assert client.get("/profile").status_code == 302, "90 days are the end even of a session in use"


def test_an_unused_session_ends_after_30_days(app: Flask, clock: list[datetime]) -> None:
    client = signed_in(app, make_user(app, "an"))
    clock[0] = START + timedelta(days=30, seconds=1)
    assert client.get("/profile").status_code == 302


def test_on_a_shared_computer_it_lives_12_hours_and_the_browser_forgets_it(app: Flask, clock: list[datetime]) -> None:
    make_user(app, "an")
    client = app.test_client()
    header = next(each for each in sign_in(client, "an", shared="true").headers.getlist("Set-Cookie") if "sid=" in each)
    assert "Max-Age" not in header
    assert "Expires" not in header
    clock[0] = START + timedelta(hours=11, minutes=59)
    assert client.get("/profile").status_code == 200
    clock[0] = START + timedelta(hours=12, seconds=1)
    assert client.get("/profile").status_code == 302


def test_last_use_is_written_at_most_once_in_five_minutes(app_on_each: Flask, clock: list[datetime]) -> None:
    client = signed_in(app_on_each, make_user(app_on_each, "an"))
    clock[0] = START + timedelta(minutes=4, seconds=59)
    client.get("/profile")
    assert [each.last_seen_at for each in sessions(app_on_each)] == [START]
    clock[0] = START + timedelta(minutes=5)
    client.get("/profile")
    assert [each.last_seen_at for each in sessions(app_on_each)] == [clock[0]]


def test_roles_are_those_of_today(app: Flask, clock: list[datetime]) -> None:
    """A role ends with its last day in Viet Nam, not in Greenwich, and a session does not keep it alive."""
    unit = make_unit(app)
    user = make_user(app, "an", Role.ADMINISTRATOR, unit, starts_on=START.date(), ends_on=START.date())
    client = signed_in(app, user)
    clock[0] = datetime(2026, 3, 2, 16, 59, tzinfo=UTC)
    assert client.get("/people").status_code == 200
    clock[0] = datetime(2026, 3, 2, 17, 1, tzinfo=UTC)
    assert client.get("/people").status_code == 403
    clock[0] = datetime(2026, 3, 1, 16, 59, tzinfo=UTC)
    assert client.get("/people").status_code == 403


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "ký tự", "A" * 3000])
def test_a_forged_token_is_nobody(app: Flask, token: str) -> None:
    signed_in(app, make_user(app, "an"))
    client = app.test_client()
    client.set_cookie("sid", token)
    assert client.get("/profile").status_code == 302
