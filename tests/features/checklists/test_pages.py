"""The desk shows a checklist as a person reads it, publishes good files only, and withdraws with a reason."""

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.checklists import actions, library, loader, queries
from app.checklists.commands import FOLDER
from app.domain.permissions import Role
from tests import factories
from tests.features.checklists.test_loader import SMALL
from tests.features.sync.statements import asked

SHIPPED = FOLDER / "mot-cua-cap-xa" / "v1.yaml"


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    unit = factories.make_unit(app)
    return factories.client_of(app, factories.make_user(app, "quan-tri", Role.ADMINISTRATOR, unit))


def upload(browser: FlaskClient, content: bytes) -> TestResponse:
    token = factories.csrf_token(browser, "/checklists/publish")
    data = {"csrf_token": token, "file": (io.BytesIO(content), "phieu.yaml")}
    return browser.post("/checklists/publish", data=data, content_type="multipart/form-data")


def versions(app: Flask) -> tuple[queries.Version, ...]:
    with app.app_context():
        return queries.all_versions()


def test_an_upload_is_published_once(app: Flask, admin: FlaskClient) -> None:
    assert "Chưa có phiếu nào được xuất bản." in admin.get("/checklists/").get_data(as_text=True)
    first = upload(admin, SMALL.encode())
    assert first.status_code == 303
    assert upload(admin, SMALL.encode()).headers["Location"] == first.headers["Location"]
    (version,) = versions(app)
    assert version.published_by == factories.user_id_of(app, "quan-tri")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "hãy chọn một tệp YAML"),
        (b"a: " + b"x" * (256 * 1024), "tệp lớn hơn 256 KiB"),
        (b"slug: [", "không đọc được YAML"),
        (b"\xff\xfe\x00", "UTF-8"),
        (SMALL.replace("Phiếu nhỏ", "Phiếu \x00 nhỏ").encode(), "ký tự điều khiển"),
        (SMALL.replace("points: 10", "points: 1e3").encode(), "Dòng 12"),
        (SMALL.replace("type: yes_no", "type: khong_ro").encode(), "khong_ro"),
        (b"a: &x 1\nb: *x\n", "không dùng neo"),
    ],
)
def test_a_bad_file_is_explained_and_changes_nothing(
    app: Flask, admin: FlaskClient, content: bytes, words: str
) -> None:
    response = upload(admin, content)
    assert response.status_code == 422
    assert words in response.get_data(as_text=True)
    assert versions(app) == ()


def test_other_bytes_under_a_published_number_are_refused(app: Flask, admin: FlaskClient) -> None:
    upload(admin, SMALL.encode())
    response = upload(admin, SMALL.replace("Có biển", "Có thẻ").encode())
    assert response.status_code == 422
    assert "đã xuất bản với nội dung khác và không bao giờ thay đổi" in response.get_data(as_text=True)
    assert len(versions(app)) == 1


def test_a_version_reads_like_a_document(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), factories.writing(app):
        version = actions.publish(None, loader.load(Path(SHIPPED).read_bytes()))
    text = admin.get(f"/checklists/{version.id}").get_data(as_text=True)
    checklist = loader.load(Path(SHIPPED).read_bytes())
    for item in checklist.items():
        assert f'id="item-{item.key}"' in text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))
    for words in (
        "Trọng số 15",
        "Quyết định 129/2007/QĐ-TTg",
        "5 điểm × số đạt / tổng số",
        "Tổng số bằng 0: coi là không áp dụng, không tính vào điểm",
        "1 điểm, trừ 0,5 điểm cho mỗi trường hợp, không dưới 0",
        "Khắc phục trong 15 ngày làm việc",
        "Còn [số còn thiếu]/[tổng số] bàn làm việc chưa có biển để bàn ([các dòng không đạt])",
        "(hỏi khi “Có biển để bàn” là “Có”)",
        version.chk,
    ):
        assert words in plain


def test_withdrawing_asks_for_a_reason_and_keeps_the_bytes(app: Flask, admin: FlaskClient) -> None:
    upload(admin, SMALL.encode())
    (version,) = versions(app)
    url = f"/checklists/{version.id}/withdraw"
    refused = factories.post(admin, url, form_on=url, reason="ồ")
    assert refused.status_code == 422
    assert 'id="reason-problem">Hãy ghi lý do' in refused.get_data(as_text=True)
    assert not versions(app)[0].withdrawn
    for _ in range(2):
        assert factories.post(admin, url, form_on=url, reason="Sai căn cứ pháp lý").status_code == 303
    assert versions(app)[0].withdrawn_reason == "Sai căn cứ pháp lý"
    assert admin.get(f"/checklists/{version.id}/json").status_code == 200


@pytest.mark.parametrize("role", [Role.VICE_CHAIR, Role.INSPECTOR])
def test_others_read_and_do_not_publish(app: Flask, admin: FlaskClient, role: Role) -> None:
    upload(admin, SMALL.encode())
    (version,) = versions(app)
    reader = factories.client_of(app, factories.make_user(app, "nguoi-doc", role, factories.make_unit(app)))
    assert reader.get(f"/checklists/{version.id}").status_code == 200
    assert "Xuất bản từ tệp" not in reader.get("/checklists/").get_data(as_text=True)
    for url in ("/checklists/publish", f"/checklists/{version.id}/withdraw"):
        assert reader.get(url).status_code == 403
        assert factories.post(reader, url, reason="Không có quyền này").status_code == 403
    assert not versions(app)[0].withdrawn


def test_a_ward_does_not_read_checklists(app: Flask) -> None:
    officer = factories.make_user(app, "can-bo", Role.WARD_OFFICER, factories.make_unit(app))
    assert factories.client_of(app, officer).get("/checklists/").status_code == 403


def test_the_library_is_searched_without_diacritics_and_shows_who_asks(app: Flask, admin: FlaskClient) -> None:
    with factories.writing(app):
        actions.publish(None, loader.load(SHIPPED.read_bytes()))
    page = admin.get("/checklists/library").get_data(as_text=True)
    assert f"{len(library.shipped().entries)} nội dung" in page
    assert "Biển tên, thẻ và văn hóa công sở" in page
    found = admin.get("/checklists/library?q=deo+the&index=par").get_data(as_text=True)
    assert "1 nội dung khớp với điều kiện lọc" in found
    assert "Luật Cán bộ, công chức số 80/2025/QH15" in found
    nothing = admin.get("/checklists/library?q=khong+co+gi+nhu+vay").get_data(as_text=True)
    assert "Không có nội dung nào khớp" in nothing
    entry = admin.get("/checklists/library/deo-the").get_data(as_text=True)
    assert "Hiệu lực từ" in entry
    assert "01/07/2025" in entry
    assert "PAR INDEX" in entry
    assert re.search(r'href="/checklists/[\w-]+#item-the-cong-chuc"', entry)
    unused = admin.get("/checklists/library/nguoi-vang-mat").get_data(as_text=True)
    assert "Chưa phiếu đã xuất bản nào dùng nội dung này." in unused
    assert admin.get("/checklists/library/khong-co").status_code == 404


def test_the_library_asks_the_database_as_much_for_many_entries_as_for_one(app: Flask, admin: FlaskClient) -> None:
    with factories.writing(app):
        actions.publish(None, loader.load(SHIPPED.read_bytes()))
    numbers = []
    for address in ("?q=deo-the", "", "/bien-de-ban", "/nguoi-vang-mat"):
        with asked(app) as statements:
            assert admin.get(f"/checklists/library{address}").status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
    assert numbers[2] == numbers[3]
