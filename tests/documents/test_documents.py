"""Produced files, read back by strangers: poppler for PDF, python-docx for Word, pyHanko and pdfsig for signatures."""

import asyncio
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from docx import Document
from PIL import Image, ImageChops
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from app.documents.docx import TEMPLATES, render_docx
from app.documents.layout import problems
from app.documents.official import Chart, DocumentKind, Official, Photo, Photos
from app.documents.pdf import render_pdf
from app.documents.signing import Pkcs12Signer, Seal, Stamp, sign_pdf
from app.domain.errors import Invalid
from tests.documents.certificates import handwriting, make_pkcs12, seal
from tests.documents.samples import ALL, NOTICE, docx_of, pdf_of

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def squeezed(text: str) -> str:
    return "".join(text.split())


def text_of_pdf(pdf: bytes) -> str:
    """The words of a PDF in the order they were set, by poppler."""
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return told.stdout.decode()


def text_of_docx(docx: bytes) -> str:
    """The words of a Word file, tables and headers of the page included."""
    document = Document(BytesIO(docx))
    return "\n".join(element.text or "" for element in document.element.body.iter() if element.tag.endswith("}t"))


@pytest.mark.parametrize("kind", sorted(ALL))
def test_pdf_and_docx_carry_the_same_text(kind: str) -> None:
    paper = ALL[kind]
    docx = squeezed(text_of_docx(docx_of(kind)))
    pdf = squeezed(text_of_pdf(pdf_of(kind)))
    for text in paper.texts():
        assert squeezed(text) in docx, text
        if len(text) < 60:  # a longer one may be cut by a page, with a number between; the checker looks at those
            assert squeezed(text) in pdf, text


@pytest.mark.parametrize("kind", sorted(ALL))
def test_word_shows_every_picture_and_says_what_is_in_it(kind: str) -> None:
    paper = ALL[kind]
    parts = [*paper.body, *(part for annex in paper.annexes for part in annex.body)]
    told = [part.description for part in parts if isinstance(part, Chart)]
    told += [photo.caption for part in parts if isinstance(part, Photos) for photo in part.photos]
    shown = Document(BytesIO(docx_of(kind))).inline_shapes
    assert sorted(shape._inline.docPr.get("descr") for shape in shown) == sorted(told)


def test_every_kind_of_document_is_among_the_samples() -> None:
    assert {paper.kind for paper in ALL.values()} == set(DocumentKind)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render_pdf(NOTICE) == pdf_of("notice")


def test_a_long_hash_is_read_back_whole_and_leaves_no_mark_in_other_words() -> None:
    """A zero-width space between the letters of a hash came out of every word that shared a letter with it."""
    value = "4" * 40 + "70b5f0a1c2d3e6f889ab0cde"
    told = text_of_pdf(render_pdf(replace(NOTICE, provenance=(("Nhật ký", f"n = 16, {value}"),))))
    assert "\u200b" not in told
    assert value in squeezed(told)


def test_photos_of_earlier_documents_are_not_kept_in_memory() -> None:
    """Typst kept the pixels of the last ten documents, 60 MiB each."""

    def photo(shade: int) -> Photo:
        out = BytesIO()
        Image.new("RGB", (3000, 2000), (shade, shade, shade)).save(out, "JPEG")
        return Photo(out.getvalue(), f"Ảnh {shade}")

    def resident_mib() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20

    grown = []
    for number in range(6):
        photos = Photos(tuple(photo(number * 4 + each) for each in range(4)))
        render_pdf(replace(NOTICE, annexes=(), body=(photos,)))
        grown.append(resident_mib())
    assert grown[-1] - grown[0] < 160, f"{grown} MiB; the pixels of five documents are 343 MiB"


def test_every_font_is_embedded_and_ours() -> None:
    listed = subprocess.run(["pdffonts", "-"], input=pdf_of("notice"), capture_output=True, check=True).stdout.decode()
    rows = listed.splitlines()[2:]
    assert rows
    assert all("LiberationSerif" in row and " yes yes yes " in row for row in rows)


