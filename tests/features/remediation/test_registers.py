"""An old register taken over from a workbook: shown first, whole or not at all, once; undone while nobody worked."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.domain.permissions import Role
from app.domain.register import NAMES, Column
from app.extensions import Clock, db
from app.remediation.models import RegisterImport, RemediationTask, TaskEvent
from tests.factories import MadeUnit, client_of, csrf_token, make_unit, make_user, post
from tests.features.accounts.test_unit_import import HOSTILE

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
GOOD: dict[Column, Any] = {
    Column.UNIT: "phường lê lợi",
    Column.PROBLEM: "Thiếu biển tên ở quầy 2",
    Column.REMEDY: "Bổ sung biển tên",
    Column.SEVERITY: "Nhẹ",
    Column.SOURCE: "05/TB-UBND ngày 05/01/2026",
    Column.DUE_ON: date(2026, 3, 20),
    Column.STATE: "Chưa khắc phục",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: NOW))


@pytest.fixture
def town(app: Flask) -> MadeUnit:
    return make_unit(app, "Thị xã Sơn Tây", kind="district", code="269")


@pytest.fixture
def ward(app: Flask, town: MadeUnit) -> MadeUnit:
    return make_unit(app, "Phường Lê Lợi", parent=town, code="09541")


@pytest.fixture
def admin(app: Flask, town: MadeUnit, ward: MadeUnit) -> FlaskClient:
    return client_of(app, make_user(app, "quan.tri", Role.ADMINISTRATOR, town))


def register(*rows: Mapping[Column, Any], title: Sequence[str] = ()) -> bytes:
    """A workbook as an office keeps it: a title, headings, rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    for line in title:
        sheet.append([line])
    sheet.append(["STT", *(NAMES[column][0].upper() for column in Column), "Ghi chú"])
    for number, row in enumerate(rows, start=1):
        sheet.append([number, *(row.get(column) for column in Column)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def upload(client: FlaskClient, content: bytes, host: MadeUnit, name: str = "sổ cũ.xlsx") -> TestResponse:
    fields = {
        "csrf_token": csrf_token(client, "/tasks/import"),
        "host": str(host.id),
        "file": (io.BytesIO(content), name),
    }
    return client.post("/tasks/import", data=fields, content_type="multipart/form-data")


def read(client: FlaskClient, content: bytes, host: MadeUnit) -> tuple[str, str]:
    """Upload; returns the preview's address and text."""
    reply = upload(client, content, host)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return reply.location, client.get(reply.location).get_data(as_text=True)


def take_over(client: FlaskClient, url: str, page: str) -> TestResponse:
    digest = re.search(r'name="digest" value="(\w{64})"', page)
    return post(client, url, form_on="/profile", digest=digest[1] if digest else "0" * 64)


def tasks(app: Flask) -> list[RemediationTask]:
    with app.app_context():
        return db.session.query(RemediationTask).order_by(RemediationTask.position).all()


def test_a_register_is_shown_then_taken_over_and_its_tasks_live_like_others(
    app: Flask, admin: FlaskClient, town: MadeUnit, ward: MadeUnit
) -> None:
    head = make_user(app, "le.loi", Role.WARD_HEAD, ward, name="Cán bộ A", starts_on=date(2025, 7, 1))
    officer = make_user(app, "can.bo", Role.WARD_OFFICER, ward, name="Cán bộ B")
    saturday = {**GOOD, Column.REMEDY: "Niêm yết", Column.DUE_ON: "ngày 21 tháng 3 năm 2026", Column.OWNER: "cán bộ b"}
    days = {**GOOD, Column.UNIT: None, Column.UNIT_CODE: 9541, Column.REMEDY: "Xin lỗi dân", Column.DUE_ON: "10 ngày"}
    done = {**GOOD, Column.REMEDY: "Trả hồ sơ", Column.STATE: "Đã hoàn thành", Column.DONE_ON: "10/01/2026",
            Column.PROOF: "BC 12/BC-UBND", Column.HEAD: "Người cũ", Column.DUE_ON: "17/01/2026"}  # fmt: skip
    url, page = read(admin, register(GOOD, saturday, days, done, title=["SỔ THEO DÕI", "Năm 2026"]), town)
    assert "4 dòng đúng" in page
    assert "0 dòng có lỗi" in page
    assert "Không đọc các cột: Ghi chú" in page
    assert "hạn là 23/03/2026, ngày làm việc kế tiếp" in page
    assert "Đọc “9541” là mã 09541" in page
    assert tasks(app) == []
    assert take_over(admin, url, page).status_code == 303
    first, moved, counted, ended = tasks(app)
    assert [each.position for each in (first, moved, counted, ended)] == [4, 5, 6, 7], "lines as the spreadsheet counts"
    assert (first.source, first.issued_on, first.due_on) == ("05/TB-UBND", date(2026, 1, 5), date(2026, 3, 20))
    assert (first.head_id, first.conclusion_id, first.unit_id) == (head.id, None, ward.id)
    assert (moved.due_on, moved.owner_id) == (date(2026, 3, 23), officer.id)
    assert (counted.due_on, counted.kind, counted.due_working_days) == (date(2026, 1, 19), "apology", 10)
    assert (ended.state, ended.due_on, ended.head_name) == ("verified", date(2026, 1, 17), "Người cũ")
    desk = client_of(app, officer)
    assert "Bổ sung biển tên" in desk.get("/tasks").get_data(as_text=True)
    life = desk.get(f"/tasks/{ended.id}/history").get_data(as_text=True)
    assert "Sổ ghi đã khắc phục ngày <strong>10/01/2026</strong>, minh chứng: BC 12/BC-UBND" in life
    assert "ghi trong sổ theo dõi cũ" in desk.get(f"/tasks/{first.id}").get_data(as_text=True)
    assert post(desk, f"/tasks/{first.id}/plan", revision=1, plan="Đặt in", form_on="/profile").status_code == 303
    assert take_over(admin, url, page).status_code == 409, "a second click does nothing"
    assert len(tasks(app)) == 4


def test_one_wrong_row_keeps_every_row_out_and_the_file_is_mended_and_read_again(
    app: Flask, admin: FlaskClient, town: MadeUnit
) -> None:
    url, page = read(admin, register(GOOD, {**GOOD, Column.DUE_ON: "30/02/2026"}), town)
    assert "1 dòng có lỗi" in page
    assert "<strong>Hạn hoàn thành:</strong> “30/02/2026” không phải ngày" in page
    assert "Nhập 1 nhiệm vụ" not in page
    refused = take_over(admin, url, page)
    assert refused.status_code == 422
    assert "chưa nhập dòng nào" in refused.get_data(as_text=True)
    assert tasks(app) == []
    url, page = read(admin, register(GOOD, {**GOOD, Column.REMEDY: "Khác", Column.DUE_ON: "27/02/2026"}), town)
    assert take_over(admin, url, page).status_code == 303
    assert len(tasks(app)) == 2


def test_a_unit_is_told_by_code_or_name_and_what_is_unclear_is_said(
    app: Flask, admin: FlaskClient, town: MadeUnit, ward: MadeUnit
) -> None:
    east, west = (make_unit(app, name, parent=town, kind="province") for name in ("Khu Đông", "Khu Tây"))
    for parent, code in ((east, "111"), (west, "112")):
        make_unit(app, "Xã Trung Sơn", parent=parent, kind="commune", code=code)
    make_unit(app, "Xã Cũ", parent=town, kind="commune", code="113", valid_to=date(2025, 6, 30))
    make_unit(app, "Phường Ngoài", code="999")
    rows = [
        {Column.UNIT: name, Column.UNIT_CODE: code, Column.REMEDY: f"Việc {number}"}
        for number, (name, code) in enumerate(
            [("UBND P. Lê Lợi", None), ("LE LOI", None), ("Lê Lợi", "09541"), ("Trung Sơn", None), ("Trung Sơn", "112"),
             ("Xã Cũ", None), ("Phường Ngoài", None), ("Xã Trung Sơn", "09541"), (None, "000")]
        )
    ]  # fmt: skip
    _, page = read(admin, register(*({**GOOD, **row} for row in rows)), town)
    assert "4 dòng đúng" in page
    for told in (
        "Có 2 đơn vị như vậy: Xã Trung Sơn (Khu Đông), mã 111; Xã Trung Sơn (Khu Tây), mã 112. Ghi mã",
        "Xã Cũ đã kết thúc ngày 30/06/2025",
        "Không có đơn vị “Phường Ngoài”",
        "Mã 09541 là Phường Lê Lợi, không phải “Xã Trung Sơn”",
        "Không có đơn vị “000”",
    ):
        assert told in page, told


def test_nothing_is_taken_over_twice(app: Flask, admin: FlaskClient, town: MadeUnit) -> None:
    twice = {**GOOD, Column.REMEDY: "bổ sung  BIỂN tên."}
    _, page = read(admin, register(GOOD, twice), town)
    assert "Trùng với dòng 2" in page
    content = register(GOOD)
    url, page = read(admin, content, town)
    other, same = read(admin, content, town)
    assert take_over(admin, url, page).status_code == 303
    assert "đã được nhập" in upload(admin, content, town).get_data(as_text=True)
    assert take_over(admin, other, same).status_code == 409
    _, page = read(admin, register(twice, {**GOOD, Column.REMEDY: "Việc mới"}), town)
    assert "Đã có nhiệm vụ này (hạn 20/03/2026)" in page
    assert "1 dòng đúng" in page


def test_a_confirmation_means_what_was_shown(app: Flask, admin: FlaskClient, town: MadeUnit, ward: MadeUnit) -> None:
    url, page = read(admin, register({**GOOD, Column.OWNER: "Cán bộ C"}), town)
    assert "chỉ ghi tên" in page
    make_user(app, "den.sau", Role.WARD_OFFICER, ward, name="Cán bộ C")
    assert take_over(admin, url, page).status_code == 409
    assert tasks(app) == []


def test_it_is_undone_with_a_reason_while_nobody_has_worked(
    app: Flask, admin: FlaskClient, town: MadeUnit, ward: MadeUnit
) -> None:
    done = {**GOOD, Column.REMEDY: "Việc xong", Column.STATE: "xong", Column.DONE_ON: "10/01/2026"}
    content = register(GOOD, done)
    url, page = read(admin, content, town)
    take_over(admin, url, page)
    assert post(admin, f"{url}/undo", form_on=url, reason=" ").status_code == 422
    assert post(admin, f"{url}/undo", form_on=url, reason="Nhầm năm").status_code == 303
    assert {each.state for each in tasks(app)} == {"withdrawn"}
    officer = client_of(app, make_user(app, "can.bo", Role.WARD_OFFICER, ward))
    assert "Bổ sung biển tên" not in officer.get("/tasks").get_data(as_text=True)
    assert "Nhầm năm" in admin.get(url).get_data(as_text=True)
    url, page = read(admin, content, town)  # what was undone may be taken over again
    take_over(admin, url, page)
    worked = next(each for each in tasks(app) if each.state == "assigned")
    post(officer, f"/tasks/{worked.id}/plan", revision=1, plan="Đặt in", form_on="/profile")
    refused = post(admin, f"{url}/undo", form_on="/profile", reason="Nhầm")
    assert refused.status_code == 409
    assert "không hoàn tác được nữa" in refused.get_data(as_text=True)
    assert {each.state for each in tasks(app)} == {"withdrawn", "assigned", "verified"}


def test_only_who_administers_the_unit_may(app: Flask, admin: FlaskClient, town: MadeUnit, ward: MadeUnit) -> None:
    abroad = make_unit(app, "Tỉnh Khác", kind="province", code="01")
    assert upload(admin, register(GOOD), abroad).status_code == 403
    url, page = read(admin, register(GOOD), town)
    for role, unit in ((Role.ADMINISTRATOR, abroad), (Role.ADMINISTRATOR, ward), (Role.VICE_CHAIR, town)):
        other = client_of(app, make_user(app, "", role, unit))
        assert other.get(url).status_code in (403, 404)
        assert take_over(other, url, page).status_code in (403, 404)
    with app.app_context():
        assert db.session.query(RegisterImport).one().applied_at is None


@pytest.mark.parametrize("kind", ["macros", "no header"])
def test_hostile_files_are_refused_in_words_and_nothing_is_kept(
    app: Flask, admin: FlaskClient, town: MadeUnit, kind: str
) -> None:
    reply = upload(admin, HOSTILE[kind][0], town)
    assert reply.status_code == 422
    assert "Không có dữ liệu nào bị thay đổi" in reply.get_data(as_text=True)
    with app.app_context():
        assert db.session.query(RegisterImport).count() == 0


def test_formulas_are_not_computed_and_a_million_empty_rows_are_not_read(admin: FlaskClient, town: MadeUnit) -> None:
    _, page = read(admin, register({**GOOD, Column.REMEDY: "=1+1", Column.PROBLEM: None}), town)
    assert "Thiếu nội dung" in page
    book = load_workbook(io.BytesIO(register(GOOD)))
    book.worksheets[0].cell(1_000_000, 3).value = "cuối"
    content = io.BytesIO()
    book.save(content)
    reply = upload(admin, content.getvalue(), town)
    assert reply.status_code == 422
    assert "10.000 dòng" in reply.get_data(as_text=True)


def test_the_template_is_filled_in_and_read_back(admin: FlaskClient, town: MadeUnit) -> None:
    book = load_workbook(io.BytesIO(admin.get("/tasks/import/template.xlsx").data))
    listed = [[cell.value for cell in row] for row in book["Danh sách đơn vị"].iter_rows()]
    assert ["09541", "Phường Lê Lợi", "Thị xã Sơn Tây"] in listed
    book.worksheets[0].append([GOOD.get(column) for column in Column])
    content = io.BytesIO()
    book.save(content)
    assert "1 dòng đúng" in read(admin, content.getvalue(), town)[1]


def test_many_rows_cost_no_more_statements_than_few(app: Flask, admin: FlaskClient, town: MadeUnit) -> None:
    def statements(number: int) -> int:
        counted: list[str] = []
        content = register(*({**GOOD, Column.REMEDY: f"Việc {number} {each}"} for each in range(number)))
        url, page = read(admin, content, town)
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
        assert take_over(admin, url, page).status_code == 303
        return len(counted)

    few = statements(2)
    assert statements(120) <= few + 2
    with app.app_context():
        assert db.session.query(TaskEvent).filter_by(action="import").count() == 122
