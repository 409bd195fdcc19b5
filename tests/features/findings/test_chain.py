"""A campaign puts steps between the lead's report and the vice-chair: each is taken by those named for it, in order."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.accounts.models import Appointment
from app.domain.permissions import Role
from app.extensions import Clock, db
from app.findings.models import Conclusion, ConclusionEvent
from tests import factories
from tests.factories import MadeUser, post, writing
from tests.features.findings.steps import begun, revision, step
from tests.features.findings.wards import Ward, inspected

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
OFFICE, HOME = "Văn phòng thẩm tra", "Phòng Nội vụ thẩm tra"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on at each look, so that acts have an order."""
    ticks = itertools.count()
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(milliseconds=next(ticks))))


class Town:
    """The ward with people of the office, and an administrator who sets the chain on its page."""

    def __init__(self, app: Flask) -> None:
        self.ward: Ward = inspected(app)
        self.clerk, self.second, self.home = (
            factories.make_user(app, role=Role.OFFICE, unit=self.ward.town, name=name)
            for name in ("Cán bộ E", "Cán bộ F", "Cán bộ G")
        )
        self.admin = factories.make_user(app, role=Role.ADMINISTRATOR, unit=self.ward.town)
        with app.app_context():
            self.campaign = str(db.session.execute(db.text("SELECT id FROM campaigns")).scalar_one())

    def set_chain(self, *steps: tuple[str, list[MadeUser]], **more: Any) -> tuple[int, str]:
        browser, url = self.ward.browser(self.admin), f"/campaigns/{self.campaign}/review-chain"
        fields: dict[str, Any] = {"revision": revision(browser, url), **more}
        for number, (name, people) in enumerate(steps):
            fields |= {f"name-{number}": name, f"people-{number}": [each.id for each in people]}
        reply = post(browser, url, **fields)
        return reply.status_code, reply.get_data(as_text=True)


@pytest.fixture
def town(app_on_each: Flask) -> Town:
    return Town(app_on_each)


@pytest.fixture
def place(app: Flask) -> Town:
    """The same on SQLite only."""
    return Town(app)


def path_of(page: str) -> list[tuple[str, str]]:
    """The steps on the review page: how each stands, and its name."""
    chain = page.split('<ol class="chain">')[1].split("</ol>")[0]
    return re.findall(r'<li class="(\w+)"[^>]*>\s*<strong>([^<]+)</strong>', chain)


def test_a_conclusion_goes_through_every_step_and_each_act_has_its_name_and_time(town: Town) -> None:
    ward = town.ward
    assert town.set_chain((OFFICE, [town.clerk, town.second]), (HOME, [town.home]))[0] == 303
    lead, clerk, home, chair = (ward.browser(each) for each in (ward.lead, town.clerk, town.home, ward.chair))
    url = begun(ward, lead)
    assert path_of(lead.get(url).get_data(as_text=True))[1] == ("ahead", OFFICE)
    step(lead, url, "submit")
    assert post(chair, f"{url}/approve", revision=revision(chair, url)).status_code == 409  # not before the office
    assert post(home, f"{url}/forward", revision=revision(home, url)).status_code == 403  # not his step yet
    page = step(clerk, url, "forward", note="Số liệu khớp biên bản")
    assert [each[0] for each in path_of(page)] == ["done", "done", "now", "ahead", "ahead"]
    assert "Cán bộ E" in page
    assert post(clerk, f"{url}/forward", revision=revision(clerk, url)).status_code == 403  # once each
    assert path_of(step(home, url, "forward"))[3] == ("now", "Duyệt")
    step(chair, url, "approve")
    notice = chair.get(f"{url}/notice").get_data(as_text=True)
    assert f"<dt>{OFFICE}</dt><dd>Cán bộ E, 10:00 ngày 22/11/2026</dd>" in notice
    with ward.app.app_context():
        told = db.session.query(ConclusionEvent).filter_by(action="forward").order_by(ConclusionEvent.id).all()
        assert {(each.actor_id, each.detail["name"], each.reason) for each in told} == {
            (town.clerk.id, OFFICE, "Số liệu khớp biên bản"),
            (town.home.id, HOME, ""),
        }


def test_the_office_returns_with_a_reason_and_a_second_report_goes_the_way_of_that_day(place: Town) -> None:
    ward = place.ward
    place.set_chain((OFFICE, [place.clerk]))
    lead, clerk = ward.browser(ward.lead), ward.browser(place.clerk)
    url = begun(ward, lead)
    step(lead, url, "submit")
    assert place.set_chain()[0] == 303  # the campaign drops the step: what is on its way keeps it
    assert path_of(lead.get(url).get_data(as_text=True))[1] == ("now", OFFICE)
    assert post(clerk, f"{url}/return", revision=revision(clerk, url), reason=" ").status_code == 422
    page = step(clerk, url, "return", reason="Thiếu ảnh bàn 3")
    assert "Thiếu ảnh bàn 3" in lead.get(url).get_data(as_text=True)
    assert OFFICE not in [name for _, name in path_of(page)]
    assert path_of(step(lead, url, "submit"))[1] == ("now", "Duyệt")


