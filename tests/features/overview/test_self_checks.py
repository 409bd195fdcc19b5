"""A ward checks itself: who may begin, order and read it; and that it never enters what an inspection counts."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.campaigns.models import SELF_CHECK, Campaign, Visit
from app.domain.permissions import Role
from app.extensions import Clock, db
from tests.factories import MadeUser, body, make_user, post
from tests.features.findings.steps import issued
from tests.features.findings.wards import Ward, inspected, plan
from tests.features.sync.phones import Phone, Story, phone

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def _version(ward: Ward) -> str:
    with ward.app.app_context():
        return db.session.get_one(Visit, ward.visit_id).checklist_version_id


def begun(ward: Ward, user: MadeUser) -> str:
    """Begin a self-check on the desk; returns the visit's id."""
    reply = post(ward.browser(user), "/self-checks", unit_id=ward.unit.id, version_id=_version(ward))
    assert reply.status_code == 303
    return reply.location.rsplit("/", 1)[1]


def own_phone(ward: Ward, visit: str, user: MadeUser) -> Phone:
    with ward.app.app_context():
        delegation = db.session.get_one(Visit, visit).delegation_id
    story = Story(ward.app, visit, delegation, ward.story.chk, ward.head, ward.officer, ward.officer, ward.neighbour)
    return phone(story, user)


def filled(ward: Ward, visit: str) -> None:
    """The head answers on a phone that every desk has its sign, which the delegation will not find, and signs alone."""
    mine = own_phone(ward, visit, ward.head)
    row = "0123abcd-0000-4000-8000-00000000000"
    for number in (1, 2, 3):
        path = f"item/bien/row/{row}{number}"
        mine.mint(f"{path}/label", f"Bàn {number}")
        mine.mint(f"{path}/order", f"a{number}")
        mine.mint(f"{path}/co", "yes")
    mine.mint("item/noi-quy", "yes")
    mine.mint("item/dung-han", {"observed": 490, "total": 500})
    mine.push()
    mine.pull()
    mine.sign("lead", mine.close(alone=True))
    assert all(each["entry"]["st"] == "acc" for each in mine.push()[-2:])


def text(ward: Ward, user: MadeUser, path: str) -> str:
    reply = ward.browser(user).get(path)
    assert reply.status_code == 200, reply.status
    return " ".join(re.sub(r"<[^>]+>", " ", reply.get_data(as_text=True)).split())


def test_its_own_people_begin_it_and_it_is_on_their_phones_as_a_self_check(app: Flask) -> None:
    ward = plan(app)
    visit = begun(ward, ward.officer)
    [listed] = body(ward.browser(ward.officer).get("/api/sync/v1/manifest"))["visits"]
    assert (listed["id"], listed["role"], listed["kind"]) == (visit, "lead", "self_check")
    assert listed["campaign"]["title"] == "Tự kiểm tra: Phiếu thử nghiệm"
    [other] = body(ward.browser(ward.head).get("/api/sync/v1/manifest"))["visits"]
    assert (other["id"], other["role"]) == (visit, "member")
    desk = ward.browser(ward.head)
    again = post(desk, "/self-checks", unit_id=ward.unit.id, version_id=_version(ward))
    assert "đang có một cuộc tự kiểm tra" in desk.get(again.location).get_data(as_text=True)
    with app.app_context():
        assert len(db.session.scalars(select(Campaign).where(Campaign.kind == SELF_CHECK)).all()) == 1


def test_a_unit_sees_its_own_and_no_other(app: Flask) -> None:
    ward = plan(app)
    visit = begun(ward, ward.head)
    assert "Phường Lê Lợi" in text(ward, ward.officer, "/self-checks")
    assert "Chưa có cuộc tự kiểm tra nào" in text(ward, ward.neighbour, "/self-checks")
    for stranger in (ward.neighbour, ward.member):
        assert ward.browser(stranger).get(f"/self-checks/{visit}").status_code == 404
    assert ward.browser(ward.chair).get(f"/self-checks/{visit}").status_code == 200
    assert ward.browser(ward.head).get(f"/self-checks/{ward.visit_id}").status_code == 404, "an inspection is none"
    reply = post(ward.browser(ward.neighbour), "/self-checks", unit_id=ward.unit.id, version_id=_version(ward))
    assert reply.status_code == 403


def test_it_enters_no_list_no_figure_and_no_conclusion_of_the_inspection(app: Flask) -> None:
    ward = plan(app)
    before = text(ward, ward.chair, "/")
    visit = begun(ward, ward.head)
    filled(ward, visit)
    with app.app_context():
        assert db.session.get_one(Visit, visit).state == "signed", "one signature is enough"
    assert text(ward, ward.chair, "/") == before
    assert "Tự kiểm tra:" not in text(ward, ward.chair, "/campaigns/")
    reply = post(ward.browser(ward.chair), f"/visits/{visit}/conclusion")
    assert reply.status_code == 422
    assert "không lập kết luận từ kết quả tự chấm" in reply.get_data(as_text=True)


def test_a_campaign_orders_it_of_the_units_picked_and_the_head_leads(app: Flask) -> None:
    ward = plan(app)
    admin = make_user(app, "quan-tri-hai", Role.ADMINISTRATOR, ward.town)
    with app.app_context():
        campaign = db.session.get_one(Visit, ward.visit_id).campaign_id
        revision = db.session.get_one(Campaign, campaign).revision
    desk = ward.browser(admin)
    late = post(desk, f"/self-checks/campaigns/{campaign}", revision=revision, due_on="2026-11-18")
    assert "từ hôm nay trở đi" in desk.get(late.location).get_data(as_text=True)
    made = post(desk, f"/self-checks/campaigns/{campaign}", revision=revision, due_on="2026-11-30")
    assert "Đã giao 1 đơn vị tự kiểm tra" in desk.get(made.location).get_data(as_text=True)
    [listed] = body(ward.browser(ward.head).get("/api/sync/v1/manifest"))["visits"]
    assert (listed["role"], listed["planned_on"]) == ("lead", "2026-11-30")
    with app.app_context():
        assert db.session.scalars(select(Campaign.ordered_by_id).where(Campaign.kind == SELF_CHECK)).one() == campaign


def test_item_by_item_beside_what_the_delegation_found_which_the_ward_reads_once_it_is_issued(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2026, 11, 22, 3, 0, tzinfo=UTC)))
    ward = inspected(app)
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))
    visit = begun(ward, ward.head)
    filled(ward, visit)
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2026, 11, 22, 3, 0, tzinfo=UTC)))
    shown = text(ward, ward.chair, f"/self-checks/of/{ward.visit_id}")
    assert "nội dung hai bên đánh giá khác nhau" in shown
    assert "490/500" in shown
    assert "470/500" in shown
    assert "So với tự kiểm tra" in text(ward, ward.member, f"/visits/{ward.visit_id}")
    assert "470/500" not in text(ward, ward.head, f"/self-checks/{visit}")
    issued(ward)
    assert "470/500" in text(ward, ward.head, f"/self-checks/{visit}")
    assert ward.browser(ward.head).get(f"/self-checks/of/{ward.visit_id}").status_code == 403
