"""The delegation's report: read by its lead, numbered, signed for the delegation, kept, and named by the notice."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app.extensions import Clock, db
from app.findings.models import Finding, IssuedDocument
from tests.factories import post
from tests.features.findings.steps import begun, revision_of, step
from tests.features.findings.wards import Ward, inspected

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DRAFT = "D Ự T H Ả O"  # the watermark, whose letters are set apart


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


def submitted(ward: Ward) -> str:
    lead = ward.browser(ward.lead)
    url = begun(ward, lead)
    step(lead, url, "submit")
    return url


def form_of(ward: Ward, url: str) -> dict[str, str]:
    page = ward.browser(ward.lead).get(f"{url}/report/issue").get_data(as_text=True)
    found = dict(re.findall(r'name="(fingerprint|number|on)"[^>]*value="([^"]+)"', page))
    assert set(found) == {"fingerprint", "number", "on"}
    return found | {"confirmed": "yes"}


def text_of(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def codes(ward: Ward) -> list[str]:
    """The public codes of the reports, the oldest first."""
    with ward.app.app_context():
        found = db.session.query(IssuedDocument).filter_by(kind="report").order_by(IssuedDocument.number)
        return [each.id for each in found]


def test_a_report_is_issued_as_it_was_read_and_the_notice_rests_on_it(app: Flask, tmp_path: Path) -> None:
    ward = inspected(app)
    url = submitted(ward)
    form = form_of(ward, url)
    assert (form["number"], form["on"]) == ("1", "2026-11-22")
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    draft = text_of(lead.get(f"{url}/report.pdf").data)
    assert DRAFT in draft
    assert post(lead, f"{url}/report/issue", **form).status_code == 303
    page = chair.get(url).get_data(as_text=True)
    assert "Báo cáo của Đoàn kiểm tra số 01/BC-ĐKT" in page
    assert "Ban hành báo cáo của Đoàn kiểm tra" in page  # in the history
    assert f"{url}/report.pdf" not in page  # there is no draft any more
    found = re.search(rf"{url}/documents/([\w-]{{22}})\.pdf", page)
    assert found
    pdf = chair.get(found.group(0)).data
    told = text_of(pdf)
    for words in (
        "ĐOÀN KIỂM TRA", "Số: 01/BC-ĐKT", "ngày 22 tháng 11 năm 2026", "Kính gửi: Ủy ban nhân dân thị xã Sơn Tây",
        "Còn 1/3 bàn chưa có biển (Bàn 3)", "TRƯỞNG ĐOÀN", "Lãnh đạo A", "Kiểm tra văn bản tại: http",
    ):  # fmt: skip
        assert words in told
    for foreign in (DRAFT, "KT. CHỦ TỊCH", "Xét báo cáo", "Thông báo này"):
        assert foreign not in told
    (tmp_path / "report.pdf").write_bytes(pdf)
    signature = subprocess.run(["pdfsig", tmp_path / "report.pdf"], capture_output=True).stdout.decode()
    assert "Signature is Valid" in signature
    assert "Total document signed" in signature
    assert "Văn bản thật" in ward.app.test_client().get(f"/xac-minh/{found.group(1)}").get_data(as_text=True)
    with ward.app.app_context(), pytest.raises(DatabaseError):
        db.session.query(IssuedDocument).filter_by(id=found.group(1)).update({"number": 2})
    with ward.app.app_context():
        db.session.rollback()
    again = post(lead, f"{url}/report/issue", **form | {"number": "2"})
    assert (again.status_code, "đã có báo cáo" in again.get_data(as_text=True)) == (409, True)

    step(chair, url, "approve")
    reply = post(chair, f"{url}/issue", revision=revision_of(ward, url), number=5, on="2026-11-22")
    assert reply.status_code == 303
    rests_on = "Xét Báo cáo số 01/BC-ĐKT ngày 22 tháng 11 năm 2026 của Trưởng đoàn kiểm tra."
    assert rests_on in text_of(chair.get(f"{url}/notice.pdf").data)
    head = ward.browser(ward.head)
    assert head.get(url).status_code == 200
    assert head.get(found.group(0)).status_code == 404  # the unit gets the notice, not the report


def test_neither_a_draft_nor_what_has_changed_since_it_was_read_is_reported(app: Flask) -> None:
    ward = inspected(app)
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    assert lead.get(f"{url}/report/issue").status_code == 409
    assert f"{url}/report/issue" not in lead.get(url).get_data(as_text=True)
    step(lead, url, "submit")
    assert f"{url}/report/issue" in lead.get(url).get_data(as_text=True)
    assert f"{url}/report/issue" not in chair.get(url).get_data(as_text=True)  # it is not the chair's report
    form = form_of(ward, url)
    with app.app_context():
        finding = db.session.query(Finding).filter_by(item_key="bien").one().id
    words = {"text": "Còn 2 bàn chưa có biển", "remedy": "Bổ sung biển", "due_working_days": 5}
    step(chair, url, f"findings/{finding}", **words)
    reply = post(lead, f"{url}/report/issue", **form)
    assert (reply.status_code, "Số liệu đã thay đổi" in reply.get_data(as_text=True)) == (409, True)
    step(chair, url, "instructions", text="Kiểm điểm trách nhiệm tập thể", due_working_days=7)
    form = form_of(ward, url)
    for wrong in ({"on": "2026-11-21"}, {"on": "2026-11-23"}, {"number": "0"}, {"confirmed": ""}, {"on": "hôm nay"}):
        assert post(lead, f"{url}/report/issue", **form | wrong).status_code == 422, wrong
    assert codes(ward) == []
    assert post(lead, f"{url}/report/issue", **form).status_code == 303
    told = text_of(lead.get(f"{url}/documents/{codes(ward)[0]}.pdf").data)
    assert "Còn 2 bàn chưa có biển" in told
    assert "Kiểm điểm trách nhiệm" not in told  # the chair's order is no proposal of the delegation


def test_what_was_returned_and_submitted_anew_is_reported_anew(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = inspected(app)
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = submitted(ward)
    assert post(lead, f"{url}/report/issue", **form_of(ward, url)).status_code == 303
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW + timedelta(days=1)))
    step(chair, url, "return", reason="Đếm lại bàn")
    assert lead.get(f"{url}/report/issue").status_code == 409
    step(lead, url, "submit")
    assert "thay thế" in lead.get(f"{url}/report/issue").get_data(as_text=True)
    form = form_of(ward, url)
    assert form["number"] == "2"
    too_early = form | {"on": "2026-11-22"}  # the day of the submission that was returned
    assert post(lead, f"{url}/report/issue", **too_early).status_code == 422
    assert post(lead, f"{url}/report/issue", **form).status_code == 303
    first, second = codes(ward)
    page = ward.app.test_client().get(f"/xac-minh/{first}").get_data(as_text=True)
    assert "Được thay thế bằng văn bản số 02/BC-ĐKT" in page
    assert "Chưa bị sửa đổi" in ward.app.test_client().get(f"/xac-minh/{second}").get_data(as_text=True)
