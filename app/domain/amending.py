"""How an error in an issued document is put right: what is issued never changes (Decree 30/2020/NĐ-CP, article 18).

An error in content is corrected by a new document of equal form that replaces the wrong one, an error in layout by a
letter beside it. Every kind of document stands in one table: what it is called, who reads it, who may correct and who
may replace it; an empty right is nobody's. A letter of correction is read by whoever reads what it corrects, and is
itself put right by another letter to the same document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.errors import Invalid, OutOfDate
from app.domain.notice import long_date

CORRECTION = "correction"


@dataclass(frozen=True)
class IssuedKind:
    """`called` stands before its number, `title` on the desk; the rights are actions of `permissions.RULES`.

    `sealed`: the agency signs it after the signer, with its seal; a delegation has none.
    """

    called: str
    title: str
    see: str
    correct: str = ""
    replace: str = ""
    sealed: bool = True


KINDS: Mapping[str, IssuedKind] = {
    "notice": IssuedKind(
        "Thông báo", "Thông báo kết luận", "conclusion.see", "document.correct", "conclusion.prepare"
    ),  # its replacement is drafted and reviewed like the first one
    # The report of another submission takes its place; nobody signs a letter for a delegation that has no seal.
    "report": IssuedKind("Báo cáo", "Báo cáo của Đoàn kiểm tra", "visit.see", sealed=False),
    # Other content is signed by both parties anew (an amended visit), and its minutes take the place of these.
    "minutes": IssuedKind("Biên bản", "Biên bản kiểm tra", "conclusion.see", "document.correct", sealed=False),
    "demand": IssuedKind(
        "Công văn", "Công văn yêu cầu khắc phục", "conclusion.see", "document.correct", "document.replace"
    ),
    "summary": IssuedKind("Báo cáo", "Báo cáo tổng hợp", "summary.see", "document.correct", "document.replace"),
    CORRECTION: IssuedKind("Công văn", "Công văn đính chính", "conclusion.see"),
}


def check_in_force(*, replaced: bool, reason: str) -> None:
    """Whether an issued document may be corrected or replaced: once replaced it is left alone, and never silently.

    Raises `OutOfDate("document_replaced")` and `Invalid("reason_required")`.
    """
    if replaced:
        raise OutOfDate("document_replaced")
    if not reason.strip():
        raise Invalid("reason_required", act="correct")


def check_layout_only(printed: str, right: str, text: str) -> None:
    """Raise unless these words stand in the issued text and their correction changes no content that can be seen.

    Whether an error is one of layout is for a person to say, but another figure is another content:
    `Invalid("misprint_is_content")`; also `Invalid("misprint_not_found")`, `Invalid("misprint_unchanged")`.
    """
    squeezed = "".join(printed.split())
    if not squeezed or squeezed not in "".join(text.split()):
        raise Invalid("misprint_not_found")
    if printed.strip() == right.strip():
        raise Invalid("misprint_unchanged")
    figures = ["".join(letter for letter in side if letter.isdigit()) for side in (printed, right)]
    if figures[0] != figures[1]:
        raise Invalid("misprint_is_content")


def named(kind: str, number: str, on: date) -> str:
    """A document as others name it: `Thông báo số 05/TB-UBND ngày 22 tháng 11 năm 2026`."""
    return f"{KINDS[kind].called} số {number} {long_date(on)}"


def replaces_text(kind: str, replaced: str, reason: str) -> str:
    """The sentence by which a document takes the place of another of its kind, with the reason as it was given."""
    why = " ".join(reason.split()).rstrip(" .;")
    return f"{KINDS[kind].called} này thay thế {replaced}, lý do: {why}."
