"""A campaign summed up: what counts, what came back, who sees it, and how little it asks of the database."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.campaigns.models import Delegation, Member, Visit
from app.checklists.actions import publish
from app.checklists.models import ItemCode
from app.checklists.queries import all_versions
from app.domain.checklist import parse
from app.domain.permissions import Role
from app.extensions import Clock, db, new_id, now
from app.findings.models import Conclusion, Finding, IssuedDocument
from tests import factories
from tests.factories import client_of, csrf_token, post
from tests.features.findings.test_correcting import letter_to
from tests.features.overview.rounds import (
    TODAY,
    Round,
    conclude_without_a_log,
    give_task,
    held_again,
    make_round,
    multiply,
)
from tests.features.sync.statements import counted

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def three(app_on_each: Flask) -> Round:
    """Two wards with an issued conclusion that finds dossiers late, one with a draft, one not visited."""
    round_ = make_round(app_on_each, 4)
    conclude_without_a_log(round_, "Phường Số 001", 97, number=4)
    conclude_without_a_log(round_, "Phường Số 002", 80, number=5)
    conclude_without_a_log(round_, "Phường Số 003", 50)
    return round_


def page_of(round_: Round, what: str = "summary", campaign: str = "") -> str:
    reply = client_of(round_.app, round_.chair).get(f"/campaigns/{campaign or round_.campaign}/{what}")
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return reply.get_data(as_text=True)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_only_issued_conclusions_count_and_drafts_are_told(three: Round) -> None:
    words = words_of(page_of(three))
    assert "Đã ban hành kết luận 2 /4 đơn vị" in words
    assert "Kết luận của 1 đơn vị còn là dự thảo" in words
    assert "Hồ sơ giải quyết đúng hạn Phường Số 001, Phường Số 002 2/2 100 %" in words
    assert "Phường Số 003" not in words
    assert "Không có tồn tại nào đã nêu trong kết luận trước" in words
    assert "Chưa giao nhiệm vụ khắc phục nào" in words


def test_an_empty_campaign_says_so_and_offers_no_report(app: Flask) -> None:
    round_ = make_round(app, 2)
    page = page_of(round_)
    assert "Chưa có kết luận nào được ban hành" in page
    assert "summary.pdf" not in page
    reply = client_of(app, round_.chair).get(f"/campaigns/{round_.campaign}/summary.pdf")
    assert reply.status_code == 409
    assert "Chưa có kết luận nào được ban hành" in reply.get_data(as_text=True)


def test_what_came_back_is_found_with_the_promise_of_then(three: Round) -> None:
    with three.app.app_context():
        ids = {each.number: each.id for each in db.session.query(Conclusion).filter(Conclusion.number.is_not(None))}
    give_task(three, ids[4], "verified", TODAY + timedelta(5))
    give_task(three, ids[5], "assigned", TODAY - timedelta(3))
    with factories.writing(three.app):  # the draft has no day of issue to be moved on
        db.session.execute(update(Conclusion).where(Conclusion.number.is_(None)).values(issued_at=NOW))
    later = held_again(three)
    words = words_of(page_of(three, campaign=later))
    assert "Phường Số 001 Hồ sơ giải quyết đúng hạn Nặng Rà soát 3 hồ sơ quá hạn" in words
    assert "Thông báo số 04/TB-UBND ngày 20/11/2026, hạn 27/11/2026 Kiểm tra công vụ năm 2026" in words
    assert "Đã xác nhận khắc phục ngày 22/11/2026, nay tái diễn" in words
    assert "Chưa khắc phục xong, quá hạn 3 ngày" in words
    assert "Phường Số 003" not in words  # a draft promised nothing
    assert "2 tồn tại đã nêu" in words_of(page_of(three, "repeated", later))
    first = words_of(page_of(three))
    assert "Lặp lại qua các đợt 0" in first  # the later one is no earlier promise
    assert "Đã xác nhận khắc phục 1 50 %" in first
    assert "Quá hạn 1 50 %" in first
    docx = Document(BytesIO(client_of(three.app, three.chair).get(f"/campaigns/{later}/summary.docx").data))
    cells = {cell.text for table in docx.tables for row in table.rows for cell in row.cells}
    assert "Rà soát 3 hồ sơ quá hạn (Thông báo số 04/TB-UBND ngày 20/11/2026, hạn 27/11/2026)" in cells
    assert "Đã xác nhận khắc phục ngày 22/11/2026, nay tái diễn" in cells


def test_what_came_back_under_another_checklist_is_found_by_its_library_code(three: Round) -> None:
    item = {
        "key": "tre-han",
        "text": {"vi": "Hồ sơ trả trễ"},
        "answer": {"type": "ratio", "observed": {"vi": "Đúng"}, "total": {"vi": "Tất cả"}},
        "zero_total": "full",
    }
    facts = {"version": "1", "title": {"vi": "Phiếu khác"}, "effective_from": "2026-07-01"}

    def move_later_ones_to(slug: str, **code: str) -> None:
        sections = [{"key": "s", "title": {"vi": "S"}, "items": [item | code]}]
        with factories.writing(three.app):
            other = publish(None, parse(facts | {"slug": slug, "sections": sections}))
            concluded = db.session.query(Conclusion).filter_by(campaign_id=later).all()
            for each in concluded:
                each.chk = other.chk
            ids = [each.id for each in concluded]
            db.session.query(Finding).filter(Finding.conclusion_id.in_(ids)).update({"item_key": "tre-han"})

    with factories.writing(three.app):
        db.session.execute(update(Conclusion).where(Conclusion.number.is_(None)).values(issued_at=NOW))
    later = held_again(three)
    with factories.writing(three.app):  # as versions that were published before there were codes are known
        (version,) = all_versions()
        db.session.add(ItemCode(version_id=version.id, item_key="dung-han", code="ho-so-dung-han"))
    move_later_ones_to("khong-ma")
    assert "Không có tồn tại nào đã nêu trong kết luận trước" in words_of(page_of(three, campaign=later))
    move_later_ones_to("co-ma", code="ho-so-dung-han")
    words = words_of(page_of(three, "repeated", later))
    assert "2 tồn tại đã nêu" in words
    assert "Phường Số 001 Hồ sơ trả trễ Nặng Rà soát 3 hồ sơ quá hạn" in words


def test_a_conclusion_that_was_replaced_promises_nothing(three: Round) -> None:
    with factories.writing(three.app):
        db.session.query(Conclusion).filter(Conclusion.number.is_(None)).update({"issued_at": NOW})
    later = held_again(three)
    with factories.writing(three.app):
        old = db.session.query(Conclusion).filter_by(campaign_id=three.campaign, number=4).one()
        values = {each.key: getattr(old, each.key) for each in Conclusion.__table__.columns}
        replacing = values | {"id": new_id(), "replaces_id": old.id, "number": 9}
        db.session.add(Conclusion(**replacing))
    words = words_of(page_of(three, campaign=later))
    assert "Lặp lại qua các đợt 1" in words  # of the second ward; the replacement of the first found nothing
    assert "04/TB-UBND" not in words


def test_a_lead_sees_the_own_delegation_only(three: Round) -> None:
    other = factories.make_user(three.app, role=Role.INSPECTOR, unit=three.town, name="Cán bộ E")
    with factories.writing(three.app):
        team = Delegation(id=new_id(), campaign_id=three.campaign, name="Đoàn 2")
        db.session.add(team)
        db.session.flush()
        db.session.add(Member(id=new_id(), delegation_id=team.id, user_id=other.id, is_lead=True, added_at=now()))
        db.session.get_one(Visit, three.visits["Phường Số 002"]).delegation_id = team.id
    page = client_of(three.app, other).get(f"/campaigns/{three.campaign}/summary").get_data(as_text=True)
    assert "còn 3 cuộc kiểm tra của đoàn khác" in page
    assert "Phường Số 002" in page
    assert "Phường Số 001" not in page


def test_the_charts_say_everything_in_words(three: Round) -> None:
    page = page_of(three)
    drawings = re.findall(r'<svg [^>]*class="chart".*?</svg>', page, re.DOTALL)
    assert len(drawings) == 2  # scores and failings; no repairs yet
    for each in drawings:
        assert re.search(r'role="img" aria-labelledby="([\w-]+)-title \1-desc"', each)
        assert "style=" not in each
    assert "Phường Số 001" in drawings[0]
    assert "2/2 (100 %)" in drawings[1]


def test_the_summary_asks_as_much_for_300_wards_as_for_3(app: Flask) -> None:
    round_ = make_round(app, 2)
    conclude_without_a_log(round_, "Phường Số 001", 80, number=1)
    numbers = []
    for years, more in ((1, 2), (2, 300)):
        multiply(round_, "Phường Số 001", more)
        later = held_again(round_, years)
        browser = client_of(app, round_.chair)
        for what in ("summary", "repeated", "summary.pdf"):
            browser.get(f"/campaigns/{later}/{what}")  # checklists are read once for all
            with counted(app) as statements:
                reply = browser.get(f"/campaigns/{later}/{what}")
            assert reply.status_code == 200
            numbers.append(len(statements))
    assert numbers[:3] == numbers[3:]
    assert max(numbers) <= 36


# --- issuing -------------------------------------------------------------------------------------------------------


def form_of(browser: FlaskClient, url: str) -> dict[str, str]:
    """The fields of an issue form as they stand on the page, with the word that it was read."""
    page = browser.get(url).get_data(as_text=True)
    kept = dict(re.findall(r'name="(fingerprint|number)"[^>]*value="([^"]+)"', page))
    assert set(kept) == {"fingerprint", "number"}
    return kept | {"confirmed": "yes"}


@pytest.fixture
def signing(three: Round) -> Round:
    """The three wards, and a chair who may sign."""
    admin = factories.make_user(three.app, role=Role.ADMINISTRATOR, unit=three.town, name="Quản trị B")
    factories.let_sign(three.app, three.chair, three.town, by=admin)
    return three


def test_a_summary_is_numbered_signed_kept_and_found_by_anybody(signing: Round) -> None:
    chair, url = client_of(signing.app, signing.chair), f"/campaigns/{signing.campaign}/summary"
    form = form_of(chair, f"{url}/issue") | {"proposals": "Đề nghị bổ sung máy lấy số.\nĐề nghị tập huấn."}
    draft = chair.post(f"{url}/preview", data={"csrf_token": csrf_token(chair, "/profile"), **form})
    assert draft.data.startswith(b"%PDF")
    reply = post(chair, f"{url}/issue", **form)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    page = chair.get(url).get_data(as_text=True)
    assert "Đã ban hành báo cáo tổng hợp số 01/BC-UBND" in page
    found = re.search(rf"{url}/([\w-]{{22}})\.pdf", page)
    assert found
    signed = chair.get(found.group(0)).data
    told = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=signed, capture_output=True, check=True
    ).stdout.decode()
    for words in (
        "Số: 01/BC-UBND",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "Lãnh đạo C",
        "Đề nghị tập huấn./.",
        "Kiểm tra văn bản tại: http",
    ):
        assert words in told
    assert "DỰTHẢO" not in "".join(told.split())  # the watermark, whose letters are set apart
    public = signing.app.test_client().get(f"/xac-minh/{found.group(1)}").get_data(as_text=True)
    assert "Văn bản thật" in public
    assert "Ban hành báo cáo tổng hợp" in chair.get(f"/campaigns/{signing.campaign}").get_data(as_text=True)
    assert post(chair, f"{url}/issue", **form).status_code == 422  # the number is used
    assert form_of(chair, f"{url}/issue")["number"] == "2"
    lead = client_of(signing.app, signing.lead)
    assert lead.get(found.group(0)).status_code == 403  # it speaks of every delegation's wards


def test_a_summary_is_replaced_by_another_and_corrected_by_a_letter_both_linked(signing: Round) -> None:
    chair, url = client_of(signing.app, signing.chair), f"/campaigns/{signing.campaign}/summary"
    assert post(chair, f"{url}/issue", **form_of(chair, f"{url}/issue")).status_code == 303
    with signing.app.app_context():
        old = db.session.query(IssuedDocument).one()
        before = old.pdf
    assert letter_to(chair, old.id, printed="Lưu: VT", right="LƯU: VT").status_code == 303
    form = form_of(chair, f"{url}/issue?replaces={old.id}") | {"replaces": old.id, "reason": "Thiếu kiến nghị"}
    assert post(chair, f"{url}/preview", **form).data.startswith(b"%PDF")
    assert post(chair, f"{url}/issue", **form).status_code == 303
    page = chair.get(url).get_data(as_text=True)
    assert "Báo cáo tổng hợp số 02/BC-UBND" in page
    assert "Công văn đính chính số 01/UBND-NV" in page
    with signing.app.app_context():
        assert db.session.get_one(IssuedDocument, old.id).pdf == before
        letter = db.session.query(IssuedDocument).filter_by(corrects_id=old.id).one()
    assert chair.get(f"{url}/{letter.id}.pdf").data.startswith(b"%PDF")
    public = signing.app.test_client().get(f"/xac-minh/{old.id}").get_data(as_text=True)
    assert "Được thay thế bằng văn bản số 02/BC-UBND" in public
    assert "Được đính chính bằng văn bản số 01/UBND-NV" in public
    trace = words_of(chair.get(f"/campaigns/{signing.campaign}/trace").get_data(as_text=True))
    assert "Ban hành công văn đính chính báo cáo tổng hợp" in trace
    assert "Lý do: Thiếu kiến nghị" in trace


@pytest.mark.parametrize("wrong", [{"confirmed": ""}, {"fingerprint": "0" * 64}, {"number": "0"}])
def test_what_was_not_read_as_it_stands_is_not_issued(signing: Round, wrong: dict[str, str]) -> None:
    chair, url = client_of(signing.app, signing.chair), f"/campaigns/{signing.campaign}/summary/issue"
    form = form_of(chair, url)
    assert post(chair, url, **form | wrong).status_code in (409, 422)
    with signing.app.app_context():
        assert db.session.query(IssuedDocument).count() == 0


def test_a_conclusion_issued_in_between_has_to_be_read_first(signing: Round) -> None:
    chair, url = client_of(signing.app, signing.chair), f"/campaigns/{signing.campaign}/summary/issue"
    form = form_of(chair, url)
    conclude_without_a_log(signing, "Phường Số 004", 99, number=6)
    reply = post(chair, url, **form)
    assert reply.status_code == 409
    assert "Số liệu đã thay đổi" in reply.get_data(as_text=True)
    assert post(chair, url, **form_of(chair, url)).status_code == 303


def test_without_leave_to_sign_nothing_is_issued(three: Round) -> None:
    chair, url = client_of(three.app, three.chair), f"/campaigns/{three.campaign}/summary/issue"
    assert "chưa có ủy quyền ký thay" in chair.get(url).get_data(as_text=True)
    assert post(chair, url, **form_of(chair, url)).status_code == 422
