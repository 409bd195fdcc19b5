"""The first page: what concerns whom, and nothing of others."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.domain.permissions import Role
from app.extensions import Clock
from tests import factories
from tests.factories import MadeUser, client_of
from tests.features.findings.steps import issued, notified
from tests.features.findings.wards import Ward, inspected
from tests.features.overview.rounds import make_round
from tests.features.sync.statements import counted

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def home(app: Flask, user: MadeUser) -> str:
    reply = client_of(app, user).get("/")
    assert reply.status_code == 200
    return " ".join(reply.get_data(as_text=True).split())


def tile(number: int, text: str) -> str:
    return f'<span class="figure">{number}</span> <span>{text}</span>'


def test_each_role_sees_what_waits_for_it(app: Flask) -> None:
    ward = inspected(app)
    assert tile(1, "biên bản đã ký, chưa lập kết luận") in home(app, ward.lead)
    assert tile(0, "thông báo kết luận đã ban hành cho đơn vị") in home(app, ward.head)
    issued(ward)
    lead, head = home(app, ward.lead), home(app, ward.head)
    assert tile(0, "biên bản đã ký, chưa lập kết luận") in lead
    assert "1 đã ký biên bản" in lead
    assert "So sánh các đơn vị" in lead
    assert tile(1, "thông báo kết luận đã ban hành cho đơn vị") in head
    assert tile(2, "nhiệm vụ khắc phục phải làm") in head
    assert tile(0, "nhiệm vụ quá hạn") in head
    assert "Đợt kiểm tra đang thực hiện" not in head
    assert "So sánh các đơn vị" not in home(app, ward.member)


def test_other_units_see_nothing_of_it(app: Flask) -> None:
    ward, _ = notified(app)
    neighbour = home(app, ward.neighbour)
    assert tile(0, "thông báo kết luận đã ban hành cho đơn vị") in neighbour
    assert tile(0, "nhiệm vụ khắc phục phải làm") in neighbour
    stranger = factories.make_user(app, role=Role.VICE_CHAIR, unit=factories.make_unit(app, "Huyện Khác"))
    assert "Chưa có đợt kiểm tra hay nhiệm vụ nào liên quan đến bạn" in home(app, stranger)
    assert "Kiểm tra công vụ năm 2026" not in home(app, stranger)


def overdue(ward: Ward, user: MadeUser, number: int) -> bool:
    return tile(number, "nhiệm vụ quá hạn") in home(ward.app, user)


def test_a_report_in_time_stops_the_clock_and_one_too_late_does_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.features.remediation.test_tasks import address, report

    ward, _ = notified(app)
    report(ward.browser(ward.officer), address(ward, 0))  # due on 2026-11-30
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2027, 1, 20, 3, 0, tzinfo=UTC)))
    assert overdue(ward, ward.head, 1)
    assert overdue(ward, ward.lead, 1)
    report(ward.browser(ward.officer), address(ward, 1))
    assert overdue(ward, ward.head, 1)  # reported now, after its date: still late


def test_an_administrator_without_any_campaign_is_shown_how_to_begin(app: Flask) -> None:
    town = factories.make_unit(app, "Thị xã Sơn Tây", kind="district")
    assert 'href="/campaigns/new"' in home(app, factories.make_user(app, role=Role.ADMINISTRATOR, unit=town))


def test_the_first_page_asks_the_database_the_same_for_any_number_of_visits(app: Flask) -> None:
    from tests.beginnings import empty_tables

    numbers = []
    for wards in (2, 60):
        empty_tables(app)
        round_ = make_round(app, wards)
        browser = client_of(app, round_.chair)
        with counted(app) as statements:
            assert browser.get("/").status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
