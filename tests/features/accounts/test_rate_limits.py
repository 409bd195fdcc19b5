"""Guessing passwords is slow, and the limit costs nobody anything but time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.extensions import db, limiter
from tests.conftest import make_app
from tests.factories import API, PASSWORD, body, csrf_token, make_user


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, rate_limits=True)
    limiter.reset()
    yield app
    limiter.reset()
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


def attempt(app: Flask, login: str, password: str, address: str = "10.0.0.1") -> TestResponse:
    sent = {"login": login, "password": password}
    return app.test_client().post("/api/session", json=sent, headers=API, environ_base={"REMOTE_ADDR": address})


def test_the_sixth_attempt_in_a_minute_waits_whatever_the_address(limited: Flask) -> None:
    make_user(limited, "an")
    make_user(limited, "binh")
    for number in range(5):
        assert attempt(limited, "an", "sai mật khẩu rồi", f"10.0.0.{number}").status_code == 401
    refused = attempt(limited, " AN", PASSWORD, "10.0.0.9")
    assert refused.status_code == 429
    assert body(refused)["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert attempt(limited, "binh", PASSWORD).status_code == 200, "others are not slowed down"


def test_thirty_attempts_a_minute_from_one_address(limited: Flask) -> None:
    for number in range(30):
        assert attempt(limited, f"nguoi-{number}", "sai mật khẩu rồi").status_code == 401
    assert attempt(limited, "nguoi-khac", "sai mật khẩu rồi").status_code == 429
    assert attempt(limited, "nguoi-khac", "sai mật khẩu rồi", "10.0.0.2").status_code == 401


def test_the_desk_and_the_field_client_count_together_and_the_page_keeps_what_was_typed(limited: Flask) -> None:
    for _ in range(5):
        attempt(limited, "an", "sai mật khẩu rồi")
    client = limited.test_client()
    form = {"csrf_token": csrf_token(client, "/sign-in"), "login": "an", "password": PASSWORD, "next": "/profile"}
    reply = client.post("/sign-in", data=form)
    text = reply.get_data(as_text=True)
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) >= 1
    assert "Hãy đợi một phút rồi thử lại; tài khoản không bị khóa." in text
    assert 'name="login" value="an"' in text
    assert 'name="next" value="/profile"' in text
