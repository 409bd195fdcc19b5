"""From the items to the section to the total, so that whoever adds up what is shown comes to what is shown.

Everything is exact until it is shown, and then rounded one by one: what rounding leaves over is shown as a line of its
own. Twin of offline_client/src/domain/sums.ts; all figures are hundredths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from app.domain.answer_text import hundredths_text
from app.domain.checklist import Checklist, Section
from app.domain.scoring import Score, SectionScore, half_up


@dataclass(frozen=True)
class SectionSum:
    """A section: what its items earned of what was possible, and what it brings to the total on the scale."""

    key: str
    weight: int | None
    earned: int  # points, rounded
    possible: int
    rest: int  # earned, less the sum of its items' points as shown
    share: int | None  # basis points of what was possible; None when nothing was
    brings: int | None  # to the total, on the checklist's scale; None when the section dropped out
    worth: int | None  # the most it could have brought


@dataclass(frozen=True)
class Sums:
    """All sections; `rest` is the total less what the sections bring as shown."""

    sections: tuple[SectionSum, ...]
    rest: int

    def to_json(self) -> dict[str, Any]:
        """Write the sums as JSON; identical in both runtimes."""
        return {"sections": [asdict(each) for each in self.sections], "rest": self.rest}


@dataclass(frozen=True)
class SumRow:
    """A line of the sum as documents print it; `key` is empty for what is no section."""

    key: str
    title: str
    points: str
    brings: str


def sums_of(checklist: Checklist, score: Score) -> Sums:
    """Add up a score as it is shown."""
    earned = {trace.key: trace.earned for trace in score.items if trace.earned is not None}
    return _add_up(checklist, score.sections, earned, score.on_scale)


def stored_sums(checklist: Checklist, score: Mapping[str, Any]) -> Sums:
    """Add up a score that was stored as JSON."""
    sections = [
        SectionScore(each["key"], each["weight"], Fraction(each["earned"]), each["possible"])
        for each in score["sections"]
    ]
    earned = {each["key"]: Fraction(each["earned"]) for each in score["items"] if each["earned"] is not None}
    return _add_up(checklist, sections, earned, score["on_scale"])


def sum_rows(checklist: Checklist, sums: Sums) -> tuple[SumRow, ...]:
    """Write the sum line by line: the sections, what rounding left over if anything, and the total."""
    rows = [
        SumRow(section.key, _title(section), _of(each.earned, each.possible or None), _of(each.brings, each.worth))
        for section, each in zip(checklist.sections, sums.sections, strict=True)
    ]
    if sums.rest:
        rows.append(SumRow("", "Chênh do làm tròn", "", f"{'+' if sums.rest > 0 else ''}{hundredths_text(sums.rest)}"))
    total = sums.rest + sum(each.brings or 0 for each in sums.sections)
    return (*rows, SumRow("", "Tổng điểm", "", _of(total, checklist.scale * 100)))


def _title(section: Section) -> str:
    weight = "" if section.weight is None else f" (trọng số {hundredths_text(section.weight)})"
    return f"{section.title.vi}{weight}"


def _of(part: int | None, whole: int | None) -> str:
    if part is None or whole is None:
        return "không tính"
    return f"{hundredths_text(part)}/{hundredths_text(whole)}"


def _add_up(
    checklist: Checklist, scores: Sequence[SectionScore], items: Mapping[str, Fraction], on_scale: int | None
) -> Sums:
    worths = [_worth(each) for each in scores]
    whole, scale = sum(worths), checklist.scale * 100
    sections = []
    for section, score, worth in zip(checklist.sections, scores, worths, strict=True):
        earned = half_up(score.earned)
        share = score.earned / score.possible if score.possible else None
        most = Fraction(worth * scale, whole) if worth else None
        sections.append(
            SectionSum(
                key=section.key,
                weight=section.weight,
                earned=earned,
                possible=score.possible,
                rest=earned - sum(half_up(items[item.key]) for item in section.items if item.key in items),
                share=None if share is None else half_up(share * 10_000),
                brings=None if share is None or most is None else half_up(share * most),
                worth=None if most is None else half_up(most),
            )
        )
    return Sums(tuple(sections), (on_scale or 0) - sum(each.brings or 0 for each in sections))


def _worth(section: SectionScore) -> int:
    """What a section weighs in the total: its weight, or its points without weights; nothing if it drops out."""
    if not section.possible:
        return 0
    return section.possible if section.weight is None else section.weight
