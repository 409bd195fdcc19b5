"""On the desk a form is looked at before it becomes a draft; versions go out as forms and on paper."""

import base64
import html
import io
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from werkzeug.test import TestResponse

from app.checklists import drafts, loader
from app.checklists.actions import publish
from app.checklists.queries import Version
from app.checklists.xlsform import import_xlsform
from app.domain.permissions import Role
from tests import factories
from tests.features.checklists.test_loader import SMALL
from tests.features.checklists.xlsforms import TODAY, survey, workbook

URL = "/checklists/xlsform"
FORM = workbook(
    {"survey": survey(["text", "a_b", "=Tên", None], ["geopoint", "g", "<b>Nơi</b>", None])}, formulas=False
)

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    unit = factories.make_unit(app)
    return factories.client_of(app, factories.make_user(app, "quan-tri", Role.ADMINISTRATOR, unit))


def upload(browser: FlaskClient, content: bytes, **more: str) -> TestResponse:
    data = {"csrf_token": factories.csrf_token(browser, URL), "file": (io.BytesIO(content), "phieu.xlsx"), **more}
    return browser.post(URL, data=data, content_type="multipart/form-data")


def published(app: Flask) -> Version:
    with app.app_context(), factories.writing(app):
        return publish(None, loader.load(SMALL))


def open_drafts(app: Flask) -> int:
    with app.app_context():
        return drafts.number_of_drafts()


def test_a_form_is_shown_cell_by_cell_and_then_becomes_a_draft(app: Flask, admin: FlaskClient) -> None:
    page = upload(admin, FORM)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "1 ô đổi" in text
    assert "survey!B3" in text
    assert "phiếu không ghi tọa độ" in text
    assert "<b>Nơi</b>" not in text
    assert open_drafts(app) == 0
    kept = text.split('name="text" value="')[1].split('">')[0]
    made = factories.post(admin, f"{URL}/draft", form_on=URL, text=html.unescape(kept))
    assert made.status_code == 303
    assert open_drafts(app) == 1
    assert "=Tên" in admin.get(made.headers["Location"]).get_data(as_text=True)


def test_the_report_of_every_cell_is_a_workbook_of_texts(admin: FlaskClient) -> None:
    response = upload(admin, FORM, **{"as": "report"})
    sheet = load_workbook(io.BytesIO(response.get_data()))["Báo cáo"]
    rows = list(sheet.values)
    assert len(rows) == 1 + 10  # all cells of the form, the headings too
    assert ("survey", "C2", "label", "=Tên", "Giữ nguyên") in [row[:5] for row in rows]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_what_stands_beside_the_cells_and_the_hour_of_a_day_are_told(admin: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(FORM))
    sheet = book["survey"]
    sheet["A2"].comment = Comment("Hỏi lại phòng", "Cán bộ A")
    sheet.add_image(Image(io.BytesIO(PIXEL)), "H2")
    sheet["D2"], sheet["D3"] = datetime(2020, 8, 1, 7, 30), datetime(2020, 8, 1)
    content = io.BytesIO()
    book.save(content)
    page = upload(admin, content.getvalue()).get_data(as_text=True)
    assert "chú thích của ô (trên 1 trang tính); 1 tệp hình ảnh" in page
    assert "2020-08-01 07:30:00" in page
    report = load_workbook(io.BytesIO(upload(admin, content.getvalue(), **{"as": "report"}).get_data()))["Báo cáo"]
    told = [row[3:6] for row in report.values]
    assert ("1 tệp hình ảnh", "Không nhập", "nằm ngoài các ô") in told
    assert [text for text, *_ in told if str(text).startswith("2020")] == ["2020-08-01 07:30:00", "2020-08-01"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "không phải bảng tính .xlsx"),
        (workbook({"Sheet1": [["a"]]}), "cần một trang tính tên survey"),
        (workbook({"survey": [["type"], ["=1+1"]]}), "survey!A2"),
    ],
)
def test_a_bad_file_is_explained_and_changes_nothing(
    app: Flask, admin: FlaskClient, content: bytes, words: str
) -> None:
    response = upload(admin, content)
    assert response.status_code == 422
    assert words in response.get_data(as_text=True)
    refused = factories.post(admin, f"{URL}/draft", form_on=URL, text="slug: [")
    assert refused.status_code == 422
    assert "không đọc được YAML" in refused.get_data(as_text=True)
    assert open_drafts(app) == 0


def test_a_form_without_questions_for_us_offers_no_draft(admin: FlaskClient) -> None:
    text = upload(admin, workbook({"survey": survey(["geopoint", "g", "Nơi", None])})).get_data(as_text=True)
    assert "Không tạo được bản nháp" in text
    assert "Tạo bản nháp</button>" not in text


def test_a_version_goes_out_as_a_form_and_on_paper(app: Flask, admin: FlaskClient) -> None:
    version = published(app)
    text = admin.get(f"/checklists/{version.id}").get_data(as_text=True)
    form = admin.get(f"/checklists/{version.id}/xlsform")
    paper = admin.get(f"/checklists/{version.id}/paper")
    assert f"/checklists/{version.id}/paper" in text
    assert f"/checklists/{version.id}/xlsform" in text
    assert import_xlsform(form.get_data(), TODAY).checklist == loader.load(SMALL)
    assert paper.get_data().startswith(b"%PDF")
    assert paper.headers["Content-Disposition"] == 'inline; filename="phieu-giay-nho-v1.pdf"'


@pytest.mark.parametrize(("text", "status"), [(SMALL, 200), ("slug: nho", 303)])
def test_a_draft_prints_once_it_can_be_read(admin: FlaskClient, text: str, status: int) -> None:
    token = factories.csrf_token(admin, "/checklists/drafts/new")
    data = {"csrf_token": token, "file": (io.BytesIO(text.encode()), "phieu.yaml")}
    made = admin.post("/checklists/drafts/import", data=data, content_type="multipart/form-data")
    response = admin.get(f"{made.headers['Location']}/paper")
    assert response.status_code == status
    if status == 303:
        assert "chưa in được" in admin.get(response.headers["Location"]).get_data(as_text=True)
