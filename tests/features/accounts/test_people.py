"""What an administrator does with people, and how far that reaches."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.accounts.models import AccountChange, Appointment, Device, Session, User
from app.domain.permissions import Role
from app.extensions import db
from app.web.clock import today
from tests.factories import (
    MadeUnit,
    MadeUser,
    appoint,
    client_of,
    make_unit,
    make_user,
    post,
    sign_in,
    sign_in_device,
)


@dataclass(frozen=True)
class Town:
    app: Flask
    above: MadeUnit
    town: MadeUnit
    ward: MadeUnit
    abroad: MadeUnit
    admin: MadeUser
    officer: MadeUser
    client: FlaskClient


@pytest.fixture
def town(app_on_each: Flask) -> Town:
    app = app_on_each
    above = make_unit(app, "Tỉnh Thử", kind="province")
    place = make_unit(app, "Thị xã Thử", kind="district", parent=above)
    ward = make_unit(app, "Phường Thử", parent=place)
    abroad = make_unit(app, "Tỉnh Khác", kind="province")
    admin = make_user(app, "quan.tri", Role.ADMINISTRATOR, place)
    officer = make_user(app, "can.bo", Role.WARD_OFFICER, ward, name="Nguyễn Thị Ánh")
    return Town(app, above, place, ward, abroad, admin, officer, client_of(app, admin))


def count(app: Flask, what: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(what)) or 0


def traces(app: Flask, user_id: str) -> list[tuple[str, str | None]]:
    with app.app_context():
        rows = db.session.execute(
            select(AccountChange.action, AccountChange.actor_id).where(AccountChange.subject == f"user/{user_id}")
        )
        return [(action, actor_id) for action, actor_id in rows]


def person_fields(town: Town, **changed: object) -> dict[str, Any]:
    return {"login": "moi", "name": "Cán bộ Mới", "role": "ward_head", "unit_id": town.ward.id, **changed}


def test_a_new_person_gets_a_password_shown_once_and_must_change_it(town: Town) -> None:
    reply = post(town.client, "/people/new", **person_fields(town, title="Chủ tịch UBND phường"))
    page = reply.get_data(as_text=True)
    found = re.search(r'class="secret">([a-z2-9-]{19})<', page)
    assert found, page
    assert reply.headers["Cache-Control"] == "no-store"
    browser = town.app.test_client()
    assert sign_in(browser, "moi", found.group(1)).location == "/profile/password"
    with town.app.app_context():
        made = db.session.scalars(select(User).where(User.login == "moi")).one()
        assert found.group(1) not in made.password_hash
        user_id = made.id
    assert {action for action, _ in traces(town.app, user_id)} == {"person_created", "appointed:ward_head"}
    assert {actor for _, actor in traces(town.app, user_id)} == {town.admin.id}
    person = town.client.get(f"/people/{user_id}").get_data(as_text=True)
    assert found.group(1) not in person
    assert "Tạo tài khoản “moi” cho Cán bộ Mới" in person


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"login": "can.bo"}, "Tên đăng nhập này đã có người dùng."),
        ({"login": "Có Dấu"}, "Tên đăng nhập gồm 2 đến 80 chữ"),
        ({"login": "cаnbo"}, "Tên đăng nhập gồm 2 đến 80 chữ"),  # a Cyrillic letter that looks like ours
        ({"name": ""}, "Cần điền ô này."),
        ({"name": "Cán\x00bộ"}, "Có ký tự không hợp lệ."),
        ({"role": "emperor"}, "Vai trò không có."),
        ({"unit_id": "x"}, "Giá trị không hợp lệ."),
        ({"starts_on": "2026-02-30"}, "Ngày không hợp lệ."),
        ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "Ngày kết thúc phải sau ngày bắt đầu."),
    ],
)
def test_a_bad_form_says_what_is_wrong_keeps_what_was_typed_and_changes_nothing(
    town: Town, changed: dict[str, Any], sentence: str
) -> None:
    before = count(town.app, User), count(town.app, Appointment), count(town.app, AccountChange)
    reply = post(town.client, "/people/new", **person_fields(town, title="Chức danh đã gõ", **changed))
    assert reply.status_code == 422
    assert sentence in reply.get_data(as_text=True)
    assert "Chức danh đã gõ" in reply.get_data(as_text=True)
    assert (count(town.app, User), count(town.app, Appointment), count(town.app, AccountChange)) == before


def test_sending_the_form_twice_makes_one_person(town: Town) -> None:
    assert post(town.client, "/people/new", **person_fields(town)).status_code == 200
    assert post(town.client, "/people/new", **person_fields(town)).status_code == 422
    assert count(town.app, User) == 3


def test_nobody_is_made_or_appointed_at_a_unit_out_of_reach(town: Town) -> None:
    before = count(town.app, User), count(town.app, Appointment)
    for unit in (town.above, town.abroad):
        assert post(town.client, "/people/new", **person_fields(town, unit_id=unit.id)).status_code == 404
        fields: dict[str, Any] = {"role": "administrator", "unit_id": unit.id}
        assert post(town.client, f"/people/{town.officer.id}/appointments", **fields).status_code == 404
        assert post(town.client, f"/people/{town.admin.id}/appointments", **fields).status_code == 404
    assert (count(town.app, User), count(town.app, Appointment)) == before


def test_the_list_holds_the_people_within_reach_and_finds_them_without_diacritics(town: Town) -> None:
    make_user(town.app, "xa.la", Role.WARD_OFFICER, town.abroad, name="Nguyễn Thị Ánh")
    make_user(town.app, "cap.tren", Role.VICE_CHAIR, town.above)
    page = town.client.get("/people").get_data(as_text=True)
    assert "can.bo" in page
    assert "quan.tri" in page
    assert "xa.la" not in page
    assert "cap.tren" not in page
    assert "can.bo" in town.client.get("/people?q=nguyen+thi+anh").get_data(as_text=True)
    assert "Không có ai khớp" in town.client.get("/people?q=%25").get_data(as_text=True)
    assert "can.bo" not in town.client.get("/people?role=ward_head").get_data(as_text=True)
    assert "can.bo" not in town.client.get("/people?state=disabled").get_data(as_text=True)


def test_the_account_of_somebody_with_office_elsewhere_cannot_be_taken_over(town: Town) -> None:
    """The administrator of a town may see that person, but not reset the password of a province's vice-chair."""
    both = make_user(town.app, "hai.vai", Role.WARD_OFFICER, town.ward)
    appoint(town.app, both, Role.VICE_CHAIR, town.above)
    device = sign_in_device(town.app.test_client(), both).get_json()["device"]["id"]
    with town.app.app_context():
        session = db.session.scalars(select(Session.id).where(Session.user_id == both.id)).one()
    assert town.client.get(f"/people/{both.id}").status_code == 200
    for path in ("password", "disable", "enable", f"sessions/{session}/end", f"devices/{device}/revoke"):
        assert post(town.client, f"/people/{both.id}/{path}", reason="thử xem sao").status_code == 403, path
    sign_in(town.app.test_client(), "hai.vai")


