"""The minutes signed on site, issued at the desk: numbered, sealed, kept, cited; the same words as on the phone."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app.domain import wire
from app.extensions import Clock, db
from app.findings.models import IssuedDocument
from tests.factories import post
from tests.features.findings.steps import begun, step
from tests.features.findings.test_report import text_of
from tests.features.findings.test_stale import counted_again
from tests.features.findings.wards import Ward, inspected
from tests.features.sync.phones import phone

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SIGNED_ON = "2026-11-22"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def form_of(ward: Ward, url: str) -> dict[str, str]:
    page = ward.browser(ward.lead).get(f"{url}/minutes/issue").get_data(as_text=True)
    found = dict(re.findall(r'name="(fingerprint|number|on)"[^>]*value="([^"]+)"', page))
    assert set(found) == {"fingerprint", "number", "on"}
    return found | {"confirmed": "yes"}


def signed_digest(ward: Ward) -> str:
    """The hash of the content that the lead's phone froze, and prints on its copy."""
    mine = phone(ward.story, ward.lead)
    mine.pull()
    closing = next(each["body"] for each in mine.log if '"kind": "close"' in each["body"])
    digest: str = wire.decode(closing.encode()).value["digest"]
    return digest


def issued_minutes(ward: Ward) -> list[IssuedDocument]:
    with ward.app.app_context():
        found = db.session.query(IssuedDocument).filter_by(kind="minutes").order_by(IssuedDocument.number).all()
        db.session.expunge_all()
        return found


def test_signed_minutes_get_their_number_and_seal_and_are_cited_by_it(app: Flask, tmp_path: Path) -> None:
    ward = inspected(app)
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    assert "số biên bản kiểm tra (trưởng đoàn chưa ban hành)" in lead.get(url).get_data(as_text=True)
    form = form_of(ward, url)
    assert (form["number"], form["on"]) == ("1", SIGNED_ON)
    assert post(lead, f"{url}/minutes/issue", **form).status_code == 303
    page = chair.get(url).get_data(as_text=True)
    assert "Biên bản kiểm tra số 01/BB-ĐKT" in page
    assert "Ban hành biên bản kiểm tra" in page  # in the history
    assert "trưởng đoàn chưa ban hành)" not in page.split("số báo cáo của Đoàn")[0].split("Văn bản sẽ không nêu")[-1]
    [row] = issued_minutes(ward)
    pdf = chair.get(f"{url}/documents/{row.id}.pdf").data
    told, digest = text_of(pdf), signed_digest(ward)
    for words in (
        "ĐOÀN KIỂM TRA", "Số: 01/BB-ĐKT", "BIÊN BẢN", "ĐẠI DIỆN ĐƠN VỊ", "TRƯỞNG ĐOÀN KIỂM TRA", "Biển đang đặt làm",
        "- UBND phường Lê Lợi;", "- Lưu: VT, ĐKT.", "Kiểm tra văn bản tại: http", digest,
    ):  # fmt: skip
        assert "".join(words.split()) in "".join(told.split()), words  # a long hash is cut by the line
    assert "Thị xã Sơn Tây, ngày" not in told  # form 1.9 has no place and day on top
    assert (row.facts["content"], row.facts["log"]["n"] > 0, len(row.facts["checklist"])) == (digest, True, 64)
    (tmp_path / "m.pdf").write_bytes(pdf)
    signature = subprocess.run(["pdfsig", tmp_path / "m.pdf"], capture_output=True).stdout.decode()
    assert "Signature is Valid" in signature
    assert "Total document signed" in signature
    word = Document(BytesIO(chair.get(f"{url}/minutes.docx").data)).element.body.iter()
    in_word = "".join("".join((each.text or "").split()) for each in word if each.tag.endswith("}t"))
    for line in ("Số:01/BB-ĐKT", "-Lưu:VT,ĐKT.", "Biểnđangđặtlàm"):
        assert line in in_word
    assert chair.get(f"{url}/minutes.pdf").data == pdf
    public = ward.app.test_client().get(f"/xac-minh/{row.id}").get_data(as_text=True)
    assert "Văn bản thật" in public
    assert "Biển đang đặt làm" not in public
    basis = "Căn cứ Biên bản kiểm tra số 01/BB-ĐKT ngày 22 tháng 11 năm 2026 giữa Đoàn kiểm tra và UBND phường Lê Lợi"
    assert basis in text_of(chair.get(f"{url}/notice.pdf").data)
    with ward.app.app_context(), pytest.raises(DatabaseError):
        db.session.query(IssuedDocument).filter_by(id=row.id).update({"number": 2})


def test_only_the_lead_issues_what_was_read_and_once(app: Flask) -> None:
    ward = inspected(app)
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    form = form_of(ward, url)
    for user in (ward.chair, ward.member):
        assert post(ward.browser(user), f"{url}/minutes/issue", **form).status_code == 403
    assert post(ward.browser(ward.head), f"{url}/minutes/issue", **form).status_code in (403, 404)
    assert f"{url}/minutes/issue" not in chair.get(url).get_data(as_text=True)
    for wrong in ({"on": "2026-11-21"}, {"on": "2026-11-23"}, {"number": "0"}, {"confirmed": ""}):
        assert post(lead, f"{url}/minutes/issue", **form | wrong).status_code == 422, wrong
    assert post(lead, f"{url}/minutes/issue", **form | {"fingerprint": "0" * 64}).status_code == 409
    assert issued_minutes(ward) == []
    assert post(lead, f"{url}/minutes/issue", **form).status_code == 303
    again = post(lead, f"{url}/minutes/issue", **form | {"number": "2"})
    assert (again.status_code, "đã được ban hành" in again.get_data(as_text=True)) == (409, True)
    assert ward.browser(ward.head).get(f"{url}/documents/{issued_minutes(ward)[0].id}.pdf").status_code == 404


def test_minutes_signed_anew_take_the_place_of_those_issued(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = inspected(app)
    lead = ward.browser(ward.lead)
    url = begun(ward, lead)
    assert post(lead, f"{url}/minutes/issue", **form_of(ward, url)).status_code == 303
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(hours=2)))
    counted_again(ward, 480)
    assert lead.get(f"{url}/minutes/issue").status_code == 409  # the draft still says what was signed before
    step(lead, url, "recompute")
    assert "thay thế" in lead.get(f"{url}/minutes/issue").get_data(as_text=True)
    assert post(lead, f"{url}/minutes/issue", **form_of(ward, url)).status_code == 303
    first, second = issued_minutes(ward)
    assert (second.number, second.replaces_id) == (2, first.id)
    assert "480/500" in text_of(lead.get(f"{url}/minutes.pdf").data)
    page = ward.app.test_client().get(f"/xac-minh/{first.id}").get_data(as_text=True)
    assert "Được thay thế bằng văn bản số 02/BB-ĐKT" in page
