"""The team on the desk: who was given a section, who called it done, what they told each other."""

from flask import Flask

from tests.features.findings.steps import begun
from tests.features.findings.wards import plan, sign
from tests.features.overview.test_visit import page, text_of
from tests.features.sync.phones import phone

COMMENT = "comment/00000000-0000-0000-0000-000000000001"
TEXT = "Bảng này chụp lại giúp tôi"


def test_assignments_done_marks_and_comments_are_told_on_the_desk_and_stay_out_of_the_minutes(app: Flask) -> None:
    ward = plan(app)
    lead, member = phone(ward.story, ward.lead), phone(ward.story, ward.member)
    lead.mint("assign/bien-the", [ward.member.id], kind="assign")
    lead.push()
    member.mint("assign/ho-so", [ward.member.id], kind="assign")  # only the lead may
    member.mint("item/noi-quy", "yes")
    member.mint("done/bien-the", True, kind="done")
    member.mint(COMMENT, {"of": "item/noi-quy", "text": TEXT}, kind="comment")
    assert [each["entry"]["why"] for each in member.push()] == ["ROLE", "", "", ""]
    lead.pull()
    lead.mint("item/bien", "none")
    lead.mint("item/dung-han", {"observed": 499, "total": 500})
    sign(lead)

    visit = text_of(page(ward, ward.chair))
    assert "✓ Cán bộ B báo xong 1 thay đổi sau đó Được phân công: Cán bộ B" in visit
    assert visit.count("Được phân công") == 1
    assert "1 trao đổi" in visit
    item = text_of(page(ward, ward.lead, "noi-quy"))
    assert f"đơn vị được kiểm tra không đọc được. {TEXT} Cán bộ B" in item
    assert "Trao đổi: Trao đổi trong đoàn" in item
    assert "Đã được thay" not in item
    browser = ward.browser(ward.lead)
    url = begun(ward, browser)
    assert TEXT in text_of(browser.get(url).get_data(as_text=True))
    for paper in ("minutes", "notice", "report"):
        shown = browser.get(f"{url}/{paper}")
        assert shown.status_code in (200, 404)
        assert TEXT.encode() not in shown.data


def test_a_comment_after_the_freeze_and_one_taken_back(app: Flask) -> None:
    ward = plan(app)
    lead, member = phone(ward.story, ward.lead), phone(ward.story, ward.member)
    lead.mint("item/noi-quy", "yes")
    lead.push()
    lead.pull()
    close = lead.close()
    lead.push()
    said = member.mint(COMMENT, {"of": "item/noi-quy", "text": TEXT}, kind="comment")
    member.push()
    lead.sign("lead", close)
    lead.mint(
        "sign/unit",
        {"close": close, "digest": lead.digest, "name": "Cán bộ L", "title": "Phó Chủ tịch", "strokes": "M1 1 L2 2"},
        kind="sign",
    )
    assert [each["entry"]["st"] for each in lead.push()] == ["acc"] * 3
    html = page(ward, ward.lead, "noi-quy")
    assert TEXT in html
    assert "Đến muộn" not in html
    assert "Đã được thay" not in html
    member.mint(COMMENT, None, said, kind="clear")
    assert [each["entry"]["why"] for each in member.push()][-1] == "LATE_AFTER_SIGN"
    assert TEXT in page(ward, ward.lead, "noi-quy")