def test_an_appointment_gives_the_role_and_its_end_takes_it(town: Town) -> None:
    officer = client_of(town.app, town.officer)
    assert officer.get("/people").status_code == 403
    fields: dict[str, Any] = {"role": "administrator", "unit_id": town.ward.id}
    assert post(town.client, f"/people/{town.officer.id}/appointments", **fields).status_code == 303
    assert officer.get("/people").status_code == 200
    again = post(town.client, f"/people/{town.officer.id}/appointments", **fields)
    assert again.status_code == 422
    assert "Người này đã có vai trò đó" in again.get_data(as_text=True)
    with town.app.app_context():
        held = db.session.scalars(
            select(Appointment.id).where(Appointment.user_id == town.officer.id, Appointment.role == "administrator")
        ).one()
        yesterday = today() - timedelta(days=1)
    end = f"/people/{town.officer.id}/appointments/{held}/end"
    assert post(town.client, end, last_day="2020-01-01").status_code == 422, "the past is not rewritten"
    assert officer.get("/people").status_code == 200
    assert post(town.client, end, last_day=yesterday.isoformat()).status_code == 303
    assert officer.get("/people").status_code == 403
    assert post(town.client, end, last_day=yesterday.isoformat()).status_code == 422
    assert ("appointment_ended:administrator", town.admin.id) in traces(town.app, town.officer.id)


