"""Who is told what and when, planned once; and what was done meanwhile is not told."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app.accounts.models import Appointment, User
from app.domain.permissions import Role
from app.extensions import db, new_id
from app.remediation.models import RemediationTask
from tests.factories import appoint, make_user, post, writing
from tests.features.notices.conftest import MONDAY, World
from tests.features.remediation.test_tasks import ON_PAPER, act, report
from tests.features.sync.statements import counted

DAY = timedelta(days=1)


def test_the_life_of_a_task_that_nobody_forgets(world: World) -> None:
    ward = world.ward
    for days in range(-7, 15):
        world.remind(MONDAY + days * DAY)
    assert world.remind().reminders == 0
    told = [(each.kind, each.day) for each in world.notices(ward.head) if each.url == world.url()]
    assert told == [
        ("before", date(2026, 11, 25)),
        ("due", date(2026, 11, 30)),
        ("overdue", date(2026, 12, 1)),
        ("overdue", date(2026, 12, 7)),
        ("overdue", date(2026, 12, 14)),
    ]
    for chair in (ward.chair, ward.lead):
        up = [each for each in world.notices(chair) if each.kind == "escalated"]
        assert [each.day for each in up] == [date(2026, 12, 3), date(2026, 12, 10)]
    assert up[0].why == "Ông/bà phụ trách đơn vị giao nhiệm vụ"
    assert up[0].title.startswith("Phường Lê Lợi quá hạn từ ngày 30/11/2026")
    assert "escalated" not in world.kinds(ward.head)
    assert world.kinds(ward.officer) == []  # nobody gave the officer the work


def test_owner_and_head_are_both_told_and_the_head_of_the_unit_above(world: World) -> None:
    ward = world.ward
    act(ward.browser(ward.head), world.url(), "owner", owner_id=ward.officer.id)
    assert world.kinds(ward.officer) == ["ordered"]
    above = make_user(world.app, role=Role.WARD_HEAD, unit=ward.town, name="Chủ tịch thị xã")
    world.remind(MONDAY + 3 * DAY)
    assert [each.why for each in world.notices(ward.officer)][1:] == ["Ông/bà thực hiện nhiệm vụ"]
    assert world.kinds(above) == ["escalated"]
    assert "escalated" not in world.kinds(ward.chair)


def test_a_unit_without_a_head_is_told_as_a_whole(world: World) -> None:
    with writing(world.app):
        db.session.execute(update(RemediationTask).values(head_id=None, head_name=""))
        db.session.execute(delete(Appointment).where(Appointment.user_id == world.ward.head.id))
    world.remind(MONDAY)
    assert "due" in world.kinds(world.ward.officer)
    assert "due" not in world.kinds(world.ward.head)


def test_when_those_who_are_named_are_gone_the_unit_is_told(world: World) -> None:
    ward = world.ward
    act(ward.browser(ward.head), world.url(), "owner", owner_id=ward.officer.id)
    other = make_user(world.app, role=Role.WARD_OFFICER, unit=ward.unit, name="Cán bộ M")
    with writing(world.app):
        db.session.execute(update(User).where(User.id.in_([ward.officer.id, ward.head.id])).values(active=False))
    world.remind(MONDAY)
    assert "due" in world.kinds(other)


def test_the_successor_is_reminded_and_nobody_has_to_say_so(world: World) -> None:
    ward = world.ward
    after = make_user(world.app, role=Role.WARD_HEAD, unit=ward.unit, name="Chủ tịch mới", starts_on=date(2026, 11, 29))
    world.remind(MONDAY)
    assert [each.why for each in world.notices(after) if each.kind == "due"] == [
        "Ông/bà là người đứng đầu chịu trách nhiệm"
    ]
    assert "due" not in world.kinds(ward.head)


def test_acts_tell_whom_they_concern(world: World) -> None:
    ward, url = world.ward, world.url()
    officer, lead, chair = ward.browser(ward.officer), ward.browser(ward.lead), ward.browser(ward.chair)
    act(officer, url, "extension", until="2026-12-10", reason="Chờ kinh phí")
    assert world.kinds(ward.chair) == ["asked"]
    act(chair, url, "extension/refuse", reason="Việc nhỏ")
    assert world.kinds(ward.officer) == ["answered"]
    assert "Không gia hạn" in world.notices(ward.officer)[0].title
    assert world.notices(ward.chair)[0].lapsed_reason == "Đã trả lời đề nghị gia hạn"
    act(officer, url, "extension", until="2026-12-10", reason="Nhà in hỏng")
    act(chair, url, "extension/grant", until="2026-12-08", reason="Được")
    assert "Được gia hạn đến 08/12/2026" in world.notices(ward.officer)[1].title  # twice in a day is twice
    report(officer, url)
    assert world.kinds(ward.lead)[-1] == "to_verify"
    act(lead, url, "return", reason="Thiếu ảnh")
    assert "Lý do: Thiếu ảnh" in world.notices(ward.officer)[2].text
    assert world.kinds(ward.head) == ["answered", "answered", "returned"]
    report(officer, url, "Lần hai")
    act(lead, url, "verify", **ON_PAPER)
    assert {each.lapsed_reason for each in world.notices() if each.url == url} == {
        "Đã trả lời đề nghị gia hạn",
        "Báo cáo đã được trả lại",
        "Đơn vị đã báo cáo",
        "Đã được gia hạn",
        "Đã xác nhận khắc phục xong",
    }
    world.remind(MONDAY + 20 * DAY)
    assert not [each for each in world.notices() if each.url == url and each.kind in ("due", "overdue", "escalated")]


def test_a_report_silences_and_a_return_wakes(world: World) -> None:
    ward, url = world.ward, world.url()
    world.remind(MONDAY)
    report(ward.browser(ward.officer), url)
    assert [each.lapsed_reason for each in world.notices(ward.head) if each.kind == "due"] == ["Đơn vị đã báo cáo"]
    world.remind(MONDAY + DAY)
    assert "overdue" not in world.kinds(ward.head)
    act(ward.browser(ward.lead), url, "return", reason="Thiếu ảnh")
    world.remind()
    assert world.kinds(ward.head)[-1] == "overdue"


def test_a_new_date_has_new_reminders(world: World) -> None:
    ward, url = world.ward, world.url()
    world.remind(MONDAY - 5 * DAY)
    assert world.kinds(ward.head).count("before") == 1
    act(ward.browser(ward.officer), url, "extension", until="2026-12-10", reason="Chờ")
    act(ward.browser(ward.chair), url, "extension/grant", until="2026-12-10", reason="Được")
    assert [each.lapsed_reason for each in world.notices(ward.head) if each.kind == "before"] == ["Đã được gia hạn"]
    world.remind(MONDAY)
    assert "due" not in world.kinds(ward.head)
    world.remind(MONDAY + 7 * DAY)
    assert [each.day for each in world.notices(ward.head) if each.url == url and each.kind == "before"] == [
        date(2026, 11, 25),
        date(2026, 12, 7),
    ]


def test_an_announced_swap_moves_what_was_to_be_told(world: World) -> None:
    ward = world.ward
    admin = make_user(world.app, role=Role.ADMINISTRATOR, unit=ward.town)
    world.remind(MONDAY - 5 * DAY)
    reply = post(ward.browser(admin), "/calendar", day="2026-11-27", off="yes", name="Nghỉ", source="TB 12")
    assert reply.status_code == 303
    assert [each.lapsed_reason for each in world.notices(ward.head) if each.kind == "before"] == [
        "Hạn đã được tính lại theo lịch làm việc"
    ]
    # The step three working days before the new date is the same day, so nothing else would tell the new date in time.
    [told] = [each for each in world.notices(ward.head) if each.kind == "moved"]
    assert "30/11/2026 → 01/12/2026" in told.text


def test_the_digest_comes_once_a_working_day_to_who_has_something_waiting(world: World) -> None:
    ward = world.ward
    report(ward.browser(ward.officer), world.url())
    act(ward.browser(ward.officer), world.url(1), "extension", until="2026-12-10", reason="Chờ")
    assert world.remind(MONDAY - DAY).digests == 0  # a Sunday
    assert world.remind(MONDAY).digests == 2  # two vice-chairs
    assert world.remind().digests == 0
    digest = world.notices(ward.chair)[-1]
    assert digest.kind == "digest"
    assert "1 báo cáo khắc phục chờ thẩm tra" in digest.text
    assert "1 đề nghị gia hạn chờ trả lời" in digest.text
    assert "quá hạn" not in digest.text
    act(ward.browser(ward.chair), world.url(1), "extension/refuse", reason="Không")
    act(ward.browser(ward.lead), world.url(), "verify", **ON_PAPER)
    assert world.remind(MONDAY + DAY).digests == 0


def test_a_vice_chair_elsewhere_hears_nothing(world: World) -> None:
    stranger = make_user(world.app, role=Role.VICE_CHAIR, unit=world.ward.unit)  # of the ward itself: not what it owes
    report(world.ward.browser(world.ward.officer), world.url())
    world.remind(MONDAY)
    assert "digest" not in world.kinds(stranger)
    above = world.ward.town
    appoint(world.app, stranger, Role.VICE_CHAIR, above)
    world.remind(MONDAY + DAY)
    assert "digest" in world.kinds(stranger)


def _more_tasks(app: Flask, number: int) -> None:
    with writing(app):
        model = db.session.scalars(select(RemediationTask)).first()
        assert model is not None
        kept = {each.name: getattr(model, each.name) for each in RemediationTask.__table__.columns}
        for position in range(number):
            db.session.add(RemediationTask(**{**kept, "id": new_id(), "position": 100 + position}))


@pytest.mark.parametrize("done", [False, True])
def test_a_run_costs_what_is_due_and_not_what_ever_was(world: World, done: bool) -> None:
    """150 tasks cost about the statements of two; finished ones are not even read."""
    costs = []
    for number in (0, 150):
        _more_tasks(world.app, number)
        if done:
            with writing(world.app):
                changed = update(RemediationTask).where(RemediationTask.position >= 100)
                db.session.execute(changed.values(state="verified", look_on=None))
        world.set_clock(MONDAY + (number // 50) * DAY)
        with counted(world.app) as statements:
            world.remind()
        costs.append(len(statements))
    assert max(costs) <= 36
    with counted(world.app) as statements:
        world.remind()
    assert len(statements) < 16
