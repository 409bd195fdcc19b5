"""Signing an issued PDF: PAdES (ETSI EN 319 142-1), with the visible signature where the decree puts it.

`DocumentSigner` is what issuing needs of a signature; a PKCS#12 file serves today, a token or a remote service is one
more class. Keys are never in the database.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.sign import signers
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.stamp import StaticStampStyle

from app.documents.official import DocumentKind, Official
from app.documents.pdf import Look, drawn_stamp
from app.documents.reading import MM, measure
from app.domain.calendar import VIET_NAM
from app.domain.errors import Invalid

FIELD, AGENCY_FIELD = "NguoiKy", "CoQuan"
_GAP_MM = 19.0  # between the signer's title and name, where a hand signs and the stamp stands
_WIDTH_MM = 62.0
_PICTURE_MM = 50.0  # the widest a signature's picture is drawn
_WORDS_MM, _LINE_MM = 56.0, 3.6
_WHOLE_BOX = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, Margins())  # at its true size
_CORNER_MM = (112.0, 7.0, 192.0, 17.0)  # from the left and from the top: above the first line, at the right margin
BLACK, BLUE, RED = "#000000", "#00308f", "#c4161c"


class DocumentSigner(Protocol):
    """Who signs: a file today, a token or a remote service tomorrow."""

    @property
    def subject(self) -> str:
        """The common name of the certificate."""

    def signer(self) -> signers.Signer:
        """What pyHanko signs with."""

    def timestamper(self) -> TimeStamper | None:
        """An RFC 3161 time-stamp service, if the office has one."""


@dataclass(frozen=True)
class Pkcs12Signer:
    """A certificate and its key in a PKCS#12 file, opened for each signature and not kept.

    Raises Invalid("signing_key") if the file or its passphrase is wrong.
    """

    path: Path
    passphrase: Callable[[], bytes]
    timestamp_url: str = ""

    @property
    def subject(self) -> str:
        try:
            loaded = load_pkcs12(self.path.read_bytes(), self.passphrase())
        except (OSError, ValueError) as problem:
            raise Invalid("signing_key") from problem
        if loaded.cert is None:
            raise Invalid("signing_key")
        names = loaded.cert.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""

    def signer(self) -> signers.Signer:
        loaded: signers.SimpleSigner | None = signers.SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call]
            str(self.path), passphrase=self.passphrase()
        )
        if loaded is None:
            raise Invalid("signing_key")
        return loaded

    def timestamper(self) -> TimeStamper | None:
        return HTTPTimeStamper(self.timestamp_url) if self.timestamp_url else None


@dataclass(frozen=True)
class Stamp:
    """What the signer's visible signature shows between title and name: the picture of the handwritten signature
    (transparent PNG, blue), and, with `words` or for want of a picture, who signed and when."""

    at: datetime
    picture: bytes | None = None
    words: bool = False


@dataclass(frozen=True)
class Seal:
    """The agency's own signature, given after the signer's: both make an original (Decree 30/2020/NĐ-CP, article 5).

    `picture` is the seal (transparent PNG, red), `width_mm` its true width; without one, words stand in its place.
    """

    by: DocumentSigner
    picture: bytes | None = None
    width_mm: int = 36


def sign_pdf(document: Official, pdf: bytes, by: DocumentSigner, stamp: Stamp, seal: Seal | None = None) -> bytes:
    """Sign a document's PDF between the signer's title and name, and then for the agency, as incremental updates.

    PAdES B-T with a time-stamp service, else B-B. The first signature certifies the document: nothing but the
    agency's signature may follow in the field made for it, and after that nothing at all. Raises
    Invalid("signing_key") or Invalid("signing_failed").
    """
    if document.kind is DocumentKind.MINUTES:
        return _sign_minutes(document, pdf, by, stamp)
    page, (middle, top) = _place(document, pdf)
    words = _words(by, stamp.at) if stamp.words or not stamp.picture else ()
    room = _GAP_MM - (_LINE_MM * len(words) if words else 2)
    drawn = _fitted(stamp.picture, room) if stamp.picture else (_WORDS_MM, room)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    box = _points(middle - _WIDTH_MM / 2, top - _GAP_MM, middle + _WIDTH_MM / 2, top)
    field = SigFieldSpec(FIELD, on_page=page, box=box, readable_field_name="Người ký")
    look = Look(stamp.picture, *drawn, _WIDTH_MM, _GAP_MM, BLUE)
    rest = MDPPerm.NO_CHANGES
    if seal is not None:
        width, height = _size_of(seal)
        right = middle - drawn[0] / 2 + drawn[0] / 3  # a third of the signature is covered
        centre = top - (_GAP_MM if seal.picture else height) / 2
        over = _points(right - width, centre - height / 2, right, centre + height / 2)
        _leave_field(writer, page, over)
        rest = MDPPerm.FILL_FORMS
    meta = _meta(FIELD, document, by, certify=True, docmdp_permissions=rest)
    signed = _signed(writer, meta, by, look, words, field)
    if seal is None:
        return signed
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    meta = _meta(AGENCY_FIELD, document, seal.by, docmdp_permissions=MDPPerm.NO_CHANGES)
    look = Look(seal.picture, width, height, width, height, RED)
    return _signed(writer, meta, seal.by, look, () if seal.picture else _words(seal.by, stamp.at))


def _sign_minutes(document: Official, pdf: bytes, by: DocumentSigner, stamp: Stamp) -> bytes:
    """Sign what two parties signed by hand: in words at the top right of the first page, as appendix I has it for a
    signature that shows no picture (size 10, black, upright)."""
    left, top, right, bottom = _CORNER_MM
    field = SigFieldSpec(FIELD, on_page=0, box=_points(left, 297 - bottom, right, 297 - top))
    look = Look(None, 0, 0, right - left, bottom - top, BLACK, size=10, side="right")
    meta = _meta(FIELD, document, by, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    return _signed(IncrementalPdfFileWriter(BytesIO(pdf)), meta, by, look, _words(by, stamp.at), field)


def _meta(field: str, document: Official, by: DocumentSigner, **more: Any) -> signers.PdfSignatureMetadata:
    return signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=by.subject,
        location=document.place or None,
        reason=f"Ban hành {document.number_line}",
        **more,
    )


def _leave_field(writer: IncrementalPdfFileWriter, page: int, box: tuple[int, int, int, int]) -> None:
    """Make the field of the agency's signature before the signer certifies the document."""
    lock = FieldMDPSpec(FieldMDPAction.ALL)
    spec = SigFieldSpec(
        AGENCY_FIELD,
        on_page=page,
        box=box,
        readable_field_name="Cơ quan",
        field_mdp_spec=lock,
        doc_mdp_update_value=MDPPerm.NO_CHANGES,
    )
    append_signature_field(writer, spec)


