"""Wards side by side: the order people ask for, the heat map, who sees it, and how little it asks of the database."""

import re

import pytest
from flask import Flask

from app.domain.permissions import Role
from tests import factories
from tests.factories import client_of
from tests.features.overview.rounds import Round, conclude_without_a_log, make_round
from tests.features.sync.statements import counted


def units_in_order(page: str) -> list[str]:
    """The unit of each line of the comparison, which stands before the heat map."""
    return re.findall(r'class="unit"[^>]*>([^<]+)<', page.split('id="heat"')[0])


def page_of(round_: Round, user: factories.MadeUser, query: str = "") -> str:
    reply = client_of(round_.app, user).get(f"/campaigns/{round_.campaign}/wards{query}")
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return reply.get_data(as_text=True)


@pytest.fixture
def three(app_on_each: Flask) -> Round:
    """Three wards: 100 %, 97 % and 80 % of dossiers on time; a fourth was not visited."""
    round_ = make_round(app_on_each, 4)
    for number, on_time in enumerate((100, 97, 80), start=1):
        conclude_without_a_log(round_, f"Phường Số {number:03d}", on_time)
    return round_


def test_units_are_sorted_as_asked_and_those_without_a_score_stand_last(three: Round) -> None:
    best_first = units_in_order(page_of(three, three.chair))
    assert best_first == ["Phường Số 001", "Phường Số 002", "Phường Số 003", "Phường Số 004"]
    worst_first = ["Phường Số 003", "Phường Số 002", "Phường Số 001", "Phường Số 004"]
    assert units_in_order(page_of(three, three.chair, "?sort=score&order=asc")) == worst_first
    most_findings = ["Phường Số 002", "Phường Số 003", "Phường Số 001", "Phường Số 004"]  # one, one, none, unknown
    assert units_in_order(page_of(three, three.chair, "?sort=findings")) == most_findings
    assert units_in_order(page_of(three, three.chair, "?sort=drop-table&order=x")) == best_first


def test_the_heat_map_shows_each_section_in_words_and_leads_to_its_items(three: Round) -> None:
    heat = page_of(three, three.chair).split('id="heat"')[1]
    first, third = three.visits["Phường Số 001"], three.visits["Phường Số 003"]
    assert f'<a class="heat-4" href="/visits/{first}#ho-so">100%</a>' in heat
    assert f'<a class="heat-1" href="/visits/{third}#ho-so">0%</a>' in heat  # 80 % reaches no band
    assert "Tốt: từ 90%" in heat
    assert "Yếu: còn lại" in heat
    assert "Đã lên lịch, chưa có kết luận" in heat


def test_only_those_who_direct_the_campaign_compare(app: Flask) -> None:
    round_ = make_round(app, 2)
    url = f"/campaigns/{round_.campaign}/wards"
    outsider = factories.make_user(app, role=Role.VICE_CHAIR, unit=factories.make_unit(app, "Huyện Khác"))
    ward_head = factories.make_user(app, role=Role.WARD_HEAD, unit=round_.town)
    assert client_of(app, round_.lead).get(url).status_code == 200
    assert client_of(app, round_.member).get(url).status_code == 403
    assert client_of(app, outsider).get(url).status_code == 404
    assert client_of(app, ward_head).get(url).status_code == 403
    assert app.test_client().get(url).status_code == 302
    assert client_of(app, round_.chair).get("/campaigns/does-not-exist/wards").status_code == 404


def test_the_page_asks_as_much_of_the_database_for_300_units_as_for_5(app: Flask) -> None:
    numbers = {}
    for wards in (5, 300):
        round_ = make_round_again(app, wards)
        for unit in round_.visits:
            conclude_without_a_log(round_, unit, 90)
        browser = client_of(app, round_.chair)
        url = f"/campaigns/{round_.campaign}/wards"
        browser.get(url)  # the checklist is read once for all
        with counted(app) as statements:
            page = browser.get(url).get_data(as_text=True)
        numbers[wards] = len(statements)
        assert len(units_in_order(page)) == min(wards, 100)
    assert numbers[300] == numbers[5]
    assert "Trang 1/3" in page
    assert len(units_in_order(page_of(round_, round_.chair, "?page=3"))) == 100
    assert "Trang 3/3" in page_of(round_, round_.chair, "?page=99")


def make_round_again(app: Flask, wards: int) -> Round:
    """A round in emptied tables: a checklist is published only once."""
    from tests.beginnings import empty_tables

    empty_tables(app)
    return make_round(app, wards)


def test_a_lead_compares_and_exports_the_visits_of_the_own_delegation_only(app: Flask) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    from app.campaigns.models import Delegation, Member, Visit
    from app.extensions import db, new_id, now

    round_ = make_round(app, 3)
    other = factories.make_user(app, role=Role.INSPECTOR, unit=round_.town, name="Cán bộ E")
    with factories.writing(app):
        team = Delegation(id=new_id(), campaign_id=round_.campaign, name="Đoàn 2")
        db.session.add(team)
        db.session.flush()
        db.session.add(Member(id=new_id(), delegation_id=team.id, user_id=other.id, is_lead=True, added_at=now()))
        db.session.get_one(Visit, round_.visits["Phường Số 003"]).delegation_id = team.id
    page = page_of(round_, other)
    assert units_in_order(page) == ["Phường Số 003"]
    assert "còn 2 cuộc kiểm tra của đoàn khác" in page
    assert len(units_in_order(page_of(round_, round_.chair))) == 3
    reply = client_of(app, other).get(f"/campaigns/{round_.campaign}/workbook.xlsx")
    for sheet in load_workbook(BytesIO(reply.data)).worksheets:
        values = {str(value) for row in sheet.iter_rows(values_only=True) for value in row}
        assert not values & {"Phường Số 001", "Phường Số 002"}
