"""The conclusion notice as one self-contained HTML page in the layout of Decree 30/2020/NĐ-CP, appendix I.

The page names no other file, so its bytes are the whole document: what is frozen at issue is what is printed
years later. Sizes, margins and positions are those of the decree; text comes in composed.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.documents.papers.letterhead import AnnexSection
from app.domain.notice import Notice, long_date
from app.domain.sums import SumRow

_FOLDER = Path(__file__).parent
_PLACE_KINDS = ("Thành phố", "Thị xã", "Thị trấn", "Đặc khu", "Phường", "Huyện", "Quận", "Tỉnh", "Xã")
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True)
class NoticeDocument:
    """Everything the page prints. `number` and `issued_on` are empty in a draft."""

    parent_agency: str
    issuer: str
    place: str
    symbol: str
    subject: str
    notice: Notice
    signer_lines: tuple[str, ...]  # capacity and title, as `domain/authority.py` writes them
    signer_name: str
    recipients: tuple[str, ...]
    annex: tuple[AnnexSection, ...]
    acts: tuple[tuple[str, str], ...]  # what was done, by whom and when: the report and the signature apart
    provenance: tuple[tuple[str, str], ...]
    sums: tuple[SumRow, ...] = ()  # from the sections to the total; empty if nothing scored
    number: int | None = None
    issued_on: date | None = None
    sample: bool = False

    @property
    def draft(self) -> bool:
        return self.number is None

    @property
    def agency(self) -> str:
        return self.issuer.upper()


def place_of(unit_name: str) -> str:
    """Take the place out of a unit's name: `Thị xã Sơn Tây` gives `Sơn Tây`."""
    for kind in _PLACE_KINDS:
        if unit_name.startswith(kind + " "):
            return unit_name[len(kind) + 1 :]
    return unit_name


def agency_of(unit_name: str) -> str:
    """Name a unit's committee in full: `Ủy ban nhân dân thị xã Sơn Tây`."""
    return f"Ủy ban nhân dân {unit_name[:1].lower()}{unit_name[1:]}"


def render(document: NoticeDocument) -> bytes:
    """Print the document as UTF-8 HTML; the same document always gives the same bytes."""
    when = long_date(document.issued_on) if document.issued_on else "ngày … tháng … năm …"
    number = f"{document.number:02d}" if document.number else "……"
    template = _environment().get_template("notice.html.jinja")
    style = (_FOLDER / "notice.css").read_text(encoding="utf-8")
    return template.render(doc=document, when=when, number=number, style=style).encode()


def style_source(page: bytes) -> str:
    """Name the page's own style for a Content-Security-Policy, so that nothing else inline is let in."""
    found = _STYLE.search(page)
    digest = hashlib.sha256(found.group(1) if found else b"").digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        newline_sequence="\n",
    )
