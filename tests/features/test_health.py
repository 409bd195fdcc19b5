from flask import Flask
from flask.testing import FlaskClient


def test_health_is_fine_on_a_migrated_database(app_on_each: Flask) -> None:
    reply = app_on_each.test_client().get("/healthz")
    assert reply.status_code == 200
    assert reply.get_json()["migration"] == reply.get_json()["newest"] is not None


def test_a_page_that_does_not_exist_is_said_in_vietnamese(client: FlaskClient) -> None:
    reply = client.get("/api/khong-co")
    assert reply.status_code == 404
    assert reply.get_json()["message"] == "Không tìm thấy trang hoặc dữ liệu này."