def test_what_it_rests_on_travels_inside() -> None:
    pdf = render_pdf(replace(NOTICE, facts='{"log":{"n":412}}'))
    with TemporaryDirectory() as folder:
        (Path(folder) / "n.pdf").write_bytes(pdf)
        subprocess.run(["pdfdetach", "-saveall", "-o", folder, f"{folder}/n.pdf"], check=True, capture_output=True)
        assert (Path(folder) / "facts.json").read_text() == '{"log":{"n":412}}'


# --- Word templates of an office -----------------------------------------------------------------------------------


def office_template(folder: Path, old: str, new: str) -> Path:
    """The shipped template with one text changed, as an office would change it in Word."""
    target = folder / "notice.docx"
    with ZipFile(TEMPLATES / "notice.docx") as source, ZipFile(target, "w") as changed:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            changed.writestr(name, content)
    return folder


def test_an_office_replaces_the_template(tmp_path: Path) -> None:
    folder = office_template(tmp_path, "Nơi nhận:", "Kính gửi các nơi:")
    assert "Kính gửi các nơi:" in text_of_docx(render_docx(NOTICE, folder))
    assert "Nơi nhận:" in text_of_docx(docx_of("notice"))


@pytest.mark.parametrize(
    "tag", ["{{ nobody.knows.this }}", "{{ title.__class__.__mro__[1].__subclasses__() }}", "{{ title | }}"]
)
def test_a_template_reaches_nothing_but_the_text(tag: str, tmp_path: Path) -> None:
    folder = office_template(tmp_path, "{{ title }}", tag)
    with pytest.raises(Invalid, match="document_template"):
        render_docx(NOTICE, folder)


# --- signatures ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A PKCS#12 file with its passphrase `thu`, and the certificate as PEM."""
    path = tmp_path_factory.mktemp("keys") / "office.p12"
    return path, make_pkcs12(path, "UBND thị xã (thử)")


@pytest.fixture(scope="module")
def signed(certificate: tuple[Path, bytes]) -> bytes:
    return sign_pdf(NOTICE, pdf_of("notice"), Pkcs12Signer(certificate[0], lambda: b"thu"), Stamp(NOW))


