"""What every document has in common: who issues, who signs, the score as a table, composed blocks as lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.documents.official import DocumentKind, Line, Official, Style
from app.domain.notice import Block, BlockKind

COMMITTEE = "ỦY BAN NHÂN DÂN"  # stands on a line of its own, so that the name of the place is not torn

_STYLES = {
    BlockKind.HEADING: Style.HEADING,
    BlockKind.GROUP: Style.GROUP,
    BlockKind.PARAGRAPH: Style.PARAGRAPH,
    BlockKind.STRENGTH: Style.BULLET,
    BlockKind.FINDING: Style.NUMBERED,
    BlockKind.EXPLANATION: Style.NOTE,
    BlockKind.TASK: Style.NUMBERED,
}


@dataclass(frozen=True)
class AnnexRow:
    """One item of the score trace, in words."""

    text: str
    found: str
    points: str
    why: str
    fails: bool


@dataclass(frozen=True)
class AnnexSection:
    title: str
    points: str
    rows: tuple[AnnexRow, ...]


@dataclass(frozen=True)
class Letterhead:
    """Who issues: the agency above, the agency, the place it writes from; `symbol` without the number."""

    parent_agency: str
    agency: str
    place: str
    symbol: str
    number: int | None = None
    dated: date | None = None
    sample: bool = False
    verify_url: str = ""
    provenance: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Signer:
    """The printed capacity and title (`KT. CHỦ TỊCH`, `PHÓ CHỦ TỊCH`) and the name, empty in a draft."""

    titles: tuple[str, ...]
    name: str = ""
    strokes: str = ""


def official(kind: DocumentKind, head: Letterhead, **parts: object) -> Official:
    common = {
        "kind": kind,
        "agency": head.agency.upper().replace(f"{COMMITTEE} ", f"{COMMITTEE}\n"),
        "parent_agency": head.parent_agency.upper(),
        "symbol": head.symbol,
        "number": head.number,
        "place": head.place,
        "dated": head.dated,
        "provenance": head.provenance,
        "verify_url": head.verify_url,
        "sample": head.sample,
        "draft": head.number is None and kind is not DocumentKind.MINUTES,
    }
    return Official(**{**common, **parts})  # type: ignore[arg-type]


def short_agency(agency: str) -> str:
    """The agency above the issuer in its common abbreviation, as box 2 allows: `UBND thị xã Sơn Tây`."""
    return agency.replace("Ủy ban nhân dân", "UBND", 1)


def lines_of(blocks: Iterable[Block]) -> tuple[Line, ...]:
    """Composed blocks as printed lines; each keeps the sources it was worked out from."""
    return tuple(Line(_STYLES[block.kind], block.text, block.number, block.sources) for block in blocks)


def recipients_of(lines: Sequence[str]) -> tuple[str, ...]:
    """The list under *Nơi nhận*: each line with a dash, a semicolon between, a full stop at the end (appendix I)."""
    ends = [";"] * (len(lines) - 1) + ["."]
    return tuple(f"- {line}{end}" for line, end in zip(lines, ends, strict=True)) if lines else ()


def lines_in(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
