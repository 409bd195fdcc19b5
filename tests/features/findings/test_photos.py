"""What is recorded with a photo reaches who judges by it; who was covered in one is not shown to everybody."""

import hashlib
import html
from typing import Any

import pytest
from flask import Flask

from app.findings import papers
from app.findings.queries import records
from tests.factories import MadeUser
from tests.features.findings.steps import begun
from tests.features.findings.wards import Ward, picture, plan, sign
from tests.features.sync.phones import Phone, phone
from tests.features.sync.test_evidence import upload

AS_TAKEN, COVERED = picture((1, 2, 3)), picture((9, 8, 7))
PLACE = {"lat_e6": 21_138_004, "lon_e6": 105_505_000, "accuracy_m": 12}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def photograph(who: Phone, number: int, content: bytes, **more: Any) -> str:
    """Attach a photo to the ratio that becomes a finding, and send its bytes. Returns the path."""
    path = f"photo/0123abcd-0000-4000-8000-{number:012d}"
    value = {"of": "item/dung-han", "sha256": digest(content), "size": len(content), "mime": "image/jpeg"}
    who.mint(path, value | {"taken_at": "2026-11-20T09:00:00+07:00"} | more, kind="attach")
    who.push()
    assert upload(who, content).status_code == 204
    return path


@pytest.fixture
def ward(app: Flask) -> Ward:
    """The member photographed a page of a register, covered a name in a copy, and wrote what it shows."""
    ward = plan(app)
    member = phone(ward.story, ward.member)
    member.mint("item/dung-han", {"observed": 1, "total": 2})
    path = photograph(member, 1, AS_TAKEN, place=PLACE)
    copy = photograph(member, 2, COVERED, made_from={"sha256": digest(AS_TAKEN), "masked": True})
    member.mint(f"{path}/caption", "Sổ theo dõi, trang 3")
    member.mint(f"{copy}/caption", "Trang 3, đã che họ tên")
    assert {each["entry"]["st"] for each in member.push()} == {"acc"}
    return ward


def item_page(ward: Ward, user: MadeUser) -> str:
    page = ward.browser(user).get(f"/visits/{ward.visit_id}/items/dung-han").get_data(as_text=True)
    return html.unescape(" ".join(page.split()))


def blob(ward: Ward, user: MadeUser, content: bytes, end: str = "") -> int:
    return ward.browser(user).get(f"/api/sync/v1/visits/{ward.visit_id}/blobs/{digest(content)}{end}").status_code


def test_the_item_page_tells_what_a_photo_shows_when_where_and_to_whom(ward: Ward) -> None:
    shown = item_page(ward, ward.chair)
    assert "<strong>Sổ theo dõi, trang 3</strong>" in shown
    assert "09:00:00 20/11/2026 (giờ thiết bị)" in shown
    assert "21,13800° B, 105,50500° Đ, sai số 12 m" in shown
    assert "Không có vị trí" in shown  # of the copy nothing was recorded
    assert "Đã che khuôn mặt hoặc giấy tờ từ ảnh gốc" in shown
    assert "Mô tả ảnh" in shown.split('id="history"')[1]
    for end in ("", "/thumbnail"):
        seen = [blob(ward, user, AS_TAKEN, end) for user in (ward.member, ward.lead, ward.chair)]
        assert seen == [200, 200, 200]  # who took it, the lead, the vice-chair
    assert "Ảnh gốc chưa che, hạn chế xem" not in item_page(ward, ward.member)


def test_a_colleague_sees_the_covered_copy_only(ward: Ward) -> None:
    lead = phone(ward.story, ward.lead)
    original, copy = picture((50, 60, 70)), picture((70, 60, 50))
    photograph(lead, 3, original)
    assert blob(ward, ward.member, original) == 200
    path = photograph(lead, 4, copy, made_from={"sha256": digest(original), "masked": True})
    assert [blob(ward, ward.member, original, end) for end in ("", "/thumbnail", "/original")] == [404, 404, 404]
    assert blob(ward, ward.member, copy) == 200
    page = item_page(ward, ward.member)
    assert page.count("Ảnh gốc chưa che, hạn chế xem") == 1
    assert digest(original) not in page
    lead.pull()
    lead.mint(path, None, *[each["op"] for each in lead.log if path in each["body"]], kind="detach")
    lead.push()
    assert blob(ward, ward.member, original) == 200  # the copy is gone, and with it what it said


def test_review_and_annex_carry_the_caption_and_print_no_uncovered_face(ward: Ward) -> None:
    lead = phone(ward.story, ward.lead)
    lead.pull()
    sign(lead)
    url = begun(ward, ward.browser(ward.lead))
    review = html.unescape(ward.browser(ward.chair).get(url).get_data(as_text=True))
    assert "<strong>Trang 3, đã che họ tên</strong>" in review
    assert "21,13800° B, 105,50500° Đ, sai số 12 m" in review
    assert review.count("Ảnh gốc chưa che</span>") == 2  # beside the finding and in the answers
    with ward.app.app_context():
        [printed] = papers.photos_of(records.get(url.rsplit("/", 1)[1]))  # type: ignore[arg-type]
        where = ", chụp 09:00 ngày 20/11/2026, đã che khuôn mặt hoặc giấy tờ"
        assert printed.caption == f"Tồn tại 1: Trang 3, đã che họ tên{where}"


def test_two_captions_are_settled_like_any_answer(ward: Ward) -> None:
    lead = phone(ward.story, ward.lead)
    lead.mint("photo/0123abcd-0000-4000-8000-000000000001/caption", "Sổ một cửa")
    lead.push()
    page = html.unescape(ward.browser(ward.lead).get("/matters").get_data(as_text=True))
    assert "Mô tả ảnh" in page
    assert "Hồ sơ giải quyết đúng hạn" in page
    assert digest(AS_TAKEN) in page  # shown beside what is said of it
