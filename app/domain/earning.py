"""What one candidate answer of an item earns, whether the item then fails, and what that trips (Score 2, 5)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.domain.answer_types import Choice, Choices, Comparison, Document, Option, YesNo
from app.domain.checklist import Bands, Deduct, Item, Proportional
from app.domain.conditions import Lookup, Source, may_hold
from app.domain.rosters import Seen

Trigger = Literal["below", "when_fails"]
_ZERO = Fraction(0)


@dataclass(frozen=True)
class Outcome:
    """One candidate judged; `applies` is False when a total of 0 makes the item not applicable."""

    seen: Seen
    earned: Fraction
    why: str
    applies: bool = True
    band: int | None = None


def rule_of(item: Item) -> str | None:
    """Name the rule by which the item scores; None for an item without points."""
    if item.points is None:
        return None
    if isinstance(item.score, str):
        return item.score
    if item.score is None:
        return "document" if item.answer.type == "document" else "choice"
    return {Proportional: "proportional", Bands: "bands", Deduct: "deduct"}[type(item.score)]


def judge(item: Item, seen: Seen) -> Outcome:
    """Say what one candidate earns and why (Score 2)."""
    points = Fraction(item.points or 0)
    if not seen.answered:
        return Outcome(seen, _ZERO, "unanswered")
    if seen.total == 0 and not isinstance(item.score, Deduct):
        earned = points if item.zero_total == "full" else _ZERO
        return Outcome(seen, earned, "zero_total", applies=item.zero_total != "not_applicable")
    if item.points is None:
        return Outcome(seen, _ZERO, "no_points")
    match item.score:
        case Proportional(proportional=share):
            return _share(seen, points, share.floor)
        case "proportional":
            return _share(seen, points, 0)
        case Bands():
            return _band(seen, item.score)
        case Deduct(deduct=deduction):
            # A number is in hundredths of the thing counted, rows are whole things.
            found = Fraction(seen.value, 100) if seen.rows is None else Fraction(seen.rows)
            return Outcome(seen, min(points, max(_ZERO, points - deduction.each * found)), "deducted")
        case _:
            return _chosen(item, seen, points)


def _share(seen: Seen, points: Fraction, floor: int) -> Outcome:
    observed, total = seen.observed or 0, seen.total or 1
    if observed * 10_000 < floor * total:
        return Outcome(seen, _ZERO, "below_floor")
    return Outcome(seen, points * observed / total, "share")


def _band(seen: Seen, rule: Bands) -> Outcome:
    """Give the points of the first band reached: percent of a ratio, or a number's value, cross-multiplied."""
    value, unit = (seen.value, 1) if seen.total is None else ((seen.observed or 0) * 10_000, seen.total)
    for index, band in enumerate(rule.bands):
        more = band.at_least is not None and value >= band.at_least * unit
        less = band.at_most is not None and value <= band.at_most * unit
        if more or less:
            return Outcome(seen, Fraction(band.points), "band", band=index)
    return Outcome(seen, _ZERO, "no_band")


def _chosen(item: Item, seen: Seen, points: Fraction) -> Outcome:
    match item.answer:
        case YesNo(inverted=inverted):
            return Outcome(seen, points if (seen.value == "yes") != inverted else _ZERO, "choice")
        case Document():
            return Outcome(seen, points if seen.value == "shown" else _ZERO, f"document_{seen.value}")
        case Choice():
            return Outcome(seen, Fraction(sum(option.points or 0 for option in _options(item, seen))), "choice")
        case Choices():
            earned = Fraction(sum(option.points or 0 for option in _options(item, seen)))
            return Outcome(seen, min(earned, points), "capped" if earned > points else "choice")
        case _:
            return Outcome(seen, _ZERO, "no_rule")


def _options(item: Item, seen: Seen) -> list[Option]:
    chosen = seen.value if isinstance(seen.value, list) else [seen.value]
    options = item.answer.choices if isinstance(item.answer, Choice | Choices) else ()
    return [option for option in options if option.key in chosen]


def fails(item: Item, outcome: Outcome, lookup: Lookup) -> bool:
    """Say whether the item fails: a choice marked so, its own `pass_at`, too few points, or `fails_when`."""
    seen = outcome.seen
    if not seen.answered:
        return False
    if any(option.fail for option in _options(item, seen)):
        return True
    if item.pass_at is not None and seen.total:
        return (seen.observed or 0) * 10_000 < item.pass_at * seen.total
    if item.points is not None:
        return outcome.earned * 10_000 < (10_000 if item.pass_at is None else item.pass_at) * item.points
    own = Source("known", seen.value, seen.observed, seen.total)

    def beside_own(comparison: Comparison) -> Source:
        return own if comparison.item == item.key else lookup(comparison)

    return item.fails_when is not None and may_hold(item.fails_when, beside_own)


def trigger_of(item: Item, outcome: Outcome, *, failing: bool) -> Literal["below", "when_fails"] | None:
    critical, seen = item.critical, outcome.seen
    if critical is None or not seen.answered:
        return None
    if critical.below is None:
        return "when_fails" if failing else None
    if seen.total is not None:
        return "below" if (seen.observed or 0) * 10_000 < critical.below * seen.total else None
    return "below" if type(seen.value) is int and seen.value < critical.below else None
