"""In whose name a person signs for an agency on a day, and how the signature block says so.

Decree 30/2020/NĐ-CP, appendix I, part II, box 7a: the head signs under his own title; a deputy who signs in the head's
place writes `KT.` before the head's title and his own title below (ký thay); a document of the collective names it
first, with `TM.` (thay mặt). `TL.` and `TUQ.` (by order, by authorisation of somebody below) issue no conclusions.
A delegation has no seal: its lead signs under the title held in it alone (appendix I, part II, 7).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.errors import Invalid

CHIEF_TITLE, DEPUTY_TITLE = "CHỦ TỊCH", "PHÓ CHỦ TỊCH"
LEAD_TITLE = "TRƯỞNG ĐOÀN"
COLLECTIVE = "ỦY BAN NHÂN DÂN"


@dataclass(frozen=True)
class Authority:
    """Leave for a deputy to sign in the head's place, both days included; `basis` is the document behind it."""

    user_id: str
    signed_for: str
    title: str
    valid_from: date
    valid_to: date | None
    basis: str

    def holds(self, on: date) -> bool:
        """Whether the authority is in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def overlaps(self, valid_from: date, valid_to: date | None) -> bool:
        """Whether another period shares a day with this one."""
        ended = self.valid_to is not None and self.valid_to < valid_from
        begins_later = valid_to is not None and valid_to < self.valid_from
        return not ended and not begins_later


@dataclass(frozen=True)
class Capacity:
    """How somebody signs: the lines over the name, and what a deputy's leave rests on (empty for the head)."""

    lines: tuple[str, ...]
    basis: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


def deputy_lines(signed_for: str = CHIEF_TITLE, title: str = DEPUTY_TITLE) -> tuple[str, ...]:
    """`KT. CHỦ TỊCH` over `PHÓ CHỦ TỊCH`: also what a draft shows, of which nobody knows yet who will sign it."""
    return (f"KT. {signed_for}", title)


def lead_capacity() -> Capacity:
    """How the lead signs what the delegation itself reports: in nobody's place."""
    return Capacity((LEAD_TITLE,))


def for_collective(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The same block on a document of the committee itself, such as its report to the one above."""
    return (f"TM. {COLLECTIVE}", *lines)


def capacity(user_id: str, on: date, head_id: str | None, authorities: Iterable[Authority]) -> Capacity:
    """How a person signs on a day: as the head, or in the head's place by the authority that began last.

    Raises `Invalid("no_authority")` when neither is so on that day.
    """
    if user_id == head_id:
        return Capacity((CHIEF_TITLE,))
    own = [each for each in authorities if each.user_id == user_id and each.holds(on)]
    if not own:
        raise Invalid("no_authority", on=on.isoformat())
    held = max(own, key=lambda each: each.valid_from)
    return Capacity(deputy_lines(held.signed_for, held.title), held.basis, held.valid_from, held.valid_to)


def check_period(valid_from: date, valid_to: date | None, held: Iterable[Authority]) -> None:
    """Raise `Invalid("term_order")` for a period that ends before it begins, `Invalid("authority_overlaps")` when the
    person holds an authority of the same agency on one of its days."""
    if valid_to is not None and valid_to < valid_from:
        raise Invalid("term_order")
    if any(each.overlaps(valid_from, valid_to) for each in held):
        raise Invalid("authority_overlaps")
