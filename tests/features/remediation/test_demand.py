"""The demand of what is not repaired: read first, then numbered, signed and kept, and never changed."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app.extensions import Clock, db
from app.findings.models import IssuedDocument
from app.remediation.models import RemediationTask
from tests.factories import post
from tests.features.findings.steps import notified
from tests.features.findings.test_correcting import code_of, letter_to
from tests.features.findings.wards import Ward

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def form_of(ward: Ward, url: str, query: str = "") -> dict[str, str]:
    page = ward.browser(ward.chair).get(f"{url}/demand/issue{query}").get_data(as_text=True)
    return dict(re.findall(r'name="(fingerprint|number)"[^>]*value="([^"]+)"', page)) | {"confirmed": "yes"}


def test_a_demand_is_issued_as_it_was_read_and_reaches_the_ward(app_on_each: Flask) -> None:
    ward, url = notified(app_on_each)
    form = form_of(ward, url)
    assert form["number"] == "1"
    chair = ward.browser(ward.chair)
    assert post(chair, f"{url}/demand/issue", **form).status_code == 303
    review = chair.get(url).get_data(as_text=True)
    assert "Công văn yêu cầu khắc phục số 01/UBND-NV" in review
    assert "Ban hành công văn yêu cầu khắc phục" in review  # in the history
    found = re.search(rf"{url}/documents/([\w-]{{22}})\.pdf", ward.browser(ward.head).get(url).get_data(as_text=True))
    assert found, "the ward is not told"
    pdf = ward.browser(ward.head).get(found.group(0)).data
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "Số: 01/UBND-NV" in told
    assert "Kiểm tra văn bản tại: http" in told
    assert "Thông báo số 05/TB-UBND" in " ".join(told.split())
    assert "Văn bản thật" in ward.app.test_client().get(f"/xac-minh/{found.group(1)}").get_data(as_text=True)
    with ward.app.app_context(), pytest.raises(DatabaseError):
        db.session.query(IssuedDocument).filter_by(id=found.group(1)).update({"number": 2})
    with ward.app.app_context():
        db.session.rollback()


def test_a_demand_is_replaced_by_another_and_corrected_by_a_letter_both_linked(app: Flask) -> None:
    ward, url = notified(app)
    chair = ward.browser(ward.chair)
    assert post(chair, f"{url}/demand/issue", **form_of(ward, url)).status_code == 303
    with app.app_context():
        old = db.session.query(IssuedDocument).filter_by(kind="demand").one()
        before = old.pdf
    assert letter_to(chair, old.id, printed="Phòng Nội vụ", right="phòng Nội vụ").status_code == 303
    form = form_of(ward, url, f"?replaces={old.id}") | {"replaces": old.id, "reason": "Ghi thiếu thời hạn"}
    draft = post(chair, f"{url}/demand/preview", **form).data
    assert "lý do: Ghi thiếu thời hạn." in text_of(draft)
    assert post(chair, f"{url}/demand/issue", **form | {"reason": " "}).status_code == 422
    assert post(chair, f"{url}/demand/issue", **form).status_code == 303
    with app.app_context():
        new = db.session.query(IssuedDocument).filter_by(replaces_id=old.id).one()
        assert db.session.get_one(IssuedDocument, old.id).pdf == before
    told = "Công văn này thay thế Công văn số 01/UBND-NV ngày 22 tháng 11 năm 2026, lý do: Ghi thiếu thời hạn."
    assert told in text_of(new.pdf)
    review = chair.get(url).get_data(as_text=True)
    assert "bằng số 03/UBND-NV" in review
    assert "Thay thế văn bản số 01/UBND-NV" in review
    assert "Được đính chính bằng công văn số 02/UBND-NV" in review
    ours, theirs = (app.test_client().get(f"/xac-minh/{each.id}").get_data(as_text=True) for each in (old, new))
    assert "Văn bản thật, đã được thay thế" in ours
    assert "Được thay thế bằng văn bản số 03/UBND-NV" in ours
    assert "Được đính chính bằng văn bản số 02/UBND-NV" in ours
    assert "Thay thế văn bản số 01/UBND-NV" in theirs
    assert "Chưa bị sửa đổi" in theirs
    again = form_of(ward, url) | {"replaces": old.id, "reason": "Sai"}
    assert post(chair, f"{url}/demand/issue", **again).status_code == 409  # once
    assert letter_to(chair, old.id).status_code == 409
    notice = form_of(ward, url) | {"replaces": code_of(ward, url), "reason": "Sai"}
    assert post(chair, f"{url}/demand/issue", **notice).status_code == 409  # only a document of its own form


def text_of(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return " ".join(told.split())


def test_what_has_changed_since_it_was_read_is_not_demanded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ward, url = notified(app)
    form = form_of(ward, url)
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(days=40)))  # now all of it is late
    reply = post(ward.browser(ward.chair), f"{url}/demand/issue", **form)
    assert reply.status_code == 409
    assert "Số liệu đã thay đổi" in reply.get_data(as_text=True)
    with app.app_context():
        db.session.query(RemediationTask).update({"state": "verified"})
        db.session.commit()
    assert ward.browser(ward.chair).get(f"{url}/demand/issue").status_code == 409  # nothing is left to demand
