"""Signing an issued PDF: PAdES (ETSI EN 319 142-1), with the visible signature where the decree puts it.

`DocumentSigner` is what issuing needs of a signature; a PKCS#12 file serves today, a token or a remote service is one
more class. The signing certificate belongs to the office; its key is never in the database.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.stamp import StaticStampStyle

from app.documents.official import Official
from app.documents.pdf import drawn_stamp
from app.documents.reading import MM, measure
from app.domain.calendar import VIET_NAM
from app.domain.errors import Invalid

FIELD = "NguoiKy"
_GAP_MM = 19.0  # between the signer's title and name, where a hand signs and the stamp stands
_WIDTH_MM = 62.0


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
    """What the visible signature shows: the signature's picture (transparent PNG, blue), and the words under it."""

    at: datetime
    picture: bytes | None = None


def sign_pdf(document: Official, pdf: bytes, by: DocumentSigner, stamp: Stamp) -> bytes:
    """Sign a document's PDF between the signer's title and name, as an incremental update.

    PAdES B-T with a time-stamp service, else B-B. Raises Invalid("signing_key") or Invalid("signing_failed").
    """
    page, box = _place(document, pdf)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    field = SigFieldSpec(FIELD, on_page=page, box=box, readable_field_name="Người ký")
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=by.subject,
        location=document.place or None,
        reason=f"Ban hành {document.number_line}",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    out = BytesIO()
    try:
        with drawn_stamp(by.subject, _moment(stamp.at), stamp.picture) as drawn:
            style = StaticStampStyle.from_pdf_file(str(drawn), border_width=0, background_opacity=1.0)
            signing = signers.PdfSigner(
                meta, by.signer(), timestamper=by.timestamper(), stamp_style=style, new_field_spec=field
            )
            # pyHanko starts an event loop, and a thread has room for one: a thread of its own is free for it.
            with ThreadPoolExecutor(max_workers=1) as own:
                own.submit(signing.sign_pdf, writer, output=out).result()
    except (ValueError, OSError) as problem:
        raise Invalid("signing_failed", problem=str(problem)[:200]) from problem
    return out.getvalue()


def _place(document: Official, pdf: bytes) -> tuple[int, tuple[int, int, int, int]]:
    """The page (from 0) and the box in points between the last signer's title and name, found in the file itself."""
    measured = measure(pdf)
    last = document.signatures[-1]
    index = measured.find(last.titles[-1], after=len(measured.lines) // 2) or measured.find(last.titles[-1])
    if index is None:
        raise Invalid("signing_failed", problem="no place for the signature")
    title = measured.lines[index]
    middle, top = (title.left + title.right) / 2, 297 - title.bottom
    left, right = middle - _WIDTH_MM / 2, middle + _WIDTH_MM / 2
    edges = (left, top - _GAP_MM - 0.5, right, top - 0.5)
    low_x, low_y, high_x, high_y = (round(edge * MM) for edge in edges)
    return title.page - 1, (low_x, low_y, high_x, high_y)


def _moment(at: datetime) -> str:
    """ISO 8601 with the zone of Viet Nam, as appendix I asks for signing times."""
    return at.astimezone(VIET_NAM).isoformat(timespec="seconds")
