"""Which corner of a rule a scored item stands in: the columns of the coverage table of the vectors."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from app.domain.answer_types import AllOf, AnyOf, Comparison, Condition, Negation, Number
from app.domain.checklist import Bands, Deduct, Item, Proportional

CORNERS = (
    "answered",
    "fails",
    "unanswered",
    "not applicable",
    "not asked",
    "zero total",
    "contested",
    "on a threshold",
    "just short",  # of a threshold: on its worse side, one step away
    "incomplete",
)

_ALL_OR_NOTHING = "earns all or nothing, so there is no threshold to stand on"
_EQUALITY = "is compared by equality only"
_NO_TOTAL = "has no total"
_NO_COUNTED_FIELD = "has no counted field that could be left open"
_NEVER = "has neither points nor a threshold: it cannot fail"

# Cells that cannot exist, with the reason.
IMPOSSIBLE: dict[tuple[str | None, str, str], str] = {}
for _rule, _kind in (("choice", "yes_no"), ("document", "document")):
    IMPOSSIBLE |= {(_rule, _kind, corner): _ALL_OR_NOTHING for corner in ("on a threshold", "just short")}
for _kind in ("yes_no", "choice", "choices", "text", "document"):
    IMPOSSIBLE |= {(None, _kind, corner): _EQUALITY for corner in ("on a threshold", "just short")}
IMPOSSIBLE |= {(None, "roster", corner): _NEVER for corner in ("fails", "on a threshold", "just short")}


def impossible(rule: str | None, kind: str, corner: str) -> str | None:
    """Why no vector can stand in a cell of the table; None if one must."""
    if corner == "zero total" and kind not in ("ratio", "roster", "derived"):
        return _NO_TOTAL
    if corner == "incomplete" and kind != "derived":
        return _NO_COUNTED_FIELD
    return IMPOSSIBLE.get((rule, kind, corner))


def corners_of(item: Item, trace: dict[str, Any]) -> set[str]:
    """Name the corners in which an item of a score stands, from the item and its trace as JSON."""
    state, inputs = trace["state"], trace["inputs"]
    found = {state.replace("_", " ")} | ({"fails"} if trace["fails"] else set())
    if trace["why"] == "zero_total":
        found.discard("not applicable")  # that one is by the inspector's word
    if inputs.get("total") == 0 or inputs.get("rows") == 0:
        return found | {"zero total"}
    if not inputs:
        return found
    for distance, step in _distances(item, trace):
        if distance == 0:
            found.add("on a threshold")
        elif -step <= distance < 0:
            found.add("just short")
    return found & set(CORNERS)


def _distances(item: Item, trace: dict[str, Any]) -> Iterator[tuple[Fraction, Fraction]]:
    """How far the item stands from each of its thresholds (negative: on the worse side), and what one step is."""
    inputs = trace["inputs"]
    total = inputs.get("total")
    measured = Fraction(inputs["observed"] * 10_000, total) if total else None
    for bound, better in _bounds(item):
        if measured is not None:
            yield (measured - bound) * better, Fraction(10_000, total)
        elif isinstance(item.answer, Number):
            yield Fraction(inputs["value"] - bound) * better, Fraction(100 if item.answer.whole else 1)
    if item.pass_at is not None and measured is None and item.points is not None:
        step = Fraction(item.score.deduct.each if isinstance(item.score, Deduct) else 1)
        yield Fraction(trace["earned"]) - Fraction(item.pass_at * item.points, 10_000), step
    for comparison in _comparisons(item.fails_when):
        worse = comparison.at_least if comparison.at_least is not None else comparison.at_most
        if isinstance(worse, str) and comparison.item == item.key:
            yield _later(worse, inputs["value"]), Fraction(1)


def _bounds(item: Item) -> Iterator[tuple[int, int]]:
    """The bounds of a ratio's percent or a number's value: where, and which side is better (1: more, -1: less)."""
    match item.score:
        case Proportional(proportional=share):
            yield share.floor, 1
        case Bands(bands=bands):
            for band in bands:
                yield (band.at_least, 1) if band.at_least is not None else (band.at_most or 0, -1)
    if item.pass_at is not None:
        yield item.pass_at, 1
    if item.critical is not None and item.critical.below is not None:
        yield item.critical.below, 1
    for comparison in _comparisons(item.fails_when):
        if isinstance(comparison.at_least, int):
            yield comparison.at_least, 1
        if isinstance(comparison.at_most, int):
            yield comparison.at_most, 1


def _later(bound: str, value: str) -> Fraction:
    """Days or minutes from the bound."""
    if "-" in bound:
        return Fraction((date.fromisoformat(value) - date.fromisoformat(bound)) // timedelta(days=1))
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (value, bound)]
    return Fraction(minutes[0] - minutes[1])


def _comparisons(condition: Condition | None) -> Iterator[Comparison]:
    match condition:
        case Comparison():
            yield condition
        case Negation(not_=part):
            yield from _comparisons(part)
        case AllOf(all_=parts) | AnyOf(any_=parts):
            for part in parts:
                yield from _comparisons(part)


def table_text(rows: Mapping[tuple[str | None, str], Mapping[str, int]]) -> str:
    """Write the table: how many vectors stand in each cell; `·` where none can."""
    head = "rule × type".ljust(24) + " ".join(corner.rjust(len(corner)) for corner in CORNERS)
    lines = [head]
    for (rule, kind), counts in rows.items():
        cells = [
            ("·" if impossible(rule, kind, corner) else str(counts.get(corner, 0))).rjust(len(corner))
            for corner in CORNERS
        ]
        lines.append(f"{rule or 'no points'} × {kind}".ljust(24) + " ".join(cells))
    return "\n".join(lines)
