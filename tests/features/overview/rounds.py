"""A round of many inspected wards, for tests of what is counted over them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select

from app.accounts.models import Unit
from app.accounts.queries.sessions import actor_of
from app.campaigns import queries as campaign_queries
from app.campaigns.actions import campaigns, delegations, visits
from app.campaigns.models import Campaign, Delegation, Member, Visit
from app.checklists import actions as checklists
from app.domain.answers import read
from app.domain.checklist import Checklist, canonical, chk, parse
from app.domain.conclusions import conclude
from app.domain.operations import Head
from app.domain.permissions import Role
from app.extensions import db, new_id, now
from app.findings.models import Conclusion, Finding
from app.remediation.models import RemediationTask
from tests import factories
from tests.factories import MadeUnit, MadeUser
from tests.features.findings.wards import DOCUMENT

DAY = date(2026, 11, 20)
TODAY = date(2026, 11, 22)


@dataclass
class Round:
    """A campaign with one visit to each of its wards."""

    app: Flask
    campaign: str
    town: MadeUnit
    lead: MadeUser
    member: MadeUser
    chair: MadeUser
    visits: dict[str, str]  # unit name → visit


def make_round(app: Flask, wards: int, *, document: Checklist | None = None) -> Round:
    """Plan the visits; nothing is answered yet."""
    town = factories.make_unit(app, "Thị xã Sơn Tây", kind="district")
    units = [factories.make_unit(app, f"Phường Số {number:03d}", parent=town) for number in range(1, wards + 1)]
    admin = factories.make_user(app, role=Role.ADMINISTRATOR, unit=town, name="Quản trị")
    chair = factories.make_user(app, role=Role.VICE_CHAIR, unit=town, name="Lãnh đạo C")
    lead = factories.make_user(app, role=Role.INSPECTOR, unit=town, name="Cán bộ A")
    member = factories.make_user(app, role=Role.INSPECTOR, unit=town, name="Cán bộ B")
    with factories.writing(app):
        version = checklists.publish(None, document or parse(DOCUMENT))
    with factories.writing(app):
        who = actor_of(admin.id, admin.name, TODAY)

        def revision() -> int:
            return campaign_queries.campaign(who, campaign).revision

        facts = campaigns.Plan("Kiểm tra công vụ năm 2026", "89/KH-UBND", date(2026, 2, 5), version.id, DAY, TODAY)
        campaign = campaigns.create_campaign(who, new_id(), town.id, facts, sample_data=True)
        campaigns.pick_units(who, campaign, revision(), [unit.id for unit in units])
        seats = delegations.Team("Đoàn 1", delegations.Seat(lead.id, "Trưởng đoàn"), [delegations.Seat(member.id)])
        team = delegations.form_delegation(who, campaign, revision(), new_id(), seats, today=DAY)
        made = visits.plan_visits(who, campaign, revision(), team, {unit.id: DAY for unit in units})
    names = dict(zip((unit.name for unit in units), made, strict=True))
    return Round(app, campaign, town, lead, member, chair, names)


def conclude_without_a_log(
    round_: Round, unit: str, on_time: int, *, state: str = "draft", number: int | None = None
) -> str:
    """Store the conclusion that such figures give, as the draft of a signed visit stores it; with a number, as issued.

    Only for counting many: the way through phones and signatures is what other tests walk.
    """
    checklist = parse(DOCUMENT)
    cells = {"item/noi-quy": ("yes",), "item/dung-han": ({"observed": on_time, "total": 100},)}
    heads = {path: tuple(Head(new_id(), value, "x", "set") for value in values) for path, values in cells.items()}
    concluded = conclude(checklist, read(checklist, heads))
    with factories.writing(round_.app):
        visit = db.session.get_one(Visit, round_.visits[unit])
        facts: dict[str, Any] = {"visit_id": visit.id, "campaign_id": round_.campaign, "unit_id": visit.unit_id}
        conclusion = Conclusion(
            id=new_id(),
            **facts,
            issuer_unit_id=round_.town.id,
            state="issued" if number else state,
            number=number,
            symbol="TB-UBND" if number else "",
            issued_year=DAY.year if number else None,
            issued_on=DAY if number else None,
            issued_at=now() if number else None,
            n=1,
            log_hash="0" * 64,
            chk=chk(canonical(checklist)),
            computed=concluded.to_json(),
            basis_points=concluded.score.basis_points,
            grade=concluded.score.grade or "",
            prepared_by=round_.lead.id,
            created_at=now(),
        )
        db.session.add(conclusion)
        db.session.flush()
        for position, found in enumerate(concluded.findings):
            db.session.add(
                Finding(
                    id=new_id(),
                    conclusion_id=conclusion.id,
                    unit_id=visit.unit_id,
                    position=position,
                    item_key=found.item_key,
                    severity=found.severity,
                    computed_text=found.text,
                    text=found.text,
                    remedy=found.remedy or "",
                    due_working_days=10,
                )
            )
        return conclusion.id


def multiply(round_: Round, unit: str, number: int) -> None:
    """As many more wards like one that has a conclusion, each with its visit, its draft and a finding."""
    with factories.writing(round_.app):
        visit = db.session.get_one(Visit, round_.visits[unit])
        draft = db.session.query(Conclusion).filter_by(visit_id=visit.id).one()
        home = db.session.get_one(Unit, visit.unit_id)
        first = (db.session.scalar(select(func.max(Unit.id))) or 0) + 1
        ids = range(first, first + number)
        paths = {each: f"{round_.town.path}{each}/" for each in ids}
        units = [_copy(home) | {"id": each, "code": f"m{each}", "path": paths[each]} for each in ids]
        visits = [_copy(visit) | {"id": new_id(), "unit_id": each, "unit_path": paths[each]} for each in ids]
        drafts = [
            _copy(draft)
            | {"id": new_id(), "visit_id": each["id"], "unit_id": each["unit_id"]}
            | ({"number": 1000 + each["unit_id"]} if draft.number else {})
            for each in visits
        ]
        words = {"position": 0, "item_key": "dung-han", "severity": "major", "computed_text": "x", "text": "x"}
        found = [
            words | {"id": new_id(), "conclusion_id": each["id"], "unit_id": each["unit_id"], "due_working_days": 10}
            for each in drafts
        ]
        for model, rows in ((Unit, units), (Visit, visits), (Conclusion, drafts), (Finding, found)):
            db.session.execute(insert(model), rows)


def held_again(round_: Round, years: int = 1) -> str:
    """A later campaign at the same wards with the same outcome: every visit, conclusion and finding once more."""
    with factories.writing(round_.app):
        campaign = db.session.get_one(Campaign, round_.campaign)
        team = db.session.query(Delegation).filter_by(campaign_id=campaign.id).one()
        later, other = new_id(), new_id()
        members = [
            _copy(each) | {"id": new_id(), "delegation_id": other}
            for each in db.session.query(Member).filter_by(delegation_id=team.id).all()
        ]
        renamed = {"id": later, "title": "Kiểm tra công vụ năm 2027", "starts_on": DAY + timedelta(365 * years)}
        db.session.execute(insert(Campaign), [_copy(campaign) | renamed])
        db.session.execute(insert(Delegation), [_copy(team) | {"id": other, "campaign_id": later}])
        db.session.execute(insert(Member), members)
        moved: dict[str, str] = {}

        def again(model: Any, **changed: Any) -> list[dict[str, Any]]:
            rows = []
            own = model.campaign_id == campaign.id if model is not Finding else model.conclusion_id.in_(list(moved))
            for each in db.session.query(model).filter(own).order_by(model.id).all():
                moved[each.id] = new_id()
                rows.append(_copy(each) | {"id": moved[each.id]} | {key: of(each) for key, of in changed.items()})
            return rows

        visits = again(Visit, campaign_id=lambda _: later, delegation_id=lambda _: other)
        concluded = again(
            Conclusion,
            campaign_id=lambda _: later,
            visit_id=lambda each: moved[each.visit_id],
            issued_year=lambda _: DAY.year + years,
            issued_at=lambda each: each.issued_at + timedelta(365 * years),
        )
        found = again(Finding, conclusion_id=lambda each: moved[each.conclusion_id])
        for model, rows in ((Visit, visits), (Conclusion, concluded), (Finding, found)):
            db.session.execute(insert(model), rows)
        return later


def give_task(round_: Round, conclusion_id: str, state: str, due_on: date) -> None:
    """The task of a conclusion's first finding, in a state."""
    with factories.writing(round_.app):
        conclusion = db.session.get_one(Conclusion, conclusion_id)
        found = db.session.query(Finding).filter_by(conclusion_id=conclusion_id).first()
        db.session.add(
            RemediationTask(
                id=new_id(),
                conclusion_id=conclusion_id,
                finding_id=found.id if found else None,
                campaign_id=conclusion.campaign_id,
                unit_id=conclusion.unit_id,
                position=0,
                remedy=found.remedy if found else "x",
                issued_on=DAY,
                due_working_days=10,
                due_on=due_on,
                calendar_version="VN 1",
                state=state,
                reported_on=due_on if state in ("reported", "verified") else None,
                verified_at=now() if state == "verified" else None,
            )
        )


def _copy(row: Any) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in row.__table__.columns}
