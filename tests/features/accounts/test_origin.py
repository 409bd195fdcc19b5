"""Only our own pages may change anything: desk forms by token, /api/ by origin and header."""

import pytest
from flask import Flask

from tests.factories import API, PASSWORD, body, client_of, csrf_token, make_user, post

BODY = {"login": "an", "password": PASSWORD}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-VSP": "1", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"X-VSP": "1", "Origin": "http://localhost"}, 200),
        ({"X-VSP": "1", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-VSP": "1", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-VSP": "1", "Sec-Fetch-Site": "none"}, 403),
        ({"X-VSP": "1", "Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"X-VSP": "1", "Origin": "http://localhost.xau.example"}, 403),
        ({"X-VSP": "1", "Origin": "https://localhost"}, 403),
        ({"X-VSP": "1", "Origin": "null"}, 403),
        ({"X-VSP": "1"}, 403),
        ({"X-VSP": "2", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({}, 403),
    ],
)
def test_an_unsafe_api_request_must_come_from_our_own_page(app: Flask, headers: dict[str, str], status: int) -> None:
    make_user(app, "an")
    reply = app.test_client().post("/api/session", json=BODY, headers=headers)
    assert reply.status_code == status
    if status == 403:
        assert body(reply)["code"] == "CSRF"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_checked_wherever_it_leads(app: Flask, method: str) -> None:
    client = app.test_client()
    for path in ("/api/session", "/api/sync/v1/visits/x/push", "/api/khong-co"):
        assert body(client.open(path, method=method))["code"] == "CSRF", path


def test_a_form_token_is_no_key_to_the_api_and_reading_needs_none(app: Flask) -> None:
    client = client_of(app, make_user(app, "an"))
    token = csrf_token(client, "/profile")
    assert client.delete("/api/session", headers={"X-CSRFToken": token}).status_code == 403
    assert client.get("/api/session").status_code == 200


def test_a_desk_form_without_its_token_or_with_anothers_does_nothing(app: Flask) -> None:
    client, other = client_of(app, make_user(app, "an")), client_of(app, make_user(app, "binh"))
    for token in ({}, {"csrf_token": "x"}, {"csrf_token": csrf_token(other, "/profile")}):
        reply = client.post("/sign-out", data=token, headers=API)
        assert reply.status_code == 403
        assert "Không có dữ liệu nào bị thay đổi" in reply.get_data(as_text=True)
    assert client.get("/profile").status_code == 200
    assert post(client, "/sign-out").status_code == 303
