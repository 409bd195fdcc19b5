"""An issued notice never changes: its content is corrected by a new notice, its layout by a letter, both linked."""

import re
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from app.extensions import Clock, db, new_id
from app.findings.models import Conclusion, IssuedDocument
from app.findings.queries import records
from tests.factories import post
from tests.features.findings.steps import issued, revision_of, step
from tests.features.findings.wards import Ward, inspected, sign
from tests.features.sync.phones import phone

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LETTER: dict[str, Any] = {
    "where": "Trang 1, nơi nhận",
    "printed": "Phòng Nội vụ",
    "right": "phòng Nội vụ",
    "reason": "Lỗi đánh máy",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def ward(app_on_each: Flask) -> Ward:
    return inspected(app_on_each)


@pytest.fixture
def one_ward(app: Flask) -> Ward:
    """For what no database decides."""
    return inspected(app)


def public_page(ward: Ward, url: str) -> str:
    """What anybody who holds the notice of this conclusion is told."""
    with ward.app.app_context():
        code = records.notice_of(url.rsplit("/", 1)[1])
    return ward.app.test_client().get(f"/xac-minh/{code}").get_data(as_text=True)


def letter_to(browser: FlaskClient, code: str, **changed: Any) -> TestResponse:
    """Written, read as it will be printed, and issued with the number the page offers; or refused on the way."""
    url = f"/documents/{code}/correct"
    told = LETTER | {key: value for key, value in changed.items() if key in LETTER}
    page = post(browser, url, **told)
    if page.status_code != 200:
        return page
    kept = dict(re.findall(r'name="(fingerprint|number)"[^>]*value="([^"]+)"', page.get_data(as_text=True)))
    form = told | kept | {"confirmed": "yes", "on": "2026-11-22"} | changed
    return post(browser, f"{url}/issue", **form)


def code_of(ward: Ward, url: str) -> str:
    with ward.app.app_context():
        return records.notice_of(url.rsplit("/", 1)[1]) or ""


def replaced(ward: Ward, url: str, number: int = 6) -> str:
    """The content corrected by the same steps: begun by the lead, approved and issued by the vice-chair."""
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    begun = post(lead, f"{url}/replace", revision=0, reason="Ghi nhầm số hồ sơ")
    assert begun.status_code == 303
    new: str = begun.location
    step(lead, new, "submit")
    step(chair, new, "approve")
    fields: dict[str, Any] = {"revision": revision_of(ward, new), "number": number, "on": "2026-11-22"}
    assert post(chair, f"{new}/issue", **fields).status_code == 303
    return new


def test_a_wrong_content_is_corrected_by_a_new_notice_that_both_sides_and_the_public_see(ward: Ward) -> None:
    url = issued(ward)
    chair, head = ward.browser(ward.chair), ward.browser(ward.head)
    before = chair.get(f"{url}/frozen.json").data
    lead = phone(ward.story, ward.lead)
    lead.pull()
    close = next(each["op"] for each in lead.log if '"kind": "close"' in each["body"])
    lead.mint("visit/closing", {"reason": "Đếm lại hồ sơ"}, close, kind="amend")
    told = [each["op"] for each in lead.log if '"path": "item/dung-han"' in each["body"]]
    lead.mint("item/dung-han", {"observed": 485, "total": 500}, *told)
    sign(lead)
    assert "sửa hoặc ký lại sau khi ban hành" in chair.get(url).get_data(as_text=True)
    new = replaced(ward, url)
    assert chair.get(f"{url}/frozen.json").data == before
    word = Document(BytesIO(chair.get(f"{url}/notice.docx").data))  # the editable copy says what was issued
    assert any("470/500" in each.text for each in word.paragraphs)
    assert "485/500" in chair.get(f"{new}/notice").get_data(as_text=True)
    why = "ngày 22 tháng 11 năm 2026, lý do: Ghi nhầm số hồ sơ./."
    assert f"Thông báo này thay thế Thông báo số 05/TB-UBND {why}" in chair.get(f"{new}/notice").get_data(as_text=True)
    public = public_page(ward, url)
    assert "Văn bản thật, đã được thay thế" in public
    assert "Được thay thế bằng văn bản số 06/TB-UBND" in public
    assert "485/500" not in public
    assert "Chưa bị sửa đổi" in public_page(ward, new)
    assert "Đã được thay thế" in head.get(url).get_data(as_text=True)
    assert "06/TB-UBND" in head.get(url).get_data(as_text=True)


def test_what_was_replaced_no_longer_counts_and_orders_nothing_twice(ward: Ward) -> None:
    url = issued(ward)
    before = ward.browser(ward.head).get("/tasks").get_data(as_text=True)
    replaced(ward, url)
    with ward.app.app_context():
        counted = db.session.query(Conclusion.number).filter(records.counts()).all()
    assert [tuple(row) for row in counted] == [(6,)]
    after = ward.browser(ward.head).get("/tasks").get_data(as_text=True)
    for work in ("Rà soát 30 hồ sơ quá hạn", "Bổ sung biển cho 1 bàn"):
        assert after.count(work) == before.count(work) == 1


def test_a_notice_is_replaced_once_and_only_with_a_reason(one_ward: Ward) -> None:
    url = issued(one_ward)
    lead = one_ward.browser(one_ward.lead)
    assert post(lead, f"{url}/replace", revision=0, reason="  ").status_code == 422
    first, second = (
        post(lead, f"{url}/replace", revision=0, reason="Sai"),
        post(lead, f"{url}/replace", revision=0, reason="Sai"),
    )
    assert first.location == second.location
    assert post(one_ward.browser(one_ward.member), f"{url}/replace", revision=0, reason="Sai").status_code == 403
    draft = first.location
    assert (
        post(lead, f"{draft}/replace", revision=0, reason="Sai").status_code == 409
    )  # what is not issued is just edited


def test_a_replaced_notice_takes_no_further_correction(one_ward: Ward) -> None:
    url = issued(one_ward)
    replaced(one_ward, url)
    reply = letter_to(one_ward.browser(one_ward.chair), code_of(one_ward, url))
    assert reply.status_code == 409
    assert "đã được thay thế" in reply.get_data(as_text=True)


def test_a_letter_is_read_before_it_gets_a_number_and_says_what_cannot_be_undone(one_ward: Ward) -> None:
    code = code_of(one_ward, issued(one_ward))
    chair, url = one_ward.browser(one_ward.chair), f"/documents/{code}/correct"
    assert 'name="number"' not in chair.get(url).get_data(as_text=True)
    wrong = post(chair, url, **LETTER | {"printed": "Không có câu này"})
    page = wrong.get_data(as_text=True)
    assert (wrong.status_code, "Không tìm thấy cụm từ" in page) == (422, True)
    assert "Không có câu này" in page  # what was typed stays
    assert "đủ ba ô" in post(chair, url, **LETTER | {"right": ""}).get_data(as_text=True)
    shown = post(chair, url, **LETTER).get_data(as_text=True)
    for words in ("V/v đính chính thông báo số 05/TB-UBND", "Kính gửi", "phòng Nội vụ", "không ai sửa được nữa"):
        assert words in shown
    again = post(chair, url, again="yes", **LETTER).get_data(as_text=True)
    assert "Trang 1, nơi nhận" in again
    draft = post(chair, f"{url}/draft.pdf", **LETTER).data
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=draft, capture_output=True, check=True).stdout.decode()
    assert "phòng Nội vụ" in told
    assert "Số: /UBND-NV" in " ".join(told.split())  # a draft has no number
    with one_ward.app.app_context():
        assert db.session.query(IssuedDocument).filter_by(kind="correction").count() == 0
    for unread in ({"confirmed": ""}, {"fingerprint": "0" * 64}):
        assert letter_to(chair, code, **unread).status_code in (409, 422)
    two = LETTER | {"printed": ["Phòng Nội vụ", "Nơi nhận"], "right": ["phòng Nội vụ", "NƠI NHẬN"], "where": ["a", "b"]}
    assert "NƠI NHẬN" in post(chair, url, **two).get_data(as_text=True)


