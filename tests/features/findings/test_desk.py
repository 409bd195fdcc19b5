"""What a reviewer finds on a ward's page beside the score: the last inspection's findings, and what others say."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import insert

from app.campaigns.models import Visit
from app.checklists.queries import chk_of
from app.domain.findings import Since, since_last
from app.extensions import Clock, db, new_id, now
from app.findings.models import Conclusion, Finding
from app.remediation.actions import trace
from app.remediation.models import RemediationTask
from tests.factories import post, writing
from tests.features.findings.steps import begun, issued, revision, step
from tests.features.findings.wards import Ward, inspected


@pytest.fixture
def ward(app: Flask) -> Ward:
    return inspected(app)


def test_an_earlier_finding_is_repeated_in_order_or_not_looked_at() -> None:
    found, answered = {"bien"}, {"bien", "noi-quy"}
    assert since_last("bien", found, answered) is Since.REPEATED
    assert since_last("noi-quy", found, answered) is Since.CLOSED
    assert since_last("dung-han", found, answered) is Since.UNCHECKED


def inspected_before(ward: Ward, *items: str) -> None:
    """A notice that an earlier visit of the unit led to, in force."""
    with writing(ward.app):
        visit = db.session.get_one(Visit, ward.visit_id)
        earlier = {each.key: getattr(visit, each.key) for each in Visit.__table__.columns} | {"id": new_id()}
        db.session.execute(insert(Visit), [earlier])
        conclusion = Conclusion(
            id=new_id(), visit_id=earlier["id"], campaign_id=visit.campaign_id, unit_id=visit.unit_id,
            issuer_unit_id=ward.town.id, state="issued", n=1, log_hash="0" * 64,
            chk=chk_of(visit.checklist_version_id), computed={}, basis_points=None, texts={}, prepared_by=ward.lead.id,
            created_at=now(), symbol="TB-UBND", number=2, issued_year=2025, issued_on=now().date(), issued_at=now(),
        )  # fmt: skip
        db.session.add(conclusion)
        db.session.flush()
        for position, item in enumerate(items):
            db.session.add(
                Finding(
                    id=new_id(),
                    conclusion_id=conclusion.id,
                    unit_id=visit.unit_id,
                    position=position,
                    item_key=item,
                    severity="minor",
                    computed_text=f"Cũ: {item}",
                    text=f"Cũ: {item}",
                    remedy=f"Sửa {item}",
                    due_working_days=5,
                )
            )


def test_the_page_quotes_the_last_inspection_and_what_was_asked_for_then(ward: Ward) -> None:
    inspected_before(ward, "bien", "noi-quy", "da-bo")
    browser = ward.browser(ward.lead)
    last = browser.get(begun(ward, browser)).get_data(as_text=True).split('id="last"')[1].split("</section>")[0]
    assert "Thông báo số 02/TB-UBND" in last
    assert "Đã yêu cầu: Sửa bien" in last
    lines = last.split("<li>")[1:]
    for line, told in zip(lines, ("Lặp lại", "Lần này đạt", "chưa kiểm tra lại"), strict=True):
        assert told in line


def test_it_says_whether_what_was_asked_for_then_is_still_open(ward: Ward) -> None:
    inspected_before(ward, "bien", "noi-quy")
    with writing(ward.app):
        asked = db.session.query(Finding).filter_by(item_key="bien").one()
        trace.add(
            RemediationTask(
                id=new_id(), conclusion_id=asked.conclusion_id, finding_id=asked.id, unit_id=ward.unit.id,
                unit_path=ward.unit.path, unit_name=ward.unit.name, host_path=ward.town.path, source="02/TB-UBND",
                remedy="Sửa bien", issued_on=date(2025, 11, 22), delegation_id=ward.story.delegation, position=0,
                due_working_days=5, due_on=date(2025, 11, 28), calendar_version="thử",
            ),
            None,
        )  # fmt: skip
    browser = ward.browser(ward.lead)
    last = browser.get(begun(ward, browser)).get_data(as_text=True).split('id="last"')[1].split("</section>")[0]
    told = [line for line in last.split("<li>")[1:] if "Xem nhiệm vụ" in line]
    assert len(told) == 1
    assert "Cũ: bien" in told[0]
    assert "Quá hạn" in told[0]


def test_comments_are_kept_in_order_and_change_nothing(ward: Ward) -> None:
    lead, chair, member = (ward.browser(each) for each in (ward.lead, ward.chair, ward.member))
    url = begun(ward, lead)
    before = revision(lead, url)
    for browser, text in ((chair, "Xem lại <b>mục 2</b>"), (member, "Đã xem"), (member, "Đã xem")):
        assert post(browser, f"{url}/comments", revision=0, text=text).status_code == 303
    page = lead.get(url).get_data(as_text=True)
    thread = page.split('id="comments"')[1].split("</section>")[0]
    assert thread.index("Xem lại &lt;b&gt;mục 2") < thread.index("Đã xem")
    assert thread.count("Đã xem") == 1  # sent twice, said once
    assert revision(lead, url) == before
    step(lead, url, "submit")
    assert post(ward.browser(ward.head), f"{url}/comments", revision=0, text="x").status_code == 403
    assert "mục 2" not in lead.get(f"{url}/notice").get_data(as_text=True)


def test_an_issued_notice_may_still_be_talked_about(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2026, 11, 22, 3, tzinfo=UTC)))
    url = issued(ward)
    chair = ward.browser(ward.chair)
    assert post(chair, f"{url}/comments", revision=0, text="Theo dõi thêm").status_code == 303
    assert "Theo dõi thêm" in chair.get(url).get_data(as_text=True)