def test_a_vice_chair_sends_back_what_is_stuck_and_never_passes_a_step_that_is_not_his(place: Town) -> None:
    ward = place.ward
    place.set_chain((OFFICE, [place.clerk]))
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    step(lead, url, "submit")
    assert "Đã thẩm tra, trình tiếp</button>" not in chair.get(url).get_data(as_text=True)
    assert post(chair, f"{url}/forward", revision=revision(chair, url)).status_code == 403
    assert "Trả lại trưởng đoàn" in step(chair, url, "return", reason="Văn phòng nghỉ")
    with writing(ward.app):  # the only person of the step leaves office
        left = {"ends_on": NOW.date() - timedelta(days=1)}
        db.session.execute(update(Appointment).where(Appointment.user_id == place.clerk.id).values(left))
    refused = post(lead, f"{url}/submit", revision=revision(lead, url))
    assert (refused.status_code, "không còn ai giữ vai trò" in refused.get_data(as_text=True)) == (422, True)
    with ward.app.app_context():
        assert db.session.query(Conclusion).one().state == "returned"


def test_one_person_on_two_steps_is_shown_with_both(place: Town) -> None:
    ward = place.ward
    place.set_chain(("Phó Chủ tịch thường trực xem", [ward.chair]))
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    step(lead, url, "submit")
    step(chair, url, "forward")
    page = step(chair, url, "approve")
    assert "Lãnh đạo C làm nhiều bước: phó chủ tịch thường trực xem; duyệt." in page


def test_the_queue_says_where_a_conclusion_stands_and_puts_ones_own_turn_first(town: Town) -> None:
    ward = town.ward
    town.set_chain((OFFICE, [town.clerk]), (HOME, [town.home]))
    lead = ward.browser(ward.lead)
    step(lead, begun(ward, lead), "submit")
    clerk, home = (ward.browser(each).get("/conclusions").get_data(as_text=True) for each in (town.clerk, town.home))
    assert "Đến lượt bạn" in clerk
    assert f"Bước 1/2 {OFFICE}" in clerk
    assert "Đến lượt bạn" not in home
    assert "Chờ Cán bộ E" in home
    assert "kết luận chờ bạn thẩm tra" in ward.browser(town.clerk).get("/").get_data(as_text=True)
    assert ward.browser(town.second).get("/conclusions?state=checking").get_data(as_text=True).count("<tr>") == 2


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([("", ["clerk"])], "Hãy đặt tên cho bước này"),
        ([("A", ["clerk"]), ("a", ["clerk"])], "đã dùng ở trên"),
        ([("A", [])], "ít nhất một người"),
        ([("A", ["lead_only"])], "không giữ vai trò thẩm tra"),
        ([("x" * 101, ["clerk"])], "Dài nhất 100 ký tự"),
    ],
)
def test_a_chain_nobody_could_walk_is_refused_beside_its_step(
    place: Town, steps: list[tuple[str, list[str]]], told: str
) -> None:
    people = {"clerk": place.clerk, "lead_only": place.ward.member}
    status, page = place.set_chain(*((name, [people[each] for each in those]) for name, those in steps))
    assert status == 422
    assert told in page
    with place.ward.app.app_context():
        assert db.session.execute(db.text("SELECT review_chain FROM campaigns")).scalar_one() in ("[]", [])


def test_a_change_of_the_chain_stands_in_the_campaigns_trace(place: Town) -> None:
    place.set_chain((OFFICE, [place.clerk]), reason="Theo quy chế làm việc")
    page = place.ward.browser(place.admin).get(f"/campaigns/{place.campaign}").get_data(as_text=True)
    assert "Đặt các bước thẩm tra" in page
    assert f"không có bước trung gian → 1. {OFFICE} (Cán bộ E)" in page
    assert "Theo quy chế làm việc" in page


def test_whose_turn_it_is_is_told_and_what_was_told_before_is_over(place: Town) -> None:
    ward = place.ward
    place.set_chain((OFFICE, [place.clerk, place.second]), (HOME, [place.home]))
    lead, clerk, home, chair = (ward.browser(each) for each in (ward.lead, place.clerk, place.home, ward.chair))

    def told() -> list[tuple[str, str]]:
        """Whom the desk's list tells something of the conclusion that is still so, and what."""
        with ward.app.app_context():
            rows = db.session.execute(
                db.text(
                    "SELECT user_id, kind FROM notices WHERE lapsed_at IS NULL AND subject LIKE 'conclusion/%' "
                    "AND kind IN ('to_review', 'sent_back')"
                )
            )
            return sorted((str(user), str(kind)) for user, kind in rows)

    url = begun(ward, lead)
    step(lead, url, "submit")
    assert told() == sorted([(place.clerk.id, "to_review"), (place.second.id, "to_review")])
    step(clerk, url, "forward", note="Số liệu khớp")
    assert told() == [(place.home.id, "to_review")]
    step(home, url, "forward")
    assert (ward.chair.id, "to_review") in told()  # and every other vice-chair of the issuing unit
    assert place.home.id not in dict(told())
    assert "chờ duyệt" in chair.get("/notices").get_data(as_text=True)
    step(chair, url, "return", reason="Bổ sung ảnh biển hiệu")
    assert told() == [(ward.lead.id, "sent_back")]
    assert "Bổ sung ảnh biển hiệu" in lead.get("/notices").get_data(as_text=True)
