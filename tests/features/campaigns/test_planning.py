"""Planning changes what it says and nothing else, keeps a trace of every act, and refuses what would not hold."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from app.campaigns import queries
from app.campaigns.actions import campaigns, delegations, set_visit_state, visits
from app.campaigns.actions.delegations import Seat, Team
from app.campaigns.queries import planning
from app.campaigns.queries.visits import bookings, planned_visit
from app.checklists import actions as checklists
from app.domain.errors import Invalid, NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Role, may
from app.extensions import new_id, now
from tests import factories
from tests.features.campaigns.plans import DAY, FIRST, LAST, TODAY, Town, make_town, planned_town


def acts(town: Town) -> list[tuple[str, str, str]]:
    changes = planning.changes(town.campaign_id, limit=100)
    return [(change.action, change.about, change.reason) for change in reversed(changes)]


def test_a_campaign_from_first_plan_to_visits_on_days(app_on_each: Flask) -> None:
    town = planned_town(app_on_each)
    with app_on_each.app_context():
        visit_id = town.visit()
        found = queries.visit(town.manager, visit_id)
        assert (found.unit_name, found.unit_kind, found.unit_parent_name) == (
            "Phường Sơn Lộc",
            "ward",
            "Thị xã Sơn Thử",
        )
        assert (found.planned_on, found.state, found.unit_path) == (DAY, "planned", town.wards[0].path)
        assert found.subject.lead_ids == {town.chair.id}
        assert found.subject.member_ids == {town.chair.id, town.inspectors[0].id}
        assert found.subject.host_path == town.town.path
        assert [action for action, _, _ in acts(town)] == [
            "campaign_created",
            "units_picked",
            "delegation_formed",
            "visit_planned",
        ]
        first = planning.changes(town.campaign_id, limit=1)[0]
        assert first.actor_name == "Quản trị viên"
        assert ("planned_on", None, DAY.isoformat()) in first.values


def test_the_same_form_sent_twice_makes_one_campaign_and_one_visit(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        assert town.make() == town.campaign_id
        assert planning.count_campaigns(town.manager) == 1
        revision = town.revision
        days = {town.wards[0].id: DAY}
        with factories.writing(app):
            visits.plan_visits(town.manager, town.campaign_id, revision, town.delegation_id, days)
        with pytest.raises(OutOfDate, match="campaign_changed"), factories.writing(app):
            visits.plan_visits(town.manager, town.campaign_id, revision, town.delegation_id, days)
        assert len(queries.visits_of_campaign(town.campaign_id)) == 1


def test_somebody_elses_form_id_opens_nothing(app: Flask) -> None:
    town = planned_town(app)
    other = factories.make_user(app, "quan-tri-2", Role.ADMINISTRATOR, town.town)
    with app.app_context(), pytest.raises(NotAllowed), factories.writing(app):
        campaigns.create_campaign(town.actor(other), town.campaign_id, town.town.id, town.plan(title="Đợt khác"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends_on": FIRST - timedelta(days=1)}, "dates_reversed"),
        ({"checklist_version_id": "x" * 22}, "checklist_unknown"),
    ],
)
def test_a_plan_that_cannot_hold_is_refused_and_leaves_nothing(
    app: Flask, change: dict[str, object], code: str
) -> None:
    town = make_town(app)
    with app.app_context():
        with pytest.raises(Invalid, match=code), factories.writing(app):
            campaigns.create_campaign(town.manager, town.campaign_id, town.town.id, town.plan(**change))
        assert planning.count_campaigns(town.manager) == 0


def test_a_withdrawn_checklist_is_kept_from_new_campaigns_and_stays_with_old_ones(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        with factories.writing(app):
            checklists.withdraw(town.manager, town.version_id, "Có lỗi chính tả trong tiêu chí")
        with pytest.raises(Invalid, match="checklist_withdrawn"), factories.writing(app):
            campaigns.create_campaign(town.manager, new_id(), town.town.id, town.plan())
        with factories.writing(app):
            plan = town.plan(title="Tên mới")
            campaigns.edit_campaign(town.manager, town.campaign_id, town.revision, plan, "Sửa tên")
        assert queries.campaign(town.manager, town.campaign_id).title == "Tên mới"
        assert town.visit()


def test_only_an_administrator_of_the_host_plans(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        for user, error in ((town.chair, NotAllowed), (town.inspectors[0], NotAllowed), (town.stranger, NotFound)):
            with pytest.raises(error), factories.writing(app):
                campaigns.cancel_campaign(town.actor(user), town.campaign_id, town.revision, "Thử")
        with pytest.raises(NotAllowed), factories.writing(app):
            campaigns.create_campaign(town.manager, new_id(), town.elsewhere.id, town.plan())


def test_units_come_from_below_the_host_and_exist_on_the_first_day(app: Flask) -> None:
    town = make_town(app)
    ended = factories.make_unit(app, "Phường Đã Hết", parent=town.town, valid_to=FIRST - timedelta(days=1))
    with app.app_context():
        town.make()
        for unit in (town.elsewhere, ended):
            with pytest.raises(Invalid, match="units_not_in_reach"), factories.writing(app):
                campaigns.pick_units(town.manager, town.campaign_id, town.revision, [town.wards[0].id, unit.id])
        assert planning.count_picked(town.campaign_id) == 0


def test_a_unit_with_a_visit_is_not_dropped(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        town.visit(0)
        with pytest.raises(Invalid, match="unit_has_visit"), factories.writing(app):
            campaigns.drop_unit(town.manager, town.campaign_id, town.revision, town.wards[0].id)
        with factories.writing(app):
            campaigns.drop_unit(town.manager, town.campaign_id, town.revision, town.wards[1].id)
        assert planning.count_picked(town.campaign_id) == 2
        assert acts(town)[-1][:2] == ("unit_dropped", "Phường Lê Lợi")


def test_a_delegation_has_one_lead_and_people_in_reach(app: Flask) -> None:
    town = make_town(app)
    with app.app_context():
        town.make()
        lead, a = Seat(town.chair.id), Seat(town.inspectors[0].id)
        for team, code in (
            (Team("Đoàn", lead, [a, a]), "person_twice"),
            (Team("Đoàn", lead, [Seat(town.stranger.id)]), "person_not_in_reach"),
            (Team("Đoàn", Seat(town.admin.id), [a]), "person_not_in_reach"),
        ):
            with pytest.raises(Invalid, match=code), factories.writing(app):
                delegations.form_delegation(town.manager, town.campaign_id, town.revision, new_id(), team, today=TODAY)
        assert planning.delegations(town.campaign_id) == ()


def test_a_place_ends_with_its_date_and_may_begin_again(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        secretary = planning.delegation(town.campaign_id, town.delegation_id).present[1]
        with pytest.raises(Invalid, match="reason_missing"), factories.writing(app):
            delegations.remove_member(town.manager, town.delegation_id, town.revision, secretary.member_id, "  ")
        with factories.writing(app):
            delegations.remove_member(town.manager, town.delegation_id, town.revision, secretary.member_id, "Đi học")
        subject = queries.subject_of_visit(visit_id)
        person = town.actor(town.inspectors[0])
        assert subject.former_ids == {town.inspectors[0].id}
        assert not may(person, "visit.inspect", subject)
        assert queries.visits_of_member(town.inspectors[0].id) == ()
        assert queries.visits_left_by(town.inspectors[0].id) == (visit_id,)
        with pytest.raises(NotFound):
            queries.visit(person, visit_id)
        with factories.writing(app):
            seat = Seat(town.inspectors[0].id, "Thành viên")
            delegations.add_member(town.manager, town.delegation_id, town.revision, seat, today=TODAY)
        assert may(person, "visit.inspect", queries.subject_of_visit(visit_id))
        assert [action for action, _, _ in acts(town)][-2:] == ["member_removed", "member_added"]
        assert acts(town)[-2][2] == "Đi học"


def test_the_lead_is_handed_over_and_never_missing(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        lead, secretary = planning.delegation(town.campaign_id, town.delegation_id).present
        with pytest.raises(Invalid, match="lead_needed"), factories.writing(app):
            delegations.remove_member(town.manager, town.delegation_id, town.revision, lead.member_id, "Bận")
        with factories.writing(app):
            delegations.change_lead(
                town.manager, town.delegation_id, town.revision, secretary.member_id, "Theo quyết định mới"
            )
        assert queries.subject_of_visit(visit_id).lead_ids == {secretary.user_id}
        mine = {each.visit.id: each.role for each in queries.visits_of_member(secretary.user_id)}
        assert mine == {visit_id: "lead"}
        before_after = planning.changes(town.campaign_id, limit=1)[0].values
        assert before_after == (("lead", "Cán bộ Trưởng đoàn", "Cán bộ A"),)


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_visit_lies_within_the_period(app: Flask, day: date) -> None:
    town = planned_town(app)
    with app.app_context():
        with pytest.raises(Invalid, match="date_outside_period"):
            town.visit(0, day)
        assert queries.visits_of_campaign(town.campaign_id) == ()


def test_a_visit_moves_until_it_begins_and_says_why(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        for day, reason, code in ((LAST, "", "reason_missing"), (DAY, "Thử", "same_day")):
            with pytest.raises(Invalid, match=code), factories.writing(app):
                visits.move_visit(town.manager, visit_id, town.revision, day, reason)
        with factories.writing(app):
            visits.move_visit(town.manager, visit_id, town.revision, LAST, "Phường bận tiếp dân")
        assert queries.planned_visit(visit_id).planned_on == LAST
        change = planning.changes(town.campaign_id, visit_id=visit_id, limit=1)[0]
        assert change.values == (("planned_on", DAY.isoformat(), LAST.isoformat()),)
        with factories.writing(app):
            set_visit_state(visit_id, "open", at=now())
        with pytest.raises(Invalid, match="visit_begun"), factories.writing(app):
            visits.move_visit(town.manager, visit_id, town.revision, DAY, "Muộn rồi")


def test_a_cancelled_visit_frees_its_unit_and_only_signatures_bring_it_back(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        with pytest.raises(Invalid, match="unit_has_visit"):
            town.visit(0, LAST)
        with factories.writing(app):
            visits.cancel_visit(town.manager, visit_id, town.revision, "Phường bị ngập")
        assert town.visit(0, LAST) != visit_id
        with factories.writing(app):
            set_visit_state(visit_id, "open", at=now())
        assert queries.planned_visit(visit_id).state == "cancelled"
        with factories.writing(app):
            set_visit_state(visit_id, "signed", signed_n=7, signed_hash="ab" * 32, at=now())
        found = queries.planned_visit(visit_id)
        assert (found.state, found.signed_n, found.signed_hash) == ("signed", 7, "ab" * 32)
        with pytest.raises(Invalid, match="visit_ended"), factories.writing(app):
            visits.cancel_visit(town.manager, visit_id, town.revision, "Thử")


def test_cancelling_a_campaign_ends_what_is_not_signed(app_on_each: Flask) -> None:
    town = planned_town(app_on_each)
    with app_on_each.app_context():
        signed, planned = town.visit(0), town.visit(1)
        with factories.writing(app_on_each):
            set_visit_state(signed, "signed", signed_n=3, signed_hash="cd" * 32, at=now())
        with pytest.raises(Invalid, match="reason_missing"), factories.writing(app_on_each):
            campaigns.cancel_campaign(town.manager, town.campaign_id, town.revision, "")
        with factories.writing(app_on_each):
            assert campaigns.cancel_campaign(town.manager, town.campaign_id, town.revision, "Bão") == 1
        found = queries.planned_visits([signed, planned])
        assert (found[signed].state, found[planned].state) == ("signed", "cancelled")
        assert ("campaign_cancelled", "Kiểm tra công vụ năm 2026", "Bão") in acts(town)
        with pytest.raises(Invalid, match="campaign_ended"):
            town.visit(2)


def test_a_campaign_finishes_when_nothing_is_on_the_way(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        with pytest.raises(Invalid, match="visits_on_the_way"), factories.writing(app):
            campaigns.finish_campaign(town.manager, town.campaign_id, town.revision)
        with factories.writing(app):
            set_visit_state(visit_id, "signed", signed_n=1, signed_hash="00" * 32, at=now())
        with factories.writing(app):
            campaigns.finish_campaign(town.manager, town.campaign_id, town.revision)
        assert queries.campaign(town.manager, town.campaign_id).state == "finished"


def test_editing_shows_before_and_after_and_never_strands_a_visit(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        town.visit()
        plan = town.plan(ends_on=DAY - timedelta(days=1))
        with pytest.raises(Invalid, match="visits_outside_period"), factories.writing(app):
            campaigns.edit_campaign(town.manager, town.campaign_id, town.revision, plan)
        revision = town.revision
        with factories.writing(app):
            plan = town.plan(plan_number="90/KH-UBND")
            campaigns.edit_campaign(town.manager, town.campaign_id, revision, plan, "Số mới")
        with pytest.raises(OutOfDate, match="campaign_changed"), factories.writing(app):
            campaigns.edit_campaign(town.manager, town.campaign_id, revision, town.plan(title="Muộn"))
        change = planning.changes(town.campaign_id, limit=1)[0]
        assert change.values == (("plan_number", "89/KH-UBND", "90/KH-UBND"),)
        assert change.reason == "Số mới"


def test_the_decision_is_kept_whole_traced_and_known_to_the_visits(app: Flask) -> None:
    town = planned_town(app)
    undated = town.plan(decision_number="215/QĐ-UBND")
    decided = replace(undated, decision_date=date(2026, 11, 3))
    with app.app_context():
        visit_id = town.visit()
        revision = town.revision
        with pytest.raises(Invalid, match="decision_date_missing"), factories.writing(app):
            campaigns.edit_campaign(town.manager, town.campaign_id, revision, undated)
        with factories.writing(app):
            campaigns.edit_campaign(town.manager, town.campaign_id, revision, decided)
        change = planning.changes(town.campaign_id, limit=1)[0]
        assert change.values == (("decision_number", "", "215/QĐ-UBND"), ("decision_date", None, "2026-11-03"))
        assert planned_visit(visit_id).grounds.decision_number == "215/QĐ-UBND"


def test_people_expected_elsewhere_on_a_day_are_known(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        first = town.visit(0)
        busy = {(each.day, each.unit_name, each.user_id) for each in bookings(town.delegation_id, [DAY, LAST])}
        assert busy == {(DAY, "Phường Sơn Lộc", town.chair.id), (DAY, "Phường Sơn Lộc", town.inspectors[0].id)}
        assert bookings(town.delegation_id, [DAY], but_visit=first) == ()


def test_who_sees_which_campaigns(app: Flask) -> None:
    town = planned_town(app)
    with app.app_context():
        visit_id = town.visit()
        for user in (town.admin, town.chair, town.inspectors[0]):
            assert planning.count_campaigns(town.actor(user)) == 1
            assert queries.visit(town.actor(user), visit_id).id == visit_id
        for user in (town.inspectors[1], town.stranger):
            assert planning.campaigns(town.actor(user), limit=10) == ()
            with pytest.raises(NotFound):
                queries.campaign(town.actor(user), town.campaign_id)
            with pytest.raises(NotFound):
                queries.visit(town.actor(user), visit_id)
