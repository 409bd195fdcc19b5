"""Words that a person wrote for figures that changed afterwards block the way until somebody decides."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.findings.models import Finding
from tests.factories import post
from tests.features.findings.steps import begun, revision, step
from tests.features.findings.wards import Ward, inspected, sign
from tests.features.sync.phones import Phone, phone

OWN: dict[str, Any] = {"text": "Có 30 hồ sơ trễ hạn", "remedy": "Xin lỗi 30 người", "due_working_days": 7}


@pytest.fixture
def ward(app: Flask) -> Ward:
    return inspected(app)


def finding_of(ward: Ward, item: str) -> str:
    with ward.app.app_context():
        return db.session.query(Finding).filter_by(item_key=item).one().id


def amended(ward: Ward, change: Callable[[Phone], object]) -> None:
    """The lead amends the minutes; both sign anew."""
    lead = phone(ward.story, ward.lead)
    lead.pull()
    close = next(each["op"] for each in lead.log if '"kind": "close"' in each["body"])
    lead.mint("visit/closing", {"reason": "Đếm lại hồ sơ"}, close, kind="amend")
    change(lead)
    sign(lead)


def said_of(lead: Phone, path: str) -> list[str]:
    return [each["op"] for each in lead.log if f'"path": "{path}"' in each["body"]]


def counted_again(ward: Ward, on_time: int) -> None:
    """Another number of dossiers was on time."""
    path = "item/dung-han"
    amended(ward, lambda lead: lead.mint(path, {"observed": on_time, "total": 500}, *said_of(lead, path)))


def another_desk(lead: Phone) -> None:
    """A desk with a sign was not there, but another one: the count and its words stay as they are."""
    row = "item/bien/row/0123abcd-0000-4000-8000-00000000000"
    seen = [op for name in ("label", "order", "co") for op in said_of(lead, f"{row}2/{name}")]
    lead.mint(f"{row}2/deleted", {"seen": seen})
    lead.mint(f"{row}4/label", "Bàn 4")
    lead.mint(f"{row}4/co", "yes")


def stale_draft(ward: Ward, browser: FlaskClient) -> tuple[str, str]:
    """A draft with own words for late dossiers and own causes, computed anew after the count changed."""
    url = begun(ward, browser)
    step(browser, url, f"findings/{finding_of(ward, 'dung-han')}", **OWN)
    step(browser, url, "texts", causes="Do thiếu người")
    counted_again(ward, 440)
    return url, step(browser, url, "recompute")


def test_own_words_stay_are_marked_and_block_until_kept_with_a_reason(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url, page = stale_draft(ward, browser)
    assert "Có 30 hồ sơ trễ hạn" in page
    assert page.count("Câu đã cũ") == 1  # the desk sign's finding did not change
    assert "<del>94</del><ins>88</ins>%" in page
    assert "Số liệu đã đổi" not in page  # nobody has decided yet
    assert "2 câu đã cũ" in browser.get("/conclusions").get_data(as_text=True)  # the finding and the causes
    refused = post(browser, f"{url}/submit", revision=revision(browser, url))
    assert refused.status_code == 409
    assert "Còn câu đã cũ" in refused.get_data(as_text=True)
    kept = f"findings/{finding_of(ward, 'dung-han')}/keep"
    assert post(browser, f"{url}/{kept}", revision=revision(browser, url), reason=" ").status_code == 422
    page = step(browser, url, kept, reason="Đã đối chiếu sổ theo dõi")
    assert "Đã đối chiếu sổ theo dõi" in page
    assert "Số liệu đã đổi, câu được giữ" in page
    assert post(browser, f"{url}/submit", revision=revision(browser, url)).status_code == 409
    step(browser, url, "texts/keep", reason="Nguyên nhân không đổi")
    assert "Đang thẩm định" in step(browser, url, "submit")


def test_own_words_are_stale_when_other_answers_stand_behind_the_same_count(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    step(browser, url, f"findings/{finding_of(ward, 'bien')}", **OWN)
    amended(ward, another_desk)
    page = step(browser, url, "recompute")
    assert page.count("Câu đã cũ") == 1
    assert "Câu tính lại không đổi chữ nào" in page
    assert post(browser, f"{url}/submit", revision=revision(browser, url)).status_code == 409


def test_what_computing_anew_changed_is_kept_in_the_history(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    step(browser, url, f"findings/{finding_of(ward, 'bien')}", **OWN)
    counted_again(ward, 500)  # all on time: no finding any more
    history = step(browser, url, "recompute").split('id="history"')[1]
    assert "1 câu đổi khi tính lại" in history
    assert "(không còn là tồn tại)" in history
    assert "dung-han" in history


def test_stale_words_are_composed_anew_or_written_anew(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url, _ = stale_draft(ward, browser)
    page = step(browser, url, f"findings/{finding_of(ward, 'dung-han')}/recompose")
    assert "Hồ sơ đúng hạn 88% (440/500)" in page
    assert "Câu đã cũ" not in page
    page = step(browser, url, "texts", causes="Do thiếu người và quá tải")
    assert "Phần đã cũ" not in page
    assert "<ins> và quá tải</ins>" in page
    assert "Đang thẩm định" in step(browser, url, "submit")
    again = post(browser, f"{url}/texts/keep", revision=revision(browser, url), reason="x")
    assert again.status_code in {403, 409}


def test_words_nobody_wrote_follow_the_count_by_themselves(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    counted_again(ward, 440)
    page = step(browser, url, "recompute")
    assert "Hồ sơ đúng hạn 88% (440/500)" in page
    assert "Câu đã cũ" not in page
    assert "Đang thẩm định" in step(browser, url, "submit")
