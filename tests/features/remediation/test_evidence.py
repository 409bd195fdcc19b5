"""Files handed in with reports: told by their bytes, hostile ones refused in words, editions told apart by hash."""

import io
import zipfile

import pytest
from docx import Document

from app.domain.errors import Invalid
from app.extensions import db
from app.remediation import blobs
from app.remediation.models import TaskEvidence
from tests.features.accounts.test_unit_import import HOSTILE, packed, workbook
from tests.features.findings.wards import Ward, picture
from tests.features.remediation.test_deadlines import ward
from tests.features.remediation.test_tasks import PDF, act, address, report

__all__ = ["ward"]


def document() -> bytes:
    content = io.BytesIO()
    paper = Document()
    paper.add_paragraph("Báo cáo khắc phục")
    paper.save(content)
    return content.getvalue()


def zipped(name: str, content: bytes = b"x") -> bytes:
    packed_into = io.BytesIO()
    with zipfile.ZipFile(packed_into, "w") as archive:
        archive.writestr(name, content)
    return packed_into.getvalue()


TYPES = b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, blobs.PDF),
        (document(), blobs.DOCX),
        (workbook([]), blobs.XLSX),
        (packed({"xl/printerSettings/printerSettings1.bin": b"x"}), blobs.XLSX),  # what Excel leaves after printing
        (picture(), "image/jpeg"),
    ],
)
def test_a_file_is_what_its_bytes_are(content: bytes, kind: str) -> None:
    assert blobs.kind_of(content) == kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "file_heic"),
        (b"\x00\x00\x00\x18ftypmif1" + bytes(50), "file_heic"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(50), "file_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "file_old_office"),
        (packed({"word/vbaProject.bin": b"x"}, document()), "file_macros"),
        (packed({"[Content_Types].xml": TYPES}, document()), "file_macros"),  # .docm whose macros hide elsewhere
        (packed({"word/embeddings/oleObject1.bin": b"x"}, document()), "file_macros"),
        (packed({"word/media/a": bytes(8 * 1024 * 1024)}, document()), "file_odd"),
        (packed({f"word/x{n}.xml": b"x" for n in range(201)}, document()), "file_odd"),
        (HOSTILE["not a zip"][0], "file_type"),
        (document()[:-40], "file_type"),
        (zipped("virus.exe"), "file_type"),
        (zipped("[Content_Types].xml"), "file_type"),
        (b"MZ" + bytes(50), "file_type"),
    ],
)
def test_what_is_not_taken_is_told_apart(content: bytes, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        blobs.kind_of(content)


def test_a_name_ends_as_the_bytes_do() -> None:
    assert blobs.named("Báo cáo.DOCX", blobs.DOCX) == "Báo cáo.DOCX"
    assert blobs.named("anh.jpeg", "image/jpeg") == "anh.jpeg"
    assert blobs.named("hoa-don.exe", blobs.PDF) == "hoa-don.exe.pdf"


def test_editions_of_a_document_are_told_apart_by_their_hashes(ward: Ward) -> None:
    url, officer, lead = address(ward), ward.browser(ward.officer), ward.browser(ward.lead)
    first, second = document(), packed({"word/extra.xml": b"<a/>"}, document())
    assert report(officer, url, a=(first, "bao-cao.docx"), b=(PDF, "phieu.pdf")).status_code == 303
    act(lead, url, "return", reason="Thiếu số liệu")
    sheet_file = (workbook([]), "so lieu.zip")
    again = report(officer, url, "Đã bổ sung", a=(second, "bao-cao.docx"), b=(PDF, "phieu.pdf"), c=sheet_file)
    assert again.status_code == 303
    page = lead.get(f"{url}/history").get_data(as_text=True)
    assert "bản 2" in page
    assert "đã nộp lần trước" in page
    with ward.app.app_context():
        rows = db.session.query(TaskEvidence).all()
        sheet = next(each for each in rows if each.mime == blobs.XLSX)
        assert sheet.filename == "so lieu.zip.xlsx"
        assert all(each.sha256 in page for each in rows)
    reply = officer.get(f"{url}/evidence/{sheet.id}")
    assert blobs.kind_of(reply.data) == blobs.XLSX
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert officer.get(f"{url}/evidence/{sheet.id}/preview").status_code == 404
