"""The page of devices: whose, last heard of, what is owed, who is silent, and what happened to them."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert

from app.accounts.models import Device, User
from app.campaigns.models import Visit
from app.domain.permissions import Role
from app.extensions import Clock, db, new_id, now
from app.sync import blobs
from app.sync.models import VisitContact
from tests import factories
from tests.features.overview.rounds import make_round
from tests.features.sync.conftest import story as story_on_each
from tests.features.sync.phones import Phone, Story, phone, sha
from tests.features.sync.statements import counted
from tests.features.sync.test_evidence import jpeg, taken, upload

story = story_on_each


def page(app: Flask, user: factories.MadeUser, query: str = "") -> str:
    reply = factories.client_of(app, user).get(f"/devices{query}")
    assert reply.status_code == 200
    return reply.get_data(as_text=True)


def later(monkeypatch: pytest.MonkeyPatch, **after: int) -> None:
    at = Clock.source() + timedelta(**after)
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: at))


def administrator(story: Story) -> factories.MadeUser:
    with story.app.app_context():
        path = db.session.query(Visit.unit_path).filter_by(id=story.visit).scalar()
        unit = int(path.split("/")[-2])
    user = factories.make_user(story.app, "quan-tri")
    factories.appoint(story.app, user, Role.ADMINISTRATOR, factories.MadeUnit(unit, path, "", ""))
    return user


def test_a_silent_phone_is_marked_with_words(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    a.send(pending={"ops": 5, "blobs": 2})
    lead.pull()
    shown = page(story.app, story.lead)
    assert "5 thay đổi, 2 ảnh" in shown
    assert "Im lặng</span>" not in shown
    later(monkeypatch, hours=5)
    assert page(story.app, story.lead).count("Im lặng</span>") == 1, "it owes, and has not been heard of for hours"
    later(monkeypatch, hours=20)
    shown = page(story.app, story.lead)
    assert shown.count("Im lặng</span>") == 2, "the visit is under way and the other has been quiet for a day"
    assert "25 giờ trước" in shown
    a.send([], pending={"ops": 0, "blobs": 0})
    assert page(story.app, story.lead).count("Im lặng</span>") == 1
    assert story.a.name not in page(story.app, story.lead, "?state=silent")


def test_who_sees_which_devices(story: Story) -> None:
    phone(story, story.a).pull()
    phone(story, story.stranger)
    admin = administrator(story)
    assert story.a.name in page(story.app, story.lead)
    assert story.stranger.name not in page(story.app, story.lead)
    mine = page(story.app, story.b)
    assert story.a.name not in mine, "a member sees the own devices only"
    for user in (story.a, story.stranger):
        assert user.name in page(story.app, admin)
        assert user.name in page(story.app, user)


def test_search_without_diacritics_and_filters(story: Story) -> None:
    client = story.app.test_client()
    factories.sign_in_device(client, story.a, name="Điện thoại Tổ một")
    admin = administrator(story)
    assert "Điện thoại Tổ một" in page(story.app, admin, "?q=dien thoai to")
    assert "Không có thiết bị nào khớp" in page(story.app, admin, "?q=may-khac")
    for state in ("owing", "incidents", "silent", "revoked"):
        assert "Không có thiết bị nào khớp" in page(story.app, admin, f"?state={state}")
    for query in ("?state=x&page=0", "?q=%00%25_", "?page=999999999999"):
        page(story.app, admin, query)


def test_one_device_with_its_visits_incidents_and_the_way_to_revoke_it(story: Story) -> None:
    a = phone(story, story.a)
    incident = {
        "id": "s1",
        "kind": "storage_lost",
        "visit": story.visit,
        "at": "2026-11-27",
        "detail": "Còn 3 thay đổi",
    }
    a.send([], pending={"ops": 3, "blobs": 0}, incidents=[incident])
    with story.app.app_context():
        device = db.session.query(Device).filter_by(user_id=story.a.id).one().id
    admin = factories.client_of(story.app, administrator(story))
    shown = admin.get(f"/devices/{device}").get_data(as_text=True)
    for words in ("Trình duyệt đã xóa dữ liệu trên máy", "Còn 3 thay đổi", "Phường Số 1", "Thu hồi thiết bị"):
        assert words in shown
    lead = factories.client_of(story.app, story.lead)
    assert "Thu hồi thiết bị" not in lead.get(f"/devices/{device}").get_data(as_text=True)
    assert factories.client_of(story.app, story.stranger).get(f"/devices/{device}").status_code == 404
    url = f"/people/{story.a.id}/devices/{device}/revoke"
    assert factories.post(admin, url).status_code == 303
    assert "Đã thu hồi" in admin.get(f"/devices/{device}").get_data(as_text=True)


def photo_told_of(who: Phone, name: str) -> str:
    """A photo of an item, named by an operation; its bytes are not sent."""
    value = {"of": "item/muc-1", "sha256": sha(name.encode()), "size": 4, "mime": "image/jpeg", "taken_at": None}
    op = who.mint(f"photo/0123abcd-0000-4000-8000-0000000000{name}", value, kind="attach")
    who.push()
    who.outbox.clear()
    return op


def test_of_a_person_with_two_phones_is_told_which_holds_the_photos(story: Story) -> None:
    lead, first, second = phone(story, story.lead), phone(story, story.a), phone(story, story.a)
    with story.app.app_context():
        devices = db.session.query(Device).filter_by(user_id=story.a.id).order_by(Device.enrolled_at).all()
        ids = [each.id for each in devices]
    with factories.writing(story.app):
        db.session.get_one(Device, ids[1]).name = "Máy bảng"
    photo_told_of(first, "01")
    photo_told_of(second, "02")
    taken = photo_told_of(second, "03")
    gone = photo_told_of(second, "04")
    second.mint("photo/0123abcd-0000-4000-8000-000000000004", None, gone, kind="detach")
    second.push()
    # The lead takes one away and puts it back: it lies where it was taken.
    away = lead.mint("photo/0123abcd-0000-4000-8000-000000000003", None, taken, kind="detach")
    value = {"of": "item/muc-1", "sha256": sha(b"03"), "size": 4, "mime": "image/jpeg", "taken_at": None}
    lead.mint("photo/0123abcd-0000-4000-8000-000000000003", value, away, kind="attach")
    lead.push()
    shown = " ".join(factories.client_of(story.app, story.lead).get(f"/visits/{story.visit}").text.split())
    assert re.search(rf"<li>{story.a.name}, Điện thoại thử \(liên lạc lần cuối [^)]+\): 1 ảnh</li>", shown)
    assert re.search(rf"<li>{story.a.name}, Máy bảng \(liên lạc lần cuối [^)]+\): 2 ảnh</li>", shown)
    assert f"<li>{story.lead.name}" not in shown
    desk = factories.client_of(story.app, story.lead)
    told = [desk.get(f"/devices/{each}").get_data(as_text=True) for each in ids]
    assert ["1 ảnh của máy này" in told[0], "2 ảnh của máy này" in told[1]] == [True, True]


def test_a_photo_whose_file_is_gone_is_missing_as_before_it_came(story: Story) -> None:
    mine, photo = phone(story, story.a), jpeg()
    mine.mint("photo/0123abcd-0000-4000-8000-000000000001", taken(photo), kind="attach")
    mine.push()
    upload(mine, photo)
    with story.app.app_context():
        device = db.session.query(Device.id).filter_by(user_id=story.a.id).scalar()
        original = blobs.stored(story.visit, sha(photo))
    desk = factories.client_of(story.app, story.lead)

    def told() -> list[str]:
        return [desk.get(url).get_data(as_text=True) for url in (f"/visits/{story.visit}", f"/devices/{device}")]

    visit, phone_page = told()
    assert ["ảnh chưa về máy chủ" in visit, "ảnh của máy này" in phone_page] == [False, False]
    original.unlink()
    visit, phone_page = told()
    assert ["1 ảnh chưa về máy chủ" in visit, "1 ảnh của máy này" in phone_page] == [True, True]
    assert f"<li>{story.a.name}, Điện thoại thử" in visit, "whose it is, and on which phone it may lie still"


def test_a_page_of_3321_units_is_few_statements(app: Flask) -> None:
    round_ = make_round(app, 40)
    visits = list(round_.visits.values())
    with factories.writing(app):
        user = db.session.get_one(User, round_.member.id)
        rows = [
            {"id": new_id(), "user_id": user.id, "name": f"Máy {n}", "search_key": f"may {n}", "enrolled_at": now(),
             "last_contact_at": now(), "pending_ops": 0, "pending_blobs": 0, "app_version": ""}
            for n in range(3321)
        ]  # fmt: skip
        db.session.execute(insert(Device), rows)
        contacts = [
            {"visit_id": visits[n % 40], "device_id": row["id"], "user_id": user.id, "opened_at": now(),
             "last_at": now() - timedelta(days=n % 3), "n": 0, "pending_ops": 0, "pending_blobs": 0}
            for n, row in enumerate(rows)
        ]  # fmt: skip
        db.session.execute(insert(VisitContact), contacts)
    client = factories.client_of(app, round_.chair)
    client.get("/devices")
    with counted(app) as statements:
        reply = client.get("/devices?page=3")
    assert "3321 thiết bị" in reply.get_data(as_text=True)
    assert len([each for each in statements if each.startswith("SELECT")]) <= 6
