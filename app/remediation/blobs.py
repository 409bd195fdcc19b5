"""Files of ward reports: judged, then kept by task and SHA-256 under the data folder, never under a user's name.

`<sha256>` are the bytes as handed in; `<sha256>.jpg` is the view made of a photo, drawn anew without its metadata by
the same limited process that judges the evidence of visits.
"""

import hashlib
import tempfile
from pathlib import Path

from app.domain.errors import Invalid
from app.sync import images
from app.sync.blobs import keep, seal
from app.web import workbooks

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
}
_PICTURES = (("image/jpeg", b"\xff\xd8\xff"), ("image/png", b"\x89PNG\r\n\x1a\n"), ("image/webp", b"RIFF"))
_PACKAGES = ((workbooks.DOCUMENT, DOCX), (workbooks.WORKBOOK, XLSX))
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc and .xls, and any office file behind a password
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def kind_of(content: bytes) -> str:
    """Say what the bytes are by themselves, whatever the file is called.

    Raises `Invalid`: "file_heic", "file_old_office", "file_macros", "file_odd" (an office file packed as none is), and
    "file_type" for anything else.
    """
    if content.startswith(b"%PDF-"):
        return PDF
    for mime, magic in _PICTURES:
        if content.startswith(magic):
            return mime
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Invalid("file_heic")
    if content.startswith(_OLD_OFFICE):
        raise Invalid("file_old_office")
    if content.startswith(b"PK\x03\x04"):
        return _package(content)
    raise Invalid("file_type")


def _package(content: bytes) -> str:
    try:
        parts = workbooks.parts_of(content)
    except workbooks.Refused as refused:
        codes = {"workbook_with_macros": "file_macros", "workbook_too_heavy": "file_odd"}
        raise Invalid(codes.get(refused.code, "file_type")) from None
    for part, mime in _PACKAGES:
        if part in parts:
            return mime
    raise Invalid("file_type")


def named(filename: str, mime: str) -> str:
    """The user's name for a file, made to end as its bytes do: what is saved opens as what it is."""
    endings = ENDINGS[mime]
    return filename if filename.lower().endswith(endings) else filename[:190] + endings[0]


def put(data_dir: Path, task_id: str, content: bytes, mime: str) -> str:
    """Store the bytes durably and return their SHA-256; the same bytes of a task are stored once.

    A photo is decoded first. Raises `Invalid("file_type")` for one that is damaged, too large or not what it says.
    """
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(data_dir, task_id, digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".incoming-") as folder:
        source, view = Path(folder) / "source", Path(folder) / "view.jpg"
        source.write_bytes(content)
        if mime in images.FORMATS:
            try:
                images.examine(source, mime, {images.VIEW: view})
            except images.RefusedImage:
                raise Invalid("file_type") from None
            keep(view, view_of(data_dir, task_id, digest))
        seal(source, target)
    return digest


def path_of(data_dir: Path, task_id: str, sha256: str) -> Path:
    """Where a task's file stands; both parts are ids of our own, so no path can be smuggled in."""
    return data_dir / "task_evidence" / task_id / sha256


def view_of(data_dir: Path, task_id: str, sha256: str) -> Path:
    """Where the view of a photo stands."""
    return data_dir / "task_evidence" / task_id / f"{sha256}.jpg"