def test_a_wrong_layout_is_corrected_by_a_signed_letter_beside_the_notice(ward: Ward) -> None:
    url = issued(ward)
    code, chair = code_of(ward, url), ward.browser(ward.chair)
    with ward.app.app_context():
        before = records.pdf_of(code)
    assert post(ward.browser(ward.member), f"/documents/{code}/correct", **LETTER).status_code == 403
    refused = letter_to(chair, code, printed="Còn 1/3 bàn chưa có biển", right="Còn 2/3 bàn chưa có biển")
    assert (refused.status_code, "Thay số liệu là sửa nội dung" in refused.get_data(as_text=True)) == (422, True)
    assert letter_to(chair, code, on="2026-11-21").status_code == 422
    assert letter_to(chair, code, number=3).status_code == 303
    assert letter_to(chair, code, number=3).status_code == 422  # the number is used
    page = chair.get(url).get_data(as_text=True)
    assert "Công văn đính chính số 03/UBND-NV" in page
    assert "Được đính chính bằng công văn số 03/UBND-NV" in page
    assert "Được đính chính bằng văn bản số 03/UBND-NV" in public_page(ward, url)
    with ward.app.app_context():
        letter = db.session.query(IssuedDocument).filter_by(kind="correction").one()
        assert letter.corrects_id == code
        assert records.next_in(records.Series(letter.issuer_unit_id, 2026, "UBND-NV")) == 4
        assert records.pdf_of(code) == before
    own = ward.app.test_client().get(f"/xac-minh/{letter.id}").get_data(as_text=True)
    assert "Đính chính văn bản số 05/TB-UBND" in own
    assert letter_to(chair, letter.id).status_code == 409  # another letter to the notice does that
    for reader in (chair, ward.browser(ward.head)):
        reply = reader.get(f"{url}/documents/{letter.id}.pdf")
        assert reply.data.startswith(b"%PDF-")
        assert b"/ByteRange" in reply.data
    assert ward.browser(ward.neighbour).get(f"{url}/documents/{letter.id}.pdf").status_code == 404


def test_a_visit_has_one_first_conclusion_also_when_two_begin_at_once(ward: Ward) -> None:
    url = issued(ward)
    with ward.app.app_context():
        first = db.session.get(Conclusion, url.rsplit("/", 1)[1])
        assert first is not None
        kept = {column.key: getattr(first, column.key) for column in Conclusion.__table__.columns}
        db.session.add(Conclusion(**kept | {"id": new_id(), "number": None, "frozen": None, "frozen_sha256": None}))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()
