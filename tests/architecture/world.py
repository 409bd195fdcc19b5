"""The world in which the routes are tried: the demo's inspection, the people in it, and people from elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from unittest import mock

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.actions.units import UnitFacts, add_unit
from app.accounts.models import Appointment, Enrolment, Session, SigningAuthority, Unit, UnitImport, User
from app.accounts.queries.sessions import actor_of
from app.campaigns.actions import trace
from app.campaigns.actions.self_checks import begin_self_check
from app.campaigns.models import Campaign, Delegation, Member, Visit
from app.checklists.actions import drafts
from app.checklists.editing.parts import fresh
from app.checklists.editing.yaml_text import write
from app.checklists.models import ChecklistVersion
from app.demo.story import PASSWORD as DEMO_PASSWORD
from app.domain.permissions import Role
from app.extensions import db, new_id, now
from app.findings.models import Conclusion, Finding, Instruction, IssuedDocument, SigningPicture
from app.notices.models import Notice, PushSubscription, Sending
from app.remediation.models import CalendarAnnouncement, RegisterImport, RemediationTask, TaskEvidence
from app.sync.models import Blob, OutboxImport, Upload
from tests.factories import MadeUnit, MadeUser, csrf_token, make_unit, make_user, sign_in, sign_in_device, writing

HIDDEN_UNIT, HIDDEN_CODE, START_CODE = "Phường Kín Đáo", "KIN-77", "483915307766"


@dataclass
class World:
    """`clients` by person, each with the form token its page gave; `objects` by name, as they stand in a path."""

    app: Flask
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    roles: dict[str, frozenset[Role]] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def nothing_stays(self) -> Iterator[None]:
        """Requests run to their end, and what they wrote is taken back: one request cannot help another."""
        with mock.patch.object(db.session, "commit", db.session.rollback):
            yield

    def put_conclusion(self, state: str) -> None:
        """The conclusion that is not issued yet, put into a state."""
        with writing(self.app):
            ruling = self.objects["conclusion_in_review"]
            db.session.execute(update(Conclusion).where(Conclusion.id == ruling).values(state=state, chain_step=0))


def build(app: Flask) -> World:
    """On the demo: add people from elsewhere, and sign everybody in."""
    world = World(app)
    people = _people(world)
    for name, user in people.items():
        client = app.test_client()
        sign_in(client, user.login, user.password)
        world.clients[name], world.tokens[name] = client, csrf_token(client, "/profile")
    _end_of_the_disabled(app, people["disabled"])
    world.clients["anonymous"] = app.test_client()
    world.clients["anonymous"].get("/api/sync/v1/hello")  # the first one gives the server its epoch
    world.tokens["anonymous"] = csrf_token(world.clients["anonymous"], "/sign-in")
    world.roles["anonymous"] = frozenset()
    _objects(world, people)
    return world


def _unit(app: Flask, code: str) -> MadeUnit:
    with app.app_context():
        unit = db.session.scalars(select(Unit).where(Unit.scheme == "kich-ban", Unit.code == code)).one()
        return MadeUnit(unit.id, unit.path, unit.name, unit.code)


def _demo_user(app: Flask, login: str) -> MadeUser:
    with app.app_context():
        user = db.session.scalars(select(User).where(User.login == login)).one()
        return MadeUser(user.id, user.login, user.name, DEMO_PASSWORD)


def _people(world: World) -> dict[str, MadeUser]:
    app = world.app
    town, sister = _unit(app, "son-tay"), _unit(app, "son-loc")
    abroad = make_unit(app, "Tỉnh Khác", kind="province")
    abroad_ward = make_unit(app, "Phường Khác", parent=abroad)
    people = {
        "administrator": _demo_user(app, "quantri"),
        "vice_chair": _demo_user(app, "phochutich"),
        "lead": _demo_user(app, "truongdoan"),
        "member": _demo_user(app, "canboa"),
        "office": _demo_user(app, "vanphong"),
        "office_not_named": make_user(app, "van-phong-khac", Role.OFFICE, town),
        "office_abroad": make_user(app, "van-phong-xa", Role.OFFICE, abroad),
        "ward_head": _demo_user(app, "leloi"),
        "ward_officer": _demo_user(app, "leloi.canbo"),
        "removed_member": make_user(app, "roi-doan", Role.INSPECTOR, town),
        "inspector_elsewhere": make_user(app, "doan-khac", Role.INSPECTOR, town),
        "sister_officer": make_user(app, "phuong-ban", Role.WARD_OFFICER, sister),
        "no_role": make_user(app, "khong-vai-tro"),
        "disabled": make_user(app, "bi-khoa", Role.ADMINISTRATOR, town),
        "administrator_abroad": make_user(app, "quan-tri-xa", Role.ADMINISTRATOR, abroad),
        "vice_chair_abroad": make_user(app, "pct-xa", Role.VICE_CHAIR, abroad),
        "inspector_abroad": make_user(app, "doan-xa", Role.INSPECTOR, abroad),
        "ward_officer_abroad": make_user(app, "can-bo-xa", Role.WARD_OFFICER, abroad_ward),
    }
    _teams(app, people)
    with app.app_context():
        for name, user in people.items():
            held = db.session.scalars(select(Appointment.role).where(Appointment.user_id == user.id))
            world.roles[name] = frozenset() if name == "disabled" else frozenset(Role(role) for role in held)
    return people


def _teams(app: Flask, people: dict[str, MadeUser]) -> None:
    """The lead is only that here; one person left the delegation; another leads a second one."""
    with writing(app):
        db.session.query(Appointment).filter_by(user_id=people["lead"].id, role=Role.VICE_CHAIR).delete()
        first = db.session.scalars(select(Delegation)).one()
        second = Delegation(id=new_id(), campaign_id=first.campaign_id, name="Đoàn số 2")
        db.session.add(second)
        db.session.flush()
        for delegation, person, is_lead, removed in (
            (first, "removed_member", False, now()),
            (second, "inspector_elsewhere", True, None),
        ):
            db.session.add(
                Member(
                    id=new_id(),
                    delegation_id=delegation.id,
                    user_id=people[person].id,
                    is_lead=is_lead,
                    added_at=now() - timedelta(days=30),
                    removed_at=removed,
                )
            )


def _end_of_the_disabled(app: Flask, user: MadeUser) -> None:
    with writing(app):
        db.session.execute(update(User).where(User.id == user.id).values(active=False))


def _objects(world: World, people: dict[str, MadeUser]) -> None:
    person = people["ward_officer"]
    with writing(world.app):
        author = actor_of(people["administrator"].id, "Quản trị viên", now().date())
        world.objects["draft"] = drafts.start(author, write(fresh("thu", "Phiếu thử", "2020-08-01")), what="Phiếu mới")
    world.objects |= {"draft_revision": "1", "draft_part": "sections[0]", "draft_button": "add:sections[0]"}
    world.objects["device"] = str(sign_in_device(world.app.test_client(), person).get_json()["device"]["id"])
    with writing(world.app):
        lost = Upload(id=new_id(), user_id=people["member"].id, sha256="f" * 64, size=10, mime="image/jpeg",
                      visit_id=_one(Visit.id, Visit.unit_id, _unit_id("le-loi")),
                      created_at=now(), expires_at=now() + timedelta(days=1))  # fmt: skip
        kept = UnitImport(id=new_id(), user_id=people["administrator"].id, created_at=now(), file_name="x.xlsx",
                          rows="[]", plan_digest="0" * 64)  # fmt: skip
        ruling = _one(Conclusion.id, Conclusion.state, "in_review")
        asked = db.session.scalars(select(Finding.item_key)).first()
        finding = Finding(id=new_id(), conclusion_id=ruling, unit_id=_unit_id("son-loc"), position=99, text="x",
                          item_key=asked, severity="minor", computed_text="x", due_working_days=5)  # fmt: skip
        told = Instruction(id=new_id(), conclusion_id=ruling, position=99, text="x", due_working_days=5,
                           author_id=people["vice_chair"].id)  # fmt: skip
        brought = OutboxImport(id=new_id(), user_id=people["administrator"].id, created_at=now(), file_name="x.txt",
                               sha256="0" * 64, size=1, applied_at=now(),
                               result={"ops": 1, "photos": 0, "refused_photos": 0})  # fmt: skip
        registers = [
            RegisterImport(
                id=new_id(),
                user_id=people["administrator"].id,
                host_unit_id=_unit_id("son-tay"),
                created_at=now(),
                file_name="x.xlsx",
                sha256=digest * 64,
                applied_at=at,
                rows='{"unknown": [], "rows": []}',
            )
            for digest, at in (("1", None), ("2", now()))
        ]
        link = Enrolment(token_hash=b"0" * 32, id=new_id(), user_id=person.id, created_by=person.id, created_at=now(),
                         expires_at=now() + timedelta(days=1))  # fmt: skip
        notice = Notice(id=new_id(), user_id=person.id, kind="due", subject="task/x", day=now().date(), title="x",
                        unit_path=_path("le-loi"), created_at=now())  # fmt: skip
        browser = PushSubscription(id=new_id(), user_id=person.id, endpoint="https://web.push.apple.com/x", p256dh="x",
                                   auth="x", created_at=now())  # fmt: skip
        failed = Sending(id=new_id(), notice_id=notice.id, user_id=person.id, unit_path=notice.unit_path,
                         channel="email", state="failed", planned_at=now())  # fmt: skip
        seal = SigningPicture(id=new_id(), unit_id=_unit_id("son-tay"), png=b"", sha256="0" * 64, width_mm=36,
                              given_by=people["administrator"].id, given_at=now())  # fmt: skip
        word = CalendarAnnouncement(id=new_id(), day=date(2099, 1, 2), kind="off", name="Thử", source="Thông báo",
                                    announced_by=people["administrator"].id, announced_at=now())  # fmt: skip
        world.objects |= {"picture": seal.id, "announcement": word.id}
        db.session.add_all([lost, kept, told, finding, brought, *registers, link, notice, browser, seal, word])
        db.session.flush()
        db.session.add(failed)
        visit = _one(Visit.id, Visit.unit_id, _unit_id("le-loi"))
        task = _one(RemediationTask.id, RemediationTask.state, "assigned")
        reported = db.session.scalars(
            select(RemediationTask).where(RemediationTask.state == "assigned", RemediationTask.id != task)
        ).first()
        assert reported is not None
        reported.state, reported.reported_on = "reported", reported.issued_on
        evidence = db.session.scalars(select(TaskEvidence)).first()
        assert evidence is not None
        campaign = db.session.scalars(select(Campaign.id)).one()
        own = {"kind": "summary", "symbol": "BC-UBND", "conclusion_id": None, "campaign_id": campaign}
        document = _one(
            IssuedDocument.id, IssuedDocument.conclusion_id, _one(Conclusion.id, Conclusion.visit_id, visit)
        )
        world.objects["summary"] = _paper_like(document, **own)
        world.objects["delegation_report"] = _paper_like(document, kind="report", symbol="BC-ĐKT")
        found: dict[str, object] = {
            "unit": _unit_id("le-loi"),
            "host": _unit_id("son-tay"),
            "person": person.id,
            "appointment": _one(Appointment.id, Appointment.user_id, person.id),
            "authority": _one(SigningAuthority.id, SigningAuthority.unit_id, _unit_id("son-tay")),
            "session": _one(Session.id, Session.device_id, world.objects["device"]),
            "import": kept.id,
            "outbox_import": brought.id,
            "register": registers[0].id,
            "register_taken_over": registers[1].id,
            "enrolment": link.id,
            "notice": notice.id,
            "subscription": browser.id,
            "sending": failed.id,
            "campaign": campaign,
            "delegation": _one(Visit.delegation_id, Visit.id, visit),
            "visit": visit,
            "next_visit": _visit_after(visit),
            "sealed_visit": _sealed_visit(visit, HIDDEN_UNIT),
            "self_check": _self_check(people["ward_head"], visit),
            "photo_found": _photo_found(visit),
            "version": _one(ChecklistVersion.id, ChecklistVersion.slug, "mot-cua-cap-xa"),
            "chk": _one(ChecklistVersion.chk, ChecklistVersion.slug, "mot-cua-cap-xa"),
            "library_code": "bien-de-ban",
            "photo": _one(Blob.sha256, Blob.visit_id, visit),
            "upload": lost.id,
            "conclusion": _one(Conclusion.id, Conclusion.visit_id, visit),
            "conclusion_in_review": ruling,
            "document": document,
            **{f"{paper}_paper": paper for paper in ("notice", "report", "minutes")},
            "finding": finding.id,
            "instruction": told.id,
            "conclusion_revision": _one(Conclusion.revision, Conclusion.id, ruling),
            "task_revision": _one(RemediationTask.revision, RemediationTask.id, task),
            "task_reported": reported.id,
            "task_reported_revision": reported.revision,
            "task": task,
            "ward_officer": person.id,
            "task_with_evidence": evidence.task_id,
            "evidence": evidence.id,
            "item_key": _one(Finding.item_key, Finding.conclusion_id, _one(Conclusion.id, Conclusion.visit_id, visit)),
        }
        world.objects.update({name: str(value) for name, value in found.items()})


def _visit_after(visit_id: str) -> str:
    """The same delegation goes to the same unit again: its phones may read what was found before."""
    before = db.session.get_one(Visit, visit_id)
    values = {each.key: getattr(before, each.key) for each in Visit.__table__.columns if each.key[:6] != "signed"}
    code = new_id()
    db.session.add(Visit(**{**values, "id": code, "state": "planned", "recheck_of": visit_id}))
    db.session.flush()
    return code


def _sealed_visit(visit_id: str, unit_name: str) -> str:
    """The same delegation plans a surprise at another unit."""
    host = db.session.get_one(Unit, _unit_id("son-tay"))
    facts = UnitFacts("thu", HIDDEN_CODE, "ward", unit_name, None, None)
    unit = add_unit(facts, host)
    before = db.session.get_one(Visit, visit_id)
    kept = {name: getattr(before, name) for name in ("campaign_id", "delegation_id", "checklist_version_id")}
    day, code = now().date(), new_id()
    db.session.add(Visit(**kept, id=code, unit_id=unit.id, unit_name=unit.name, unit_kind="ward", unit_path=unit.path,
                         planned_on=day, planned_time="07:15", surprise=True, start_code=START_CODE,
                         created_at=now()))  # fmt: skip
    db.session.flush()
    author = db.session.get_one(Campaign, before.campaign_id).created_by
    planner = actor_of(author, "Quản trị viên", day)
    trace.record(planner, before.campaign_id, "visit_planned", about=unit.name, visit_id=code, reason=unit.name)
    return code


def _self_check(head: MadeUser, visit_id: str) -> str:
    """What the ward found at itself before it was inspected."""
    inspected = db.session.get_one(Visit, visit_id)
    actor = actor_of(head.id, head.name, now().date())
    code = begin_self_check(actor, inspected.unit_id, inspected.checklist_version_id, today=now().date())
    own = db.session.get_one(Visit, code)
    own.state, own.planned_on = "closed", inspected.planned_on
    return code


def _photo_found(visit_id: str) -> str:
    """A photo behind a finding of the visit's conclusion, whose bytes are here."""
    conclusion = db.session.scalars(select(Conclusion).where(Conclusion.visit_id == visit_id)).one()
    standing = set(db.session.scalars(select(Finding.item_key).where(Finding.conclusion_id == conclusion.id)))
    here = set(db.session.scalars(select(Blob.sha256).where(Blob.visit_id == visit_id)))
    photos, evidence = conclusion.computed["photos"], conclusion.computed["evidence"]
    shown = (evidence[uuid]["sha256"] for key in photos if key in standing for uuid in photos[key] if uuid in evidence)
    return next(str(sha256) for sha256 in shown if sha256 in here)


def _path(code: str) -> str:
    return db.session.get_one(Unit, _unit_id(code)).path


def _paper_like(document: str, **own: str | None) -> str:
    """A signed paper of another kind, its bytes those of a notice: only who may fetch it is asked here."""
    notice = db.session.get_one(IssuedDocument, document)
    values = {each.key: getattr(notice, each.key) for each in IssuedDocument.__table__.columns}
    code = new_id()
    db.session.add(IssuedDocument(**{**values, **own, "id": code}))
    return code


def _unit_id(code: str) -> int:
    return db.session.scalars(select(Unit.id).where(Unit.scheme == "kich-ban", Unit.code == code)).one()


def _one(column: InstrumentedAttribute[Any], where: InstrumentedAttribute[Any], value: object) -> Any:
    found = db.session.scalars(select(column).where(where == value).order_by(column)).first()
    assert found is not None, f"the demo has no {column} where {where} is {value}"
    return found
