"""A ward that was inspected and signed, through the real phones, for tests of what follows."""

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.accounts.queries.sessions import actor_of
from app.campaigns import queries as campaign_queries
from app.campaigns.actions import campaigns, delegations, visits
from app.checklists import actions as checklists
from app.domain.checklist import Checklist, parse
from app.domain.permissions import Actor, Role
from app.extensions import new_id
from tests import factories
from tests.beginnings import once
from tests.factories import MadeUnit, MadeUser
from tests.features.sync.phones import Phone, Story, phone

DAY = date(2026, 11, 20)
TODAY = date(2026, 11, 22)

DOCUMENT: dict[str, Any] = {
    "slug": "thu-nghiem",
    "version": 1,
    "title": {"vi": "Phiếu thử nghiệm"},
    "effective_from": "2020-08-01",
    "grades": [
        {"key": "tot", "at_least": "90", "label": {"vi": "Tốt"}},
        {"key": "yeu", "at_least": "0", "label": {"vi": "Yếu"}},
    ],
    "sections": [
        {
            "key": "bien-the",
            "title": {"vi": "Biển, thẻ"},
            "items": [
                {
                    "key": "bien",
                    "text": {"vi": "Bàn có biển để bàn"},
                    "criterion": {"vi": "Quy chế văn hóa công sở", "source": "Quyết định 129/2007/QĐ-TTg"},
                    "answer": {
                        "type": "roster",
                        "row": {"label": {"vi": "Bàn"}},
                        "fields": [{"key": "co", "type": "yes_no", "text": {"vi": "Có biển"}}],
                        "ratio": {"counts": {"field": "co", "is": "yes"}},
                    },
                    "zero_total": "not_applicable",
                    "points": "4",
                    "score": "proportional",
                    "finding": {
                        "severity": "minor",
                        "text": {"vi": "Còn {missing}/{total} bàn chưa có biển ({exceptions})"},
                        "remedy": {"vi": "Bổ sung biển cho {missing} bàn"},
                        "due_working_days": 5,
                    },
                },
                {
                    "key": "noi-quy",
                    "text": {"vi": "Nội quy được niêm yết"},
                    "answer": {"type": "yes_no"},
                    "points": "2",
                },
            ],
        },
        {
            "key": "ho-so",
            "title": {"vi": "Hồ sơ"},
            "items": [
                {
                    "key": "dung-han",
                    "text": {"vi": "Hồ sơ giải quyết đúng hạn"},
                    "answer": {
                        "type": "ratio",
                        "observed": {"vi": "Đúng hạn"},
                        "total": {"vi": "Đã giải quyết"},
                        "claimed": True,
                    },
                    "zero_total": "not_applicable",
                    "points": "4",
                    "score": {"bands": [{"at_least": "98", "points": "4"}, {"at_least": "90", "points": "2"}]},
                    "critical": {"below": "95", "grade_at_most": "yeu"},
                    "finding": {
                        "severity": "major",
                        "text": {"vi": "Hồ sơ đúng hạn {percent} ({observed}/{total}), đơn vị báo cáo {claimed}"},
                        "remedy": {"vi": "Rà soát {missing} hồ sơ quá hạn"},
                        "due_working_days": 10,
                    },
                }
            ],
        },
    ],
}


@dataclass
class Ward:
    """A signed visit and everybody concerned."""

    app: Flask
    story: Story
    town: MadeUnit
    unit: MadeUnit
    lead: MadeUser
    member: MadeUser
    chair: MadeUser
    head: MadeUser
    officer: MadeUser
    neighbour: MadeUser
    photo: str = ""

    @property
    def visit_id(self) -> str:
        return self.story.visit

    def browser(self, user: MadeUser) -> FlaskClient:
        """A browser in which the person is signed in."""
        return factories.client_of(self.app, user)

    def actor(self, user: MadeUser) -> Actor:
        """The person as the session would say; needs an application context."""
        return actor_of(user.id, user.name, TODAY)


