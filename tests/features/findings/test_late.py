"""What reaches the server after the signatures, or after the draft: shown, and never slipped in."""

import pytest
from flask import Flask

from tests.factories import post
from tests.features.findings.steps import begun, revision, step
from tests.features.findings.wards import Ward, attach, picture, plan, sign
from tests.features.sync.phones import Phone, phone
from tests.features.sync.test_evidence import upload


@pytest.fixture
def ward(app: Flask) -> Ward:
    return plan(app)


def signed_with_a_late_answer(ward: Ward) -> Phone:
    """The lead froze "yes"; B's "no" reached the server before the signatures did."""
    mine, other = phone(ward.story, ward.lead), phone(ward.story, ward.member)
    mine.mint("item/noi-quy", "yes")
    mine.push()
    mine.pull()
    close = mine.close()
    mine.push()
    mine.pull()
    other.mint("item/dung-han", {"observed": 1, "total": 2})
    other.push()
    mine.sign("lead", close)
    value = {"close": close, "digest": mine.digest, "name": "Cán bộ L", "title": "Phó Chủ tịch", "strokes": "M1 1 L2 2"}
    mine.mint("sign/unit", value, kind="sign")
    mine.push()
    mine.pull()
    return mine


def test_late_and_held_changes_are_listed_with_their_reason_and_count_for_nothing(ward: Ward) -> None:
    signed_with_a_late_answer(ward)
    forgotten = phone(ward.story, ward.member)
    forgotten.mint("item/noi-quy", "no")
    forgotten.push()
    browser = ward.browser(ward.lead)
    page = browser.get(begun(ward, browser)).get_data(as_text=True)
    assert "33,33" in page  # 2 of 6 points: the late ratio is unanswered, the held "no" has no effect
    listed = page.split('id="outsiders"')[1]
    assert "Hồ sơ giải quyết đúng hạn" in listed
    assert "Câu trả lời: Không" in listed
    assert "item/" not in listed
    assert listed.count("Cán bộ B") == 2


def test_a_draft_of_minutes_that_were_signed_again_must_be_computed_anew(ward: Ward) -> None:
    mine = signed_with_a_late_answer(ward)
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    close = next(each["op"] for each in mine.log if '"kind": "close"' in each["body"])
    mine.mint("visit/closing", {"reason": "Nhận câu trả lời đến muộn"}, close, kind="reopen")
    assert [each["entry"]["st"] for each in mine.push()] == ["acc"]
    mine.pull()
    refused = post(browser, f"{url}/submit", revision=revision(browser, url))
    assert refused.status_code == 409
    assert "mở lại hoặc ký lại" in refused.get_data(as_text=True)
    sign(mine)
    assert "Tính lại kết luận" in browser.get(url).get_data(as_text=True)
    page = step(browser, url, "recompute")
    assert "Hồ sơ đúng hạn 50% (1/2)" in page
    assert "Tính lại kết luận" not in page
    assert "Duyệt nội dung" in step(browser, url, "submit")


def test_a_photo_whose_bytes_arrived_is_shown(ward: Ward) -> None:
    mine = phone(ward.story, ward.lead)
    mine.mint("item/noi-quy", "yes")
    digest = attach(mine, "item/noi-quy")
    sign(mine)
    assert upload(mine, picture()).status_code == 204
    browser = ward.browser(ward.lead)
    page = browser.get(begun(ward, browser)).get_data(as_text=True)
    source = f"/api/sync/v1/visits/{ward.visit_id}/blobs/{digest}"
    assert f'<img src="{source}/thumbnail"' in page
    assert browser.get(source).mimetype == "image/jpeg"


def test_a_refusal_to_sign_is_told_in_the_notice(ward: Ward) -> None:
    mine = phone(ward.story, ward.lead)
    mine.mint("item/noi-quy", "yes")
    mine.push()
    mine.pull()
    close = mine.close()
    mine.sign("lead", close)
    refused = {"reason": "Không đồng ý kết quả", "witness": "Cán bộ K"}
    value = {"close": close, "digest": mine.digest, "name": "Cán bộ L", "title": "Phó Chủ tịch", "strokes": ""}
    mine.mint("sign/unit", value | {"refused": refused}, kind="sign")
    assert mine.push()[-1]["entry"]["st"] == "acc"
    browser = ward.browser(ward.lead)
    notice = browser.get(f"{begun(ward, browser)}/notice").get_data(as_text=True)
    assert "Đơn vị không ký biên bản: Không đồng ý kết quả (người chứng kiến: Cán bộ K)." in notice
