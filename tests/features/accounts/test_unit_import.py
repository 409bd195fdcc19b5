"""Importing units from a workbook: shown first, done once, and hostile files refused."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts import imports
from app.accounts.models import AccountChange, Unit
from app.domain.permissions import Role
from app.extensions import db
from app.web.workbooks import MOST_ROWS, Refused
from tests.factories import MadeUnit, client_of, csrf_token, make_unit, make_user

HEADER = ("scheme", "code", "kind", "name_vi", "parent_scheme", "parent_code", "valid_from", "valid_to")


def workbook(rows: Sequence[tuple[Any, ...]], header: tuple[str, ...] = HEADER) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def upload(client: FlaskClient, content: bytes, name: str = "đơn vị.xlsx") -> TestResponse:
    fields = {"csrf_token": csrf_token(client, "/units/import"), "file": (io.BytesIO(content), name)}
    return client.post("/units/import", data=fields, content_type="multipart/form-data")


def units(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Unit)) or 0


def confirm(client: FlaskClient, address: str, **changed: str) -> TestResponse:
    page = client.get(address).get_data(as_text=True)
    digest = re.search(r'name="digest" value="(\w{64})"', page)
    fields = {"csrf_token": csrf_token(client, "/profile"), "digest": digest.group(1) if digest else "0" * 64}
    return client.post(address, data={**fields, **changed})


@pytest.fixture
def province(app_on_each: Flask) -> MadeUnit:
    return make_unit(app_on_each, "Tỉnh Thử", kind="province", scheme="s", code="01")


@pytest.fixture
def client(app_on_each: Flask, province: MadeUnit) -> FlaskClient:
    return client_of(app_on_each, make_user(app_on_each, "quan.tri", Role.ADMINISTRATOR, province))


def test_rows_are_shown_before_anything_is_written_and_then_done_once(
    app_on_each: Flask, client: FlaskClient, province: MadeUnit
) -> None:
    known = make_unit(app_on_each, "Phường Cũ", parent=province, scheme="s", code="00001")
    make_unit(app_on_each, "Tỉnh Khác", kind="province", scheme="s", code="02")
    before = units(app_on_each)
    shown = upload(
        client,
        workbook(
            [
                ("s", "00003", "ward", "Phường Con", "s", "100", "2025-07-01", ""),  # its parent comes two rows below
                ("s", "00001", "ward", "Phường Cũ Đổi Tên", "s", "01", "", "2025-06-30"),
                ("s", "100", "district", "Huyện Mới", "s", "01", "", ""),
                ("s", 7, "ward", "Phường Số", "s", "01", "", ""),
                ("s", "00008", "xóm", "Xóm", "s", "01", "", ""),
                ("s", "00009", "ward", "Phường Ngoài", "s", "02", "", ""),
                ("s", "00010", "ward", "Phường Mồ Côi", "s", "999", "", ""),
                ("s", "00011", "province", "Tỉnh Trong Tỉnh", "s", "01", "", ""),
                ("s", "12", "province", "Tỉnh Gốc", "", "", "", ""),
                ("s", "00013", "ward", "Phường Ngược", "s", "01", "2025-07-01", "2025-06-30"),
                ("s", "00003", "ward", "Phường Trùng", "s", "100", "", ""),
                ("s", "00014", "ward", "=1+1", "s", "01", "31/12/2025", ""),
                ("s", "00015", "ward", "", "s", "", "", ""),
            ]
        ),
    )
    assert shown.status_code == 303
    page = client.get(shown.location).get_data(as_text=True)
    assert "2 mới" in page
    assert "1 thay đổi" in page
    assert "10 bị từ chối" in page
    assert "Tên: <del>Phường Cũ</del> → <strong>Phường Cũ Đổi Tên</strong>" in page
    for reason in (
        "đã bỏ các số 0",
        "“xóm” không có",
        "ngoài phạm vi",
        "Không tìm thấy đơn vị cấp trên",
        "không thể nằm dưới",
        "Thiếu đơn vị cấp trên",
        "Ngày hết hiệu lực trước",
        "Trùng với dòng 2",
        "Thiếu cột name_vi",
    ):
        assert reason in page, reason
    assert units(app_on_each) == before
    assert confirm(client, shown.location).status_code == 303
    assert units(app_on_each) == before + 2
    with app_on_each.app_context():
        child = db.session.scalars(select(Unit).where(Unit.code == "00003")).one()
        parent = db.session.scalars(select(Unit).where(Unit.code == "100")).one()
        assert child.path == f"{province.path}{parent.id}/{child.id}/"
        assert db.session.get_one(Unit, known.id).name == "Phường Cũ Đổi Tên"
        told = db.session.scalars(select(AccountChange.detail).where(AccountChange.subject == f"unit/{known.id}")).one()
        assert told.startswith("Tên: “Phường Cũ” → “Phường Cũ Đổi Tên”; Hiệu lực đến: “trống” → “2025-06-30”")
    assert confirm(client, shown.location).status_code == 409, "a second click does nothing"
    assert units(app_on_each) == before + 2


def test_a_confirmation_means_what_was_shown(app_on_each: Flask, client: FlaskClient, province: MadeUnit) -> None:
    shown = upload(client, workbook([("s", "00001", "ward", "Phường Một", "s", "01", "", "")]))
    page_digest = re.search(r'value="(\w{64})"', client.get(shown.location).get_data(as_text=True))
    assert page_digest
    make_unit(app_on_each, "Phường Chen Ngang", parent=province, scheme="s", code="00001")
    late = confirm(client, shown.location, digest=page_digest.group(1))
    assert late.status_code == 409
    assert "đã thay đổi sau khi bạn xem trước" in late.get_data(as_text=True)
    assert confirm(client, shown.location).status_code == 303, "looked at again, it may be confirmed"


def test_the_same_file_again_changes_nothing(app_on_each: Flask, client: FlaskClient) -> None:
    content = workbook([("s", "00001", "ward", "Phường Một", "s", "01", "2025-07-01", "")])
    confirm(client, upload(client, content).location)
    assert "1 giữ nguyên" in client.get(upload(client, content).location).get_data(as_text=True)


def test_the_template_can_be_filled_in_and_read_back(client: FlaskClient) -> None:
    from openpyxl import load_workbook

    template = client.get("/units/import/template.xlsx")
    assert template.status_code == 200
    book = load_workbook(io.BytesIO(template.data))
    book.worksheets[0].append(("s", "00001", "ward", "Phường Một", "s", "01", "2025-07-01", ""))
    content = io.BytesIO()
    book.save(content)
    assert "1 mới" in client.get(upload(client, content.getvalue()).location).get_data(as_text=True)


def packed(entries: dict[str, bytes], base: bytes | None = None) -> bytes:
    """A zip with these entries over those of an honest workbook."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or workbook([]))) as honest,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in honest.namelist():
            if name not in entries:
                archive.writestr(name, honest.read(name))
        for name, data in entries.items():
            archive.writestr(name, data)
    return content.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">'.encode() for n in range(1, 9))
    + b"]><worksheet>&a8;</worksheet>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><worksheet>&f;</worksheet>'