def test_a_disabled_person_is_out_at_once_and_comes_back_when_enabled(town: Town) -> None:
    officer = client_of(town.app, town.officer)
    assert post(town.client, f"/people/{town.officer.id}/disable", reason="").status_code == 422
    assert post(town.client, f"/people/{town.officer.id}/disable", reason="Chuyển công tác").status_code == 303
    assert officer.get("/profile").status_code == 302
    assert post(town.client, f"/people/{town.officer.id}/disable", reason="Bấm hai lần").status_code == 303
    assert post(town.client, f"/people/{town.officer.id}/enable", reason="Trở lại").status_code == 303
    assert officer.get("/profile").status_code == 302, "the ended session stays ended"
    sign_in(town.app.test_client(), "can.bo")
    done = [action for action, _ in traces(town.app, town.officer.id)]
    assert done.count("disabled") == 1
    assert done.count("enabled") == 1
    assert "Chuyển công tác" in town.client.get(f"/people/{town.officer.id}").get_data(as_text=True)


def test_an_administrator_cannot_lock_themselves_out(town: Town) -> None:
    me = town.admin.id
    with town.app.app_context():
        held = db.session.scalars(select(Appointment.id).where(Appointment.user_id == me)).one()
    assert post(town.client, f"/people/{me}/disable", reason="thử xem").status_code == 403
    assert post(town.client, f"/people/{me}/password").status_code == 403
    assert post(town.client, f"/people/{me}/appointments/{held}/end", last_day="2099-01-01").status_code == 403
    assert town.client.get("/people").status_code == 200


def test_a_new_password_ends_every_session(town: Town) -> None:
    officer = client_of(town.app, town.officer)
    page = post(town.client, f"/people/{town.officer.id}/password").get_data(as_text=True)
    found = re.search(r'class="secret">([a-z2-9-]{19})<', page)
    assert found
    assert officer.get("/profile").status_code == 302
    assert sign_in(officer, "can.bo", found.group(1)).location == "/profile/password"


def test_sessions_and_devices_are_ended_by_their_person_and_by_the_administrator_only(town: Town) -> None:
    phone = town.app.test_client()
    device = sign_in_device(phone, town.officer).get_json()["device"]["id"]
    with town.app.app_context():
        session = db.session.scalars(select(Session.id).where(Session.device_id == device)).one()
    stranger = client_of(town.app, make_user(town.app, "la", Role.WARD_OFFICER, town.ward))
    for path in (f"sessions/{session}/end", f"devices/{device}/revoke"):
        assert post(stranger, f"/profile/{path}").status_code == 404
        assert post(town.client, f"/profile/{path}").status_code == 404, "by the person's page, not one's own"
    assert phone.get("/api/session").status_code == 200
    assert post(town.client, f"/people/{town.officer.id}/sessions/{session}/end").status_code == 303
    assert phone.get("/api/session").status_code == 401
    assert post(town.client, f"/people/{town.officer.id}/devices/{device}/revoke").status_code == 303
    assert post(town.client, f"/people/{town.officer.id}/devices/{device}/revoke").status_code == 303
    with town.app.app_context():
        assert db.session.get_one(Device, device).revoked_by == town.admin.id
    assert [action for action, _ in traces(town.app, town.officer.id)].count("device_revoked") == 1


def test_a_list_of_people_costs_the_same_number_of_queries_however_long(town: Town) -> None:
    def queries() -> int:
        seen: list[str] = []
        with town.app.app_context():
            engine = db.engine

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        town.client.get("/people")
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = queries()
    for _ in range(8):
        make_user(town.app, "", Role.WARD_OFFICER, town.ward)
    assert queries() == few
