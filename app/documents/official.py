"""An official document as a value: what stands in the boxes of Decree 30/2020/NĐ-CP, appendix I, and the body between.

One value is rendered as PDF (`pdf.py`), as DOCX (`docx.py`) and measured (`layout.py`); all three read the same
texts from here, so they cannot say different things. Nothing here computes; callers bring composed text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from app.domain.notice import long_date


class DocumentKind(StrEnum):
    """Kinds with their abbreviation (appendix III); a letter (công văn) has none."""

    MINUTES = "minutes"
    REPORT = "report"
    NOTICE = "notice"
    DEMAND = "demand"
    SUMMARY = "summary"
    CORRECTION = "correction"


TITLES = {
    DocumentKind.MINUTES: "BIÊN BẢN",
    DocumentKind.REPORT: "BÁO CÁO",
    DocumentKind.NOTICE: "THÔNG BÁO",
    DocumentKind.DEMAND: "",  # a letter: its subject stands under the number (box 5b)
    DocumentKind.SUMMARY: "BÁO CÁO",
    DocumentKind.CORRECTION: "",
}
LETTERS = frozenset({DocumentKind.DEMAND, DocumentKind.CORRECTION})
NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


class Style(StrEnum):
    HEADING = "heading"  # I. caps, bold
    GROUP = "group"  # titled sub-heading, bold
    PARAGRAPH = "paragraph"
    NUMBERED = "numbered"  # 1. …
    BULLET = "bullet"  # - …
    NOTE = "note"  # italic: what the unit says of a finding


@dataclass(frozen=True)
class Line:
    """One paragraph; `sources` are the cells, photos and findings it was worked out from."""

    style: Style
    text: str
    number: str = ""
    sources: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """The paragraph as it is read, with its number or dash."""
        if self.style is Style.BULLET:
            return f"- {self.text}"
        if not self.number:
            return self.text
        text = self.text.upper() if self.style is Style.HEADING else self.text
        return f"{self.number}. {text}"


@dataclass(frozen=True)
class Table:
    """A table; `widths` are shares of the line, `numeric` the columns set flush right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    caption: str = ""
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True)
class Photo:
    """A photo of the evidence: JPEG bytes and what is written under it."""

    jpeg: bytes
    caption: str


@dataclass(frozen=True)
class Photos:
    photos: tuple[Photo, ...]


@dataclass(frozen=True)
class Chart:
    """A drawing (`charts.py`): its SVG, what is written under it, and what it says for who cannot see it.

    Every figure it shows stands in a table or sentence of the same document too: Word gets a picture of it.
    """

    caption: str
    description: str
    svg: str


Part = Line | Table | Photos | Chart


@dataclass(frozen=True)
class Signature:
    """A signature block: capacity and title in capitals, a drawn signature if there is one, the name.

    `strokes` is an SVG path on a sheet of 1000 × 400, as the phone draws it; `note` stands where nobody signed.
    """

    titles: tuple[str, ...]
    name: str
    strokes: str = ""
    note: str = ""


@dataclass(frozen=True)
class Annex:
    """An annex, numbered in Roman if there are several; its pages are numbered on their own."""

    title: str
    body: tuple[Part, ...]


@dataclass(frozen=True)
class Official:
    """A document. `number` and `dated` are empty in a draft; minutes have no place and date on top (form 1.9)."""

    kind: DocumentKind
    agency: str
    subject: str
    body: tuple[Part, ...]
    signatures: tuple[Signature, ...]
    parent_agency: str = ""
    symbol: str = ""
    number: int | None = None
    place: str = ""
    dated: date | None = None
    addressed_to: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    annexes: tuple[Annex, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    verify_url: str = ""
    facts: str = ""  # JSON that travels inside the PDF: what the document rests on, by hash
    sample: bool = False
    draft: bool = False

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def is_letter(self) -> bool:
        return self.kind in LETTERS

    @property
    def number_line(self) -> str:
        """`Số: 05/TB-UBND`; before issue the place of the number is left open."""
        given = f"{self.number:02d}" if self.number is not None else "      "
        return f"Số: {given}/{self.symbol}"

    @property
    def place_line(self) -> str:
        """`Sơn Tây, ngày 05 tháng 8 năm 2020`; empty for minutes."""
        if self.kind is DocumentKind.MINUTES:
            return ""
        on = long_date(self.dated) if self.dated else "ngày       tháng       năm"
        return f"{self.place}, {on}"

    @property
    def addressed(self) -> tuple[str, ...]:
        """Box 9a as printed: one addressee on the line of *Kính gửi*, several below it with dashes."""
        if len(self.addressed_to) < 2:
            return tuple(f"Kính gửi: {each}" for each in self.addressed_to)
        ends = [";"] * (len(self.addressed_to) - 1) + ["."]
        listed = zip(self.addressed_to, ends, strict=True)
        return ("Kính gửi:", *(f"- {each}{end}" for each, end in listed))

    def annex_titles(self) -> tuple[str, ...]:
        """`Phụ lục`, or `Phụ lục I`, `Phụ lục II` … if there are several."""
        if len(self.annexes) == 1:
            return ("Phụ lục",)
        return tuple(f"Phụ lục {roman(index)}" for index in range(1, len(self.annexes) + 1))

    def fingerprint(self) -> str:
        """A hash of what a draft says and draws: whether it is still the one somebody has read."""
        drawn = (part.svg for part in self.body if isinstance(part, Chart))
        return sha256("\n".join((*self.texts(), *drawn)).encode()).hexdigest()

    def texts(self) -> Iterator[str]:
        """Every text a reader finds in the document, in reading order: what PDF and DOCX must both carry."""
        yield from filter(None, (self.parent_agency, self.agency, NATION, MOTTO, self.number_line.strip()))
        yield from filter(None, (self.place_line, self.title, self.subject))
        yield from self.addressed
        yield from self.basis
        yield from _texts_of(self.body)
        for signature in self.signatures:
            yield from (*signature.titles, *filter(None, (signature.note, signature.name)))
        yield from self.recipients
        for title, annex in zip(self.annex_titles(), self.annexes, strict=True):
            yield title
            yield annex.title
            yield from _texts_of(annex.body)


def _texts_of(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Line):
            yield part.printed
        elif isinstance(part, Table):
            yield from filter(None, (part.caption, *part.header, *(cell for row in part.rows for cell in row)))
        elif isinstance(part, Photos):
            yield from (photo.caption for photo in part.photos)
        else:
            yield part.caption


def roman(number: int) -> str:
    """A whole number from 1 to 39 in Roman numerals."""
    return "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