HOSTILE = {
    "not a zip": (b"PK\x03\x04 no", "not_a_workbook"),
    "empty": (b"", "not_a_workbook"),
    "a text": ("đây không phải bảng tính".encode(), "not_a_workbook"),
    "a zip of something else": (packed({"[Content_Types].xml": b"x"})[:-30], "not_a_workbook"),
    "too many entries": (packed({f"xl/x{n}.xml": b"x" for n in range(201)}), "workbook_too_heavy"),
    "unpacks to too much": (packed({"xl/media/a": bytes(60 * 1024 * 1024)}), "workbook_too_heavy"),
    "packed a thousand times": (packed({"xl/media/a": bytes(8 * 1024 * 1024)}), "workbook_too_heavy"),
    "macros": (packed({"xl/vbaProject.bin": b"x"}), "workbook_with_macros"),
    "old macros": (packed({"xl/macrosheets/sheet1.xml": b"x"}), "workbook_with_macros"),
    "entities that grow": (packed({SHEET: BOMB}), "not_a_workbook"),
    "an entity of the machine": (packed({SHEET: OUTSIDE}), "not_a_workbook"),
    "broken xml": (packed({SHEET: b"<worksheet><sheetData>"}), "not_a_workbook"),
    "no header": (workbook([], ("mã", "tên")), "workbook_columns"),
    "nothing at all": (workbook([], ()), "workbook_columns"),
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_and_broken_files_are_refused(kind: str) -> None:
    content, code = HOSTILE[kind]
    with pytest.raises(Refused) as refused:
        imports.read_workbook(content)
    assert refused.value.code == code


def test_a_workbook_of_more_than_ten_thousand_rows_is_refused() -> None:
    short = workbook([("s", "1", "ward", "x", "", "", "", "")])
    assert len(imports.read_workbook(with_rows(short, MOST_ROWS))) == MOST_ROWS
    with pytest.raises(Refused, match="workbook_too_long"):
        imports.read_workbook(with_rows(short, MOST_ROWS + 1))


def with_rows(content: bytes, rows: int) -> bytes:
    """The same workbook with its last row so many times; openpyxl would take seconds to write them."""
    book = zipfile.ZipFile(io.BytesIO(content))
    parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    row = re.search(r'<row r="2".*?</row>', sheet)
    assert row
    written = (re.sub(r'r="([A-Z]*)2"', rf'r="\g<1>{n}"', row.group()) for n in range(2, rows + 2))
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(row.group(), "".join(written)).encode()
    long = io.BytesIO()
    with zipfile.ZipFile(long, "w", zipfile.ZIP_DEFLATED) as out:
        for name, part in parts.items():
            out.writestr(name, part)
    return long.getvalue()


def test_the_page_says_so_in_vietnamese_and_nothing_is_kept(app: Flask) -> None:
    client = client_of(app, make_user(app, "quan.tri", Role.ADMINISTRATOR, make_unit(app)))
    reply = upload(client, HOSTILE["macros"][0])
    assert reply.status_code == 422
    assert "macro" in reply.get_data(as_text=True)
    assert "Không có dữ liệu nào bị thay đổi" in reply.get_data(as_text=True)
    assert upload(client, b"", name="").status_code == 422


def test_an_import_is_its_owners_alone(app: Flask) -> None:
    unit = make_unit(app, scheme="s", code="01", kind="province")
    mine = client_of(app, make_user(app, "mot", Role.ADMINISTRATOR, unit))
    other = client_of(app, make_user(app, "hai", Role.ADMINISTRATOR, unit))
    address = upload(mine, workbook([("s", "00001", "ward", "Phường Một", "s", "01", "", "")])).location
    assert other.get(address).status_code == 404
    assert confirm(other, address).status_code == 404
