"""A town with wards, its people, and a campaign that is planned as far as a test wants it."""

from dataclasses import dataclass, field
from datetime import date

from flask import Flask

from app.accounts.queries.sessions import actor_of
from app.campaigns.actions import campaigns, delegations, visits
from app.campaigns.actions.campaigns import Plan
from app.campaigns.actions.delegations import Seat, Team
from app.campaigns.queries import planning
from app.checklists import actions as checklists
from app.checklists.loader import load
from app.domain.permissions import Actor, Role
from app.extensions import new_id
from tests import factories
from tests.factories import MadeUnit, MadeUser

TODAY = date(2026, 11, 22)
FIRST, LAST = date(2026, 11, 23), date(2026, 12, 4)  # a Monday and a Friday
DAY = date(2026, 11, 25)

SMALL = """\
slug: nho
version: 1
title: {vi: "Phiếu nhỏ"}
effective_from: 2020-08-01
sections:
  - key: s
    title: {vi: "Phần"}
    items:
      - key: a
        text: {vi: "Có biển"}
        answer: {type: yes_no}
        points: 10
"""


@dataclass
class Town:
    """Everybody and everything a plan needs."""

    app: Flask
    province: MadeUnit
    town: MadeUnit
    wards: list[MadeUnit]
    elsewhere: MadeUnit
    admin: MadeUser
    chair: MadeUser
    inspectors: list[MadeUser]
    stranger: MadeUser
    version_id: str
    campaign_id: str = field(default_factory=new_id)
    delegation_id: str = field(default_factory=new_id)

    def actor(self, user: MadeUser) -> Actor:
        return actor_of(user.id, user.name, TODAY)

    @property
    def manager(self) -> Actor:
        return self.actor(self.admin)

    @property
    def revision(self) -> int:
        return planning.campaign(self.manager, self.campaign_id).revision

    def plan(self, **other: object) -> Plan:
        facts: dict[str, object] = {
            "title": "Kiểm tra công vụ năm 2026",
            "plan_number": "89/KH-UBND",
            "plan_date": date(2026, 11, 2),
            "checklist_version_id": self.version_id,
            "starts_on": FIRST,
            "ends_on": LAST,
        }
        return Plan(**{**facts, **other})  # type: ignore[arg-type]

    def make(self) -> str:
        with factories.writing(self.app):
            return campaigns.create_campaign(self.manager, self.campaign_id, self.town.id, self.plan())

    def pick(self) -> None:
        with factories.writing(self.app):
            campaigns.pick_units(self.manager, self.campaign_id, self.revision, [ward.id for ward in self.wards])

    def form(self) -> None:
        team = Team("Đoàn số 1", Seat(self.chair.id), [Seat(self.inspectors[0].id, "Thư ký")])
        with factories.writing(self.app):
            delegations.form_delegation(
                self.manager, self.campaign_id, self.revision, self.delegation_id, team, today=TODAY
            )

    def visit(self, ward: int = 0, day: date = DAY) -> str:
        days = {self.wards[ward].id: day}
        with factories.writing(self.app):
            return visits.plan_visits(self.manager, self.campaign_id, self.revision, self.delegation_id, days)[0]


def make_town(app: Flask, wards: int = 3) -> Town:
    """Units, people and a checklist; no campaign yet."""
    province = factories.make_unit(app, "Thành phố Thử", kind="province")
    town = factories.make_unit(app, "Thị xã Sơn Thử", parent=province, kind="district")
    elsewhere = factories.make_unit(app, "Huyện Khác", parent=province, kind="district")
    names = ["Phường Sơn Lộc", "Phường Lê Lợi", "Xã Kim Sơn"]
    made = [
        factories.make_unit(app, names[n] if n < len(names) else f"Phường Số {n}", parent=town) for n in range(wards)
    ]
    with factories.writing(app):
        version = checklists.publish(None, load(SMALL))
    return Town(
        app=app,
        province=province,
        town=town,
        wards=made,
        elsewhere=elsewhere,
        admin=factories.make_user(app, "quan-tri", Role.ADMINISTRATOR, town, name="Quản trị viên"),
        chair=factories.make_user(app, "pho-chu-tich", Role.VICE_CHAIR, town, name="Cán bộ Trưởng đoàn"),
        inspectors=[
            factories.make_user(app, f"can-bo-{key}", Role.INSPECTOR, town, name=f"Cán bộ {key.upper()}")
            for key in ("a", "b")
        ],
        stranger=factories.make_user(app, "nguoi-la", Role.INSPECTOR, elsewhere, name="Cán bộ Nơi Khác"),
        version_id=version.id,
    )


def planned_town(app: Flask) -> Town:
    """A campaign with its units picked and a delegation, ready for visits."""
    town = make_town(app)
    with app.app_context():
        town.make()
        town.pick()
        town.form()
    return town