def plan(app: Flask, document: Checklist | None = None, unit_name: str = "Phường Lê Lợi") -> Ward:
    """Units, people, a campaign and one visit; nothing answered yet."""
    city = factories.make_unit(app, "Thành phố Hà Nội", kind="province")
    town = factories.make_unit(app, "Thị xã Sơn Tây", parent=city, kind="district")
    unit = factories.make_unit(app, unit_name, parent=town)
    other = factories.make_unit(app, "Phường Ngô Quyền", parent=town)
    admin = factories.make_user(app, role=Role.ADMINISTRATOR, unit=town, name="Quản trị")
    lead = factories.make_user(app, role=Role.VICE_CHAIR, unit=town, name="Lãnh đạo A")
    factories.appoint(app, lead, Role.INSPECTOR, town)
    member = factories.make_user(app, role=Role.INSPECTOR, unit=town, name="Cán bộ B")
    chair = factories.make_user(app, role=Role.VICE_CHAIR, unit=town, name="Lãnh đạo C")
    head = factories.make_user(
        app, role=Role.WARD_HEAD, unit=unit, name="Chủ tịch phường L", title="Chủ tịch UBND phường"
    )
    officer = factories.make_user(app, role=Role.WARD_OFFICER, unit=unit, name="Cán bộ L")
    neighbour = factories.make_user(app, role=Role.WARD_OFFICER, unit=other, name="Cán bộ N")
    for deputy in (lead, chair):
        factories.let_sign(app, deputy, town, by=admin)
    with factories.writing(app):
        version = checklists.publish(None, document or parse(DOCUMENT))
    with factories.writing(app):
        who = actor_of(admin.id, admin.name, TODAY)
        facts = campaigns.Plan("Kiểm tra công vụ năm 2026", "89/KH-UBND", date(2026, 2, 5), version.id, DAY, TODAY)
        campaign = campaigns.create_campaign(who, new_id(), town.id, facts, sample_data=True)
        campaigns.pick_units(who, campaign, _revision(who, campaign), [unit.id])
        seats = delegations.Team("Đoàn 1", delegations.Seat(lead.id, "Trưởng đoàn"), [delegations.Seat(member.id)])
        team = delegations.form_delegation(who, campaign, _revision(who, campaign), new_id(), seats, today=DAY)
        [visit] = visits.plan_visits(who, campaign, _revision(who, campaign), team, {unit.id: DAY})
    story = Story(app, visit, team, version.chk, lead, member, chair, neighbour)
    return Ward(app, story, town, unit, lead, member, chair, head, officer, neighbour)


def _revision(who: Actor, campaign_id: str) -> int:
    return campaign_queries.campaign(who, campaign_id).revision


def sign(mine: Phone, **unit: Any) -> None:
    """Close and sign for both parties on the lead's phone, and send it."""
    mine.push()
    mine.pull()
    close = mine.close()
    mine.sign("lead", close)
    value = {"close": close, "digest": mine.digest, "name": "Cán bộ L", "title": "Phó Chủ tịch", "strokes": "M1 1 L2 2"}
    mine.mint("sign/unit", value | unit, kind="sign")
    assert [each["entry"]["st"] for each in mine.push()] == ["acc"] * len(mine.outbox)
    mine.pull()


def inspected(app: Flask, **changed: Any) -> Ward:
    """The ward with one desk of three without a sign, 94 % on time (claimed 98 %), one objection, both signed."""
    ward = once(app, ("inspected", *sorted(changed.items())), lambda: _inspect(app, **changed))
    return replace(ward, story=replace(ward.story))


def _inspect(app: Flask, **changed: Any) -> Ward:
    ward = plan(app)
    mine = phone(ward.story, ward.lead)
    row = "0123abcd-0000-4000-8000-00000000000"
    for number, has in enumerate(("yes", "yes", "no"), start=1):
        path = f"item/bien/row/{row}{number}"
        mine.mint(f"{path}/label", f"Bàn {number}")
        mine.mint(f"{path}/order", f"a{number}")
        mine.mint(f"{path}/co", has)
    mine.mint("item/noi-quy", "yes")
    mine.mint("item/dung-han", {"observed": changed.get("on_time", 470), "total": 500})
    mine.mint("item/dung-han/claimed", {"observed": 490, "total": 500})
    ward.photo = attach(mine, f"item/bien/row/{row}3")
    sign(mine, objections=[{"item": "bien", "text": "Biển đang đặt làm"}])
    return ward


def picture(colour: tuple[int, int, int] = (200, 180, 40)) -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


def attach(mine: Phone, of: str) -> str:
    """Attach a photo to an item or row; returns the hash of its bytes, which are not sent."""
    content = picture()
    digest = hashlib.sha256(content).hexdigest()
    value = {
        "of": of,
        "sha256": digest,
        "size": len(content),
        "mime": "image/jpeg",
        "taken_at": "2026-11-20T09:00:00+07:00",
    }
    mine.mint("photo/0123abcd-0000-4000-8000-00000000000f", value, kind="attach")
    return digest
