"""A deputy signs with leave in force on the day, the head under his own title; anybody else is told what to do."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from app.accounts.models import AccountChange, SigningAuthority
from app.domain.permissions import Role
from app.extensions import Clock, db
from app.findings.models import Conclusion, IssuedDocument
from tests import factories
from tests.factories import post, writing
from tests.features.findings.steps import approved, revision_of
from tests.features.findings.test_correcting import code_of, letter_to
from tests.features.findings.wards import TODAY, Ward, inspected

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BASIS = "Quyết định số 40/QĐ-UBND ngày 20/11/2026"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def ward(app: Flask) -> Ward:
    found = inspected(app)
    with writing(app):
        db.session.execute(delete(SigningAuthority))
    return found


def give(ward: Ward, first: str, last: str = "", **changed: str) -> int:
    """The administrator fills in the form on the unit's page."""
    admin = ward.browser(factories.make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.town))
    fields = {
        "user_id": ward.chair.id, "signed_for": "Chủ tịch", "title": "Phó Chủ tịch", "valid_from": first,
        "valid_to": last, "basis": BASIS, **changed,
    }  # fmt: skip
    return post(admin, f"/units/{ward.town.id}/authorities", **fields).status_code


def issue(ward: Ward, url: str) -> tuple[int, str]:
    fields: dict[str, Any] = {"revision": revision_of(ward, url), "number": 5, "on": "2026-11-22"}
    reply = post(ward.browser(ward.chair), f"{url}/issue", **fields)
    return reply.status_code, reply.get_data(as_text=True)


def test_a_deputy_without_leave_on_the_day_issues_nothing_and_is_told_what_to_do(ward: Ward) -> None:
    url = approved(ward)
    assert give(ward, "2026-11-23") == 303  # begins tomorrow
    assert give(ward, "2026-11-01", "2026-11-21") == 303  # ended yesterday
    status, page = issue(ward, url)
    assert status == 422
    assert "ủy quyền ký thay (KT.)" in page
    assert "quản trị viên" in page
    assert "ủy quyền ký thay (KT.)" in ward.browser(ward.chair).get(f"{url}/issue").get_data(as_text=True)
    with ward.app.app_context():
        assert db.session.query(Conclusion).one().state == "approved"
        assert db.session.query(IssuedDocument).count() == 0


def test_leave_in_force_is_printed_and_frozen_with_its_basis(ward: Ward) -> None:
    url = approved(ward)
    assert give(ward, "2026-11-22", "2026-11-22") == 303
    chair = ward.browser(ward.chair)
    assert BASIS in chair.get(f"{url}/issue").get_data(as_text=True)
    assert issue(ward, url)[0] == 303
    page = chair.get(f"{url}/notice").get_data(as_text=True)
    assert "<p>KT. CHỦ TỊCH</p>" in page
    assert page.index("KT. CHỦ TỊCH") < page.index("PHÓ CHỦ TỊCH</p>") < page.index("Lãnh đạo C</p>")
    frozen = json.loads(chair.get(f"{url}/frozen.json").data)
    expected = {
        "lines": ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"], "basis": BASIS, "valid_from": "2026-11-22",
        "valid_to": "2026-11-22",
    }  # fmt: skip
    assert frozen["authority"] == expected
    assert ["Căn cứ ký thay", BASIS] in frozen["acts"]
    with ward.app.app_context():
        assert db.session.query(IssuedDocument).one().facts["authority"] == expected


def test_the_head_signs_without_leave_and_without_kt(ward: Ward) -> None:
    url = approved(ward)
    factories.appoint(ward.app, ward.chair, Role.WARD_HEAD, ward.town)
    assert issue(ward, url)[0] == 303
    chair = ward.browser(ward.chair)
    page = chair.get(f"{url}/notice").get_data(as_text=True)
    assert "<p>CHỦ TỊCH</p>" in page
    assert "KT." not in page
    assert b"%PDF" in chair.get(f"{url}/notice.pdf").data  # the format checker found the block it asked for
    assert json.loads(chair.get(f"{url}/frozen.json").data)["authority"] == {"lines": ["CHỦ TỊCH"], "basis": ""}


def test_a_letter_of_correction_needs_leave_too(ward: Ward) -> None:
    url = approved(ward)
    assert give(ward, "2026-11-22") == 303
    assert issue(ward, url)[0] == 303
    with writing(ward.app):
        db.session.execute(delete(SigningAuthority))
    reply = letter_to(ward.browser(ward.chair), code_of(ward, url), number=1)
    assert (reply.status_code, "ủy quyền ký thay" in reply.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize(
    ("first", "last", "changed", "told"),
    [
        ("2026-11-22", "2026-11-21", {}, "Ngày kết thúc phải sau ngày bắt đầu"),
        ("2026-11-10", "", {}, "đã có ủy quyền ký thay"),
        ("2027-01-01", "", {"user_id": "A" * 22}, "không giữ vai trò Phó Chủ tịch"),
        ("2027-01-01", "", {"basis": ""}, "Cần điền ô này"),
        ("ngày mai", "", {}, "Ngày không hợp lệ"),
    ],
)
def test_a_wrong_authority_is_refused_beside_its_field(
    app: Flask, first: str, last: str, changed: dict[str, str], told: str
) -> None:
    ward = inspected(app)  # the chair holds leave without an end
    admin = ward.browser(factories.make_user(app, role=Role.ADMINISTRATOR, unit=ward.town))
    fields = {
        "user_id": ward.chair.id, "signed_for": "CHỦ TỊCH", "title": "PHÓ CHỦ TỊCH", "valid_from": first,
        "valid_to": last, "basis": BASIS, **changed,
    }  # fmt: skip
    reply = post(admin, f"/units/{ward.town.id}/authorities", **fields)
    assert reply.status_code == 422
    assert told in reply.get_data(as_text=True)
    with app.app_context():
        assert db.session.query(SigningAuthority).count() == 2


def test_leave_is_ended_with_a_reason_and_the_trace_stays(ward: Ward) -> None:
    assert give(ward, "2026-11-01") == 303
    with ward.app.app_context():
        held = db.session.query(SigningAuthority).one().id
    admin = ward.browser(factories.make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.town))
    address = f"/units/{ward.town.id}/authorities/{held}/end"
    assert post(admin, address, last_day="2026-11-20", reason="Điều động").status_code == 422  # before yesterday
    assert post(admin, address, last_day="2026-11-21", reason="").status_code == 422
    assert post(admin, address, last_day="2026-11-21", reason="Điều động").status_code == 303
    assert post(admin, address, last_day="2026-11-21", reason="Điều động").status_code == 409
    page = admin.get(f"/units/{ward.town.id}").get_data(as_text=True)
    assert "Lý do kết thúc: Điều động" in page
    assert issue(ward, approved(ward))[0] == 422
    with ward.app.app_context():
        told = db.session.query(AccountChange.action).filter_by(subject=f"unit/{ward.town.id}").all()
        assert [row[0] for row in told].count("authority_ended") == 1
        row = db.session.query(SigningAuthority).one()
        assert (row.valid_from, row.valid_to) == (date(2026, 11, 1), date(2026, 11, 21))
    stranger = ward.browser(factories.make_user(ward.app, role=Role.ADMINISTRATOR, unit=ward.unit))
    assert post(stranger, f"/units/{ward.town.id}/authorities", valid_from=TODAY).status_code in (404, 422)
    assert stranger.get(f"/units/{ward.town.id}").status_code == 404
