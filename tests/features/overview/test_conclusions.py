"""The review desk's queue: what waits, for how many working days, what stands in its way, and how little it asks."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import Clock, db
from app.sync import blobs
from app.sync.models import VisitContact
from tests.factories import client_of, writing
from tests.features.findings.steps import begun, step
from tests.features.findings.wards import inspected, picture
from tests.features.overview.rounds import conclude_without_a_log, make_round, multiply
from tests.features.sync.phones import phone
from tests.features.sync.statements import counted
from tests.features.sync.test_evidence import upload


def units_of(page: str) -> list[str]:
    return re.findall(r'<th scope="row">\s*(?:<a [^>]*>)?([^<]+?)(?:</a>)?\s*<div', page)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: moment))


def test_a_line_says_how_many_working_days_it_waits_and_what_stands_in_its_way(
    app_on_each: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, datetime(2026, 11, 20, 3, tzinfo=UTC))
    ward = inspected(app_on_each)
    begun(ward, ward.browser(ward.lead))
    late = phone(ward.story, ward.member)
    late.mint("item/noi-quy", "no")
    late.push()
    at(monkeypatch, datetime(2026, 11, 25, 3, tzinfo=UTC))
    page = ward.browser(ward.chair).get("/conclusions").get_data(as_text=True)
    assert "2 ngày<" in page  # Friday to Wednesday: 24/11 is a holiday, and two days are a weekend
    assert "1 thay đổi bị giữ" in page
    assert "1 ảnh chưa về" in page
    upload(phone(ward.story, ward.lead), picture())
    assert "ảnh chưa về" not in ward.browser(ward.chair).get("/conclusions").get_data(as_text=True)
    with app_on_each.app_context():
        blobs.stored(ward.visit_id, ward.photo).unlink()
    assert "1 ảnh chưa về" in ward.browser(ward.chair).get("/conclusions").get_data(as_text=True)


def test_a_phone_that_is_silent_since_before_the_signing_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, datetime(2026, 11, 20, 3, tzinfo=UTC))
    ward = inspected(app)
    begun(ward, ward.browser(ward.lead))
    away = phone(ward.story, ward.member)
    away.mint("item/noi-quy/note", "Bảng ở cổng")
    away.push()
    chair = ward.browser(ward.chair)
    heard = datetime(2026, 11, 19, 22, tzinfo=UTC)
    with writing(app):
        db.session.execute(update(VisitContact).where(VisitContact.user_id == ward.member.id).values(last_at=heard))
    assert "máy im lặng" not in chair.get("/conclusions").get_data(as_text=True)  # it may still come
    at(monkeypatch, datetime(2026, 11, 23, 3, tzinfo=UTC))
    assert "1 máy im lặng từ trước khi ký" in chair.get("/conclusions").get_data(as_text=True)
    away.pull()
    away.push()
    assert "máy im lặng" not in chair.get("/conclusions").get_data(as_text=True)


def test_a_draft_whose_minutes_were_reopened_is_marked(app: Flask) -> None:
    ward = inspected(app)
    begun(ward, ward.browser(ward.lead))
    mine = phone(ward.story, ward.lead)
    mine.pull()
    signed = next(each["op"] for each in mine.log if '"kind": "close"' in each["body"])
    mine.mint("visit/closing", {"reason": "Ghi nhầm"}, signed, kind="amend")
    assert [each["entry"]["st"] for each in mine.push()] == ["acc"]
    assert "biên bản đã mở lại" in ward.browser(ward.chair).get("/conclusions").get_data(as_text=True)


def test_lines_are_found_by_state_and_by_the_units_name(app: Flask) -> None:
    ward = inspected(app)
    chair = ward.browser(ward.chair)
    url = begun(ward, ward.browser(ward.lead))
    step(ward.browser(ward.lead), url, "submit")
    assert units_of(chair.get("/conclusions?state=in_review&q=le+loi").get_data(as_text=True)) == ["Phường Lê Lợi"]
    assert units_of(chair.get("/conclusions?state=in_review&q=ngo").get_data(as_text=True)) == []
    assert units_of(chair.get("/conclusions?state=draft").get_data(as_text=True)) == []
    assert units_of(chair.get("/conclusions?state=drop-table").get_data(as_text=True)) == ["Phường Lê Lợi"]


def test_a_page_asks_as_much_of_the_database_for_3321_units_as_for_5(app: Flask) -> None:
    round_ = make_round(app, 5)
    for unit in round_.visits:
        conclude_without_a_log(round_, unit, 90)
    browser = client_of(app, round_.chair)
    numbers = {}
    for total in (5, 3321):
        if total > 5:
            multiply(round_, "Phường Số 001", total - 5)
        browser.get("/conclusions")  # the checklist is read once for all
        with counted(app) as statements:
            page = browser.get("/conclusions?page=2").get_data(as_text=True)
        numbers[total] = len(statements)
        assert len(units_of(page)) == min(total, 50)
        assert f"Tất cả <b>{total}</b>" in page
    assert numbers[5] == numbers[3321] <= 18
