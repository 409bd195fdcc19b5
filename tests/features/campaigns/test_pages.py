"""The desk plays a plan through with forms alone, shows refusals beside their fields, and never does an act twice."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert
from werkzeug.test import TestResponse

from app.accounts.models import Unit
from app.campaigns import queries
from app.campaigns.queries import planning
from app.domain.permissions import Role
from app.extensions import db, new_id
from tests import factories
from tests.factories import client_of, csrf_token
from tests.features.campaigns.plans import DAY, FIRST, LAST, Town, make_town, planned_town


def send(browser: FlaskClient, url: str, **fields: object) -> TestResponse:
    """Post a desk form of a signed-in person."""
    return browser.post(url, data={"csrf_token": csrf_token(browser, "/profile"), **fields})


def page(client: FlaskClient, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, f"{url}: {response.status}"
    return response.get_data(as_text=True)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"no hidden field {name}"
    return found.group(1)


def rows(app: Flask, town: Town) -> int:
    with app.app_context():
        return len(queries.visits_of_campaign(town.campaign_id))


def test_a_plan_is_played_through_with_forms(app: Flask) -> None:
    town = make_town(app)
    browser = client_of(app, town.admin)
    form_id = hidden(page(browser, "/campaigns/new"), "form_id")
    fields = {
        "form_id": form_id,
        "host": town.town.id,
        "title": "Kiểm tra công vụ",
        "starts_on": FIRST.isoformat(),
        "ends_on": LAST.isoformat(),
        "checklist_version_id": town.version_id,
    }
    assert send(browser, "/campaigns/new", **fields).status_code == 303
    again = send(browser, "/campaigns/new", **fields)
    assert again.headers["Location"] == f"/campaigns/{form_id}"
    base = f"/campaigns/{form_id}"

    units = page(browser, f"{base}/units?q=son+loc")
    assert "Phường Sơn Lộc" in units
    assert "Phường Lê Lợi" not in units
    picked = send(
        browser, f"{base}/units", revision=hidden(units, "revision"), units=[town.wards[0].id, town.wards[1].id]
    )
    assert picked.status_code == 303

    delegation_page = page(browser, f"{base}/delegations/new")
    formed = send(
        browser,
        f"{base}/delegations/new",
        revision=hidden(delegation_page, "revision"),
        form_id=hidden(delegation_page, "form_id"),
        name="Đoàn số 1",
        lead=town.chair.id,
        members=[town.inspectors[0].id],
    )
    assert formed.status_code == 303

    plan_page = page(browser, f"{base}/visits/new")
    assert "Xã Kim Sơn" not in plan_page
    delegation = formed.headers["Location"].rsplit("/", 1)[1]
    day = {f"day-{town.wards[0].id}": DAY.isoformat(), f"day-{town.wards[1].id}": (DAY + timedelta(days=1)).isoformat()}
    planned = send(browser, f"{base}/visits/new", revision=hidden(plan_page, "revision"), delegation=delegation, **day)
    assert planned.status_code == 303
    shown = page(browser, base)
    for words in (
        "Phường Sơn Lộc",
        "25/11/2026",
        "26/11/2026",
        "Cán bộ Trưởng đoàn",
        "Lên lịch kiểm tra",
        "Chọn đơn vị",
    ):
        assert words in shown
    assert page(client_of(app, town.chair), base).count("Lên lịch kiểm tra</a>") == 0


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"title": "  "}, "title", "Cần điền ô này."),
        ({"title": "x" * 301}, "title", "Dài nhất 300 ký tự."),
        ({"title": "a\x00b"}, "title", "Có ký tự không hợp lệ."),
        ({"starts_on": "2026-02-30"}, "starts_on", "Ngày không hợp lệ."),
        ({"ends_on": "2026-11-01"}, "ends_on", "Ngày kết thúc phải từ ngày bắt đầu trở đi."),
        ({"checklist_version_id": "khong-co"}, "checklist_version_id", "Giá trị không hợp lệ."),
        ({"checklist_version_id": "A" * 22}, "checklist_version_id", "Không có phiên bản phiếu này."),
    ],
)
def test_a_wrong_box_is_told_beside_it_and_nothing_is_made(
    app: Flask, sent: dict[str, str], field: str, message: str
) -> None:
    town = make_town(app)
    browser = client_of(app, town.admin)
    fields = {
        "form_id": new_id(),
        "host": str(town.town.id),
        "title": "Kiểm tra",
        "starts_on": FIRST.isoformat(),
        "ends_on": LAST.isoformat(),
        "checklist_version_id": town.version_id,
    }
    response = send(browser, "/campaigns/new", **{**fields, **sent})
    text = response.get_data(as_text=True)
    assert response.status_code == 422
    assert re.search(rf'id="{field}-problem">{re.escape(message)}', text)
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', text)
    assert hidden(text, "form_id") == fields["form_id"]
    with app.app_context():
        assert planning.count_campaigns(town.manager) == 0


def test_a_refused_act_leaves_nothing_half_done(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    with app.app_context():
        before = town.revision
    response = send(
        browser,
        f"/campaigns/{town.campaign_id}/visits/new",
        revision=before,
        delegation=town.delegation_id,
        **{f"day-{town.wards[0].id}": DAY.isoformat(), f"day-{town.wards[1].id}": "2027-01-01"},
    )
    assert response.status_code == 422
    assert "Ngày nằm ngoài thời gian của đợt kiểm tra. (Phường Lê Lợi)" in response.get_data(as_text=True)
    with app.app_context():
        assert town.revision == before
    assert rows(app, town) == 0


def test_a_double_booking_asks_first_and_a_closed_day_only_warns(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    saturday = FIRST + timedelta(days=5)
    with app.app_context():
        town.visit(0, saturday)
        revision = town.revision
    url = f"/campaigns/{town.campaign_id}/visits/new"
    fields = {"revision": revision, "delegation": town.delegation_id, f"day-{town.wards[1].id}": saturday.isoformat()}
    asked = send(browser, url, **fields)
    assert asked.status_code == 422
    text = asked.get_data(as_text=True)
    assert "28/11/2026: Cán bộ" in text
    assert "đã có lịch tại Phường Sơn Lộc" in text
    assert rows(app, town) == 1
    assert send(browser, url, **fields, confirmed="true").status_code == 303
    assert "28/11/2026 là ngày nghỉ; lịch vẫn được lưu." in page(browser, f"/campaigns/{town.campaign_id}")
    assert rows(app, town) == 2


def test_the_same_form_sent_twice_plans_once_and_says_so(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    with app.app_context():
        revision = town.revision
    url = f"/campaigns/{town.campaign_id}/visits/new"
    fields = {"revision": revision, "delegation": town.delegation_id, f"day-{town.wards[0].id}": DAY.isoformat()}
    assert send(browser, url, **fields).status_code == 303
    assert send(browser, url, **fields).status_code == 303
    assert "Kế hoạch vừa được thay đổi" in page(browser, f"/campaigns/{town.campaign_id}")
    assert rows(app, town) == 1


def test_an_edit_that_came_late_keeps_what_was_typed_and_changes_nothing(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    with app.app_context():
        stale = town.revision - 1
    fields = {
        "revision": stale,
        "title": "Tên gõ dở",
        "starts_on": FIRST.isoformat(),
        "ends_on": LAST.isoformat(),
        "checklist_version_id": town.version_id,
    }
    response = send(browser, f"/campaigns/{town.campaign_id}/edit", **fields)
    text = response.get_data(as_text=True)
    assert response.status_code == 409
    assert 'value="Tên gõ dở"' in text
    assert hidden(text, "revision") == str(stale + 1)
    with app.app_context():
        assert queries.campaign(town.manager, town.campaign_id).title == "Kiểm tra công vụ năm 2026"


def test_what_is_wrong_with_a_decision_is_told_at_its_box(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    with app.app_context():
        plan, revision = town.plan(), town.revision
    fields = {name: str(value or "") for name, value in vars(plan).items()} | {"revision": str(revision)}
    url = f"/campaigns/{town.campaign_id}/edit"
    for said, told in (
        ({"decision_number": "quyết định 215"}, "Viết số và ký hiệu, ví dụ 215/QĐ-UBND."),
        ({"decision_number": "215/QĐ-UBND"}, "Nêu ngày ban hành của quyết định."),
        ({"inspected_from": "2026-01-01"}, "Thời kỳ kiểm tra cần cả ngày đầu và ngày cuối."),
    ):
        response = send(browser, url, **fields | said)
        assert (response.status_code, told in response.get_data(as_text=True)) == (422, True), said
    whole = fields | {"decision_number": "215/QĐ-UBND", "decision_date": "2026-11-03"}
    assert send(browser, url, **whole).status_code == 303
    assert "Số 215/QĐ-UBND ngày 03/11/2026" in page(browser, f"/campaigns/{town.campaign_id}")


def test_moving_and_cancelling_a_visit_needs_a_reason_and_shows_the_trace(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    with app.app_context():
        visit_id = town.visit()
        revision = town.revision
    base = f"/campaigns/{town.campaign_id}/visits/{visit_id}"
    refused = send(browser, f"{base}/move", revision=revision, planned_on=LAST.isoformat(), reason="")
    assert refused.status_code == 422
    assert 'id="reason-problem">Cần điền ô này.' in refused.get_data(as_text=True)
    moved = send(browser, f"{base}/move", revision=revision, planned_on=LAST.isoformat(), reason="Phường bận")
    assert moved.status_code == 303
    shown = page(browser, base)
    assert "25/11/2026 → 04/12/2026" in shown
    assert "Lý do: Phường bận" in shown
    cancelled = send(browser, f"{base}/cancel", revision=revision + 1, cancel_reason="Ngập lụt")
    assert cancelled.status_code == 303
    assert "Đã lên lịch → Đã hủy" in page(browser, base)


def test_members_come_and_go_on_the_page(app: Flask) -> None:
    town = planned_town(app)
    browser = client_of(app, town.admin)
    url = f"/campaigns/{town.campaign_id}/delegations/{town.delegation_id}"
    shown = page(browser, url)
    revision = int(hidden(shown, "revision"))
    assert send(browser, f"{url}/add", revision=revision, user=town.stranger.id).status_code == 422
    added = send(browser, f"{url}/add", revision=revision, user=town.inspectors[1].id, duty="Ghi biên bản")
    assert added.status_code == 303
    assert "Ghi biên bản" in page(browser, url)
    with app.app_context():
        member = next(
            place.member_id
            for place in planning.delegation(town.campaign_id, town.delegation_id).present
            if place.user_id == town.inspectors[1].id
        )
    removed = send(
        browser, f"{url}/remove", revision=revision + 1, member=member, reason="Chuyển công tác", act="remove"
    )
    assert removed.status_code == 303
    assert "Đã rút" in page(browser, url)


def test_others_see_their_campaign_and_plan_nothing(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
    base = f"/campaigns/{town.campaign_id}"
    officer = factories.make_user(app, "can-bo-phuong", Role.WARD_OFFICER, town.wards[0])
    other_admin = factories.make_user(app, "quan-tri-khac", Role.ADMINISTRATOR, town.elsewhere)
    expected = {
        town.chair.login: (town.chair, 200, 403),
        town.inspectors[0].login: (town.inspectors[0], 200, 403),
        town.inspectors[1].login: (town.inspectors[1], 404, 403),
        officer.login: (officer, 403, 403),
        other_admin.login: (other_admin, 404, 404),
    }
    for user, see, change in expected.values():
        browser = client_of(app, user)
        for url in (base, f"{base}/trace", f"{base}/visits/{visit_id}", f"{base}/delegations/{town.delegation_id}"):
            assert browser.get(url).status_code == see, (user.login, url)
        for url in (f"{base}/edit", f"{base}/cancel", f"{base}/units", f"{base}/visits/new", f"{base}/delegations/new"):
            assert browser.get(url).status_code == change, (user.login, url)
        with app.app_context():
            revision = town.revision
        sent = send(browser, f"{base}/visits/{visit_id}/cancel", revision=revision, cancel_reason="Không có quyền")
        assert sent.status_code == change, user.login
    with app.app_context():
        assert queries.planned_visit(visit_id).state == "planned"


def test_a_visit_of_another_campaign_is_not_found_under_this_one(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        town.campaign_id = new_id()
        town.make()
    browser = client_of(app, town.admin)
    assert browser.get(f"/campaigns/{town.campaign_id}/visits/{visit_id}").status_code == 404


def add_communes(app: Flask, town: Town, count: int) -> None:
    """Many units at once, as an import writes them."""
    first = 1_000_000
    with app.app_context(), factories.writing(app):
        facts = {"scheme": "test", "kind": "commune", "parent_id": town.town.id}
        rows = [
            {"id": n, "code": f"x{n}", "name": f"Xã {n}", "sort_key": f"{n}", "search_key": f"xa {n}", **facts}
            for n in range(first, first + count)
        ]
        db.session.execute(insert(Unit), [{**row, "path": f"{town.town.path}{row['id']}/"} for row in rows])


def test_picking_works_at_the_size_of_the_country(app: Flask) -> None:
    """3,321 units: the page asks as many statements as with three, and "all" picks all."""
    town = make_town(app)
    with app.app_context():
        town.make()
    small = statements(app, town)
    add_communes(app, town, 3318)
    assert statements(app, town) == small
    browser = client_of(app, town.admin)
    url = f"/campaigns/{town.campaign_id}/units"
    shown = page(browser, f"{url}?kind=commune&page=67")
    assert "Trang 67 / 67 · 3318 mục" in shown
    done = send(browser, f"{url}?kind=commune", revision=hidden(shown, "revision"), everything="true")
    assert done.status_code == 303
    with app.app_context():
        assert planning.count_picked(town.campaign_id) == 3318


def statements(app: Flask, town: Town) -> int:
    """How many statements the page of units asks."""
    browser = client_of(app, town.admin)
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        page(browser, f"/campaigns/{town.campaign_id}/units")
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)