def _signed(
    writer: IncrementalPdfFileWriter, meta: signers.PdfSignatureMetadata, by: DocumentSigner, look: Look,
    words: tuple[str, ...], field: SigFieldSpec | None = None,
) -> bytes:  # fmt: skip
    out = BytesIO()
    try:
        with drawn_stamp(look, words) as drawn:
            style = StaticStampStyle.from_pdf_file(
                str(drawn), border_width=0, background_opacity=1.0, background_layout=_WHOLE_BOX
            )
            signing = signers.PdfSigner(
                meta, by.signer(), timestamper=by.timestamper(), stamp_style=style, new_field_spec=field
            )
            # pyHanko starts an event loop, and a thread has room for one: a thread of its own is free for it.
            with ThreadPoolExecutor(max_workers=1) as own:
                own.submit(signing.sign_pdf, writer, output=out).result()
    except (ValueError, OSError) as problem:
        raise Invalid("signing_failed", problem=str(problem)[:200]) from problem
    return out.getvalue()


def _fitted(picture: bytes, room: float) -> tuple[float, float]:
    """How large a signature's picture is drawn between title and name, in millimetres: as large as fits."""
    width, height = pixels_of(picture)
    scale = min(_PICTURE_MM / width, room / height)
    return width * scale, height * scale


def _size_of(seal: Seal) -> tuple[float, float]:
    if seal.picture is None:
        return _WORDS_MM, 2 * _LINE_MM
    width, height = pixels_of(seal.picture)
    return float(seal.width_mm), seal.width_mm * height / width


def pixels_of(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels, as its first chunk says."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _points(*edges: float) -> tuple[int, int, int, int]:
    low_x, low_y, high_x, high_y = (round(edge * MM) for edge in edges)
    return low_x, low_y, high_x, high_y


def _place(document: Official, pdf: bytes) -> tuple[int, tuple[float, float]]:
    """The page (from 0), and in millimetres the middle of the last signer's title and how high its lower edge stands,
    found in the file itself."""
    measured = measure(pdf)
    last = document.signatures[-1]
    index = measured.find(last.titles[-1], after=len(measured.lines) // 2) or measured.find(last.titles[-1])
    if index is None:
        raise Invalid("signing_failed", problem="no place for the signature")
    title = measured.lines[index]
    return title.page - 1, ((title.left + title.right) / 2, 297 - title.bottom - 0.5)


def _words(by: DocumentSigner, at: datetime) -> tuple[str, ...]:
    """Who signed, and when: ISO 8601 with the zone of Viet Nam, as appendix I asks for signing times."""
    return f"Ký số: {by.subject}", f"Thời gian ký: {at.astimezone(VIET_NAM).isoformat(timespec='seconds')}"