def test_two_validators_accept_the_signature(signed: bytes, certificate: tuple[Path, bytes], tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_bytes(certificate[1])
    root = load_cert_from_pemder(str(tmp_path / "c.pem"))  # type: ignore[no-untyped-call]
    [embedded] = PdfFileReader(BytesIO(signed)).embedded_signatures
    with ThreadPoolExecutor(max_workers=1) as own:  # a browser of an earlier test may have left this thread a loop
        status = own.submit(validate_pdf_signature, embedded, ValidationContext(trust_roots=[root])).result()
    assert status.intact
    assert status.valid
    assert status.trusted
    (tmp_path / "s.pdf").write_bytes(signed)
    told = subprocess.run([shutil.which("pdfsig") or "pdfsig", tmp_path / "s.pdf"], capture_output=True).stdout.decode()
    assert "Signature is Valid." in told
    assert "ETSI.CAdES.detached" in told
    assert "Total document signed" in told


def test_the_agency_signs_after_the_signer_and_both_are_accepted_by_two_validators(
    certificate: tuple[Path, bytes], tmp_path: Path
) -> None:
    (tmp_path / "1.pem").write_bytes(make_pkcs12(tmp_path / "signer.p12", "Cán bộ B (thử)"))
    (tmp_path / "2.pem").write_bytes(certificate[1])
    signer, agency = (Pkcs12Signer(path, lambda: b"thu") for path in (tmp_path / "signer.p12", certificate[0]))
    pdf = sign_pdf(NOTICE, render_pdf(NOTICE), signer, Stamp(NOW, handwriting()), Seal(agency, seal(), 36))
    roots = [load_cert_from_pemder(str(tmp_path / name)) for name in ("1.pem", "2.pem")]  # type: ignore[no-untyped-call]
    found = {each.field_name: each for each in PdfFileReader(BytesIO(pdf)).embedded_signatures}
    assert list(found) == ["NguoiKy", "CoQuan"]
    with ThreadPoolExecutor(max_workers=1) as own:
        for each in found.values():
            status = own.submit(validate_pdf_signature, each, ValidationContext(trust_roots=roots)).result()
            assert (status.intact, status.valid, status.trusted, status.docmdp_ok) == (True, True, True, True)
            assert status.bottom_line
        last = status.coverage
    assert last is SignatureCoverageLevel.ENTIRE_FILE
    (tmp_path / "s.pdf").write_bytes(pdf)
    told = subprocess.run([shutil.which("pdfsig") or "pdfsig", tmp_path / "s.pdf"], capture_output=True).stdout.decode()
    assert told.count("Signature is Valid.") == 2
    assert "Cán bộ B (thử)" in told
    assert problems(NOTICE, pdf) == ()
    (left, right), (hand_left, hand_right) = drawn_in(pdf, "red"), drawn_in(pdf, "blue")
    assert 34.5 < right - left < 36.5  # true size
    assert abs(right - (hand_left + (hand_right - hand_left) / 3)) < 1.5  # a third of the signature is covered
    with pytest.raises(Invalid, match="signing_failed"):  # nothing may follow the agency's signature
        sign_pdf(NOTICE, pdf, signer, Stamp(NOW))


def drawn_in(pdf: bytes, colour: str) -> tuple[float, float]:
    """From where to where something is red or blue on the page that is signed, in millimetres."""
    command = ["pdftoppm", "-r", "72", "-f", "2", "-l", "2", "-png", "-"]
    page = Image.open(BytesIO(subprocess.run(command, input=pdf, capture_output=True, check=True).stdout))
    red, _, blue = page.convert("RGB").split()
    more, less = (red, blue) if colour == "red" else (blue, red)
    box = ImageChops.subtract(more, less).point(lambda value: 255 if value > 90 else 0).getbbox()
    assert box is not None
    return box[0] * 25.4 / 72, box[2] * 25.4 / 72


def test_signing_does_not_mind_a_loop_that_runs_already(certificate: tuple[Path, bytes]) -> None:
    async def sign() -> bytes:
        return sign_pdf(NOTICE, pdf_of("notice"), Pkcs12Signer(certificate[0], lambda: b"thu"), Stamp(NOW))

    with ThreadPoolExecutor(max_workers=1) as own:
        assert own.submit(asyncio.run, sign()).result().startswith(b"%PDF")


def test_one_flipped_byte_is_noticed(signed: bytes, tmp_path: Path) -> None:
    place = signed.index(b"/MediaBox")
    (tmp_path / "s.pdf").write_bytes(signed[: place + 12] + bytes([signed[place + 12] ^ 1]) + signed[place + 13 :])
    told = subprocess.run([shutil.which("pdfsig") or "pdfsig", tmp_path / "s.pdf"], capture_output=True).stdout.decode()
    assert "Signature is Valid." not in told


def test_a_signed_document_still_has_its_layout(signed: bytes) -> None:
    assert problems(NOTICE, signed) == ()


def test_a_wrong_passphrase_signs_nothing(certificate: tuple[Path, bytes]) -> None:
    with pytest.raises(Invalid, match="signing_key"):
        sign_pdf(NOTICE, pdf_of("notice"), Pkcs12Signer(certificate[0], lambda: b"sai"), Stamp(NOW))


def test_minutes_have_no_place_and_date_on_top() -> None:
    paper: Official = ALL["minutes"]
    assert paper.place_line == ""
    assert "Sơn Tây, ngày" not in text_of_pdf(pdf_of("minutes"))
