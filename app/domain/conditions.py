"""`when` and `fails_when`: a table of comparisons joined by all, any, not; never a language.

A comparison with an unanswered, not applicable or not asked source holds for no operator, and neither does its
negation: nothing follows from silence. A contested source might say anything, so whatever hangs on it may hold.
Both fall out of two bits per condition: it may hold, it may fail to hold (unknown: neither; contested: both).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.answer_types import AllOf, AnyOf, Comparison, Condition, Negation


@dataclass(frozen=True)
class Source:
    """What a condition may know of an item or field: its value, or observed and total of its ratio."""

    state: Literal["known", "unknown", "contested"]
    value: Any = None
    observed: int | None = None
    total: int | None = None


UNKNOWN = Source("unknown")
CONTESTED = Source("contested")

Lookup = Callable[[Comparison], Source]


def may_hold(condition: Condition | None, lookup: Lookup) -> bool:
    """Say whether the condition holds, or may hold while a source is contested; no condition always holds."""
    return condition is None or _bits(condition, lookup)[0]


def items_named(condition: Condition | None) -> frozenset[str]:
    """List the items that a condition names."""
    match condition:
        case None:
            return frozenset()
        case Negation(not_=part):
            return items_named(part)
        case AllOf(all_=parts) | AnyOf(any_=parts):
            return frozenset[str]().union(*map(items_named, parts))
    return frozenset({condition.item} if condition.item else ())


def _bits(condition: Condition, lookup: Lookup) -> tuple[bool, bool]:
    if isinstance(condition, Negation):
        holds, fails = _bits(condition.not_, lookup)
        return fails, holds
    if isinstance(condition, AllOf):
        each = [_bits(part, lookup) for part in condition.all_]
        return all(holds for holds, _ in each), any(fails for _, fails in each)
    if isinstance(condition, AnyOf):
        each = [_bits(part, lookup) for part in condition.any_]
        return any(holds for holds, _ in each), all(fails for _, fails in each)
    source = lookup(condition)
    if source.state == "contested":
        return True, True
    if source.state == "unknown" or source.total == 0:
        return False, False
    holds = _holds(condition, source)
    return holds, not holds


def _holds(comparison: Comparison, source: Source) -> bool:
    if comparison.is_ is not None:
        return _is(source.value, comparison.is_)
    if comparison.is_not is not None:
        return not _is(source.value, comparison.is_not)
    if comparison.in_ is not None:
        return any(_is(source.value, each) for each in comparison.in_)
    if comparison.at_least is not None:
        order = _order(source, comparison.at_least)
        return order is not None and order >= 0
    order = _order(source, comparison.at_most)
    return order is not None and order <= 0


def _is(value: Any, wanted: str) -> bool:
    return wanted in value if isinstance(value, list) else bool(value == wanted)


def _order(source: Source, threshold: Any) -> int | None:
    """Compare with a threshold: a ratio's percent, a number, or a date or time; None if they do not compare."""
    if source.observed is not None and source.total is not None and isinstance(threshold, int):
        left, right = source.observed * 10_000, threshold * source.total
    elif type(source.value) is int and isinstance(threshold, int):
        left, right = source.value, threshold
    elif isinstance(source.value, str) and isinstance(threshold, str):
        return (source.value > threshold) - (source.value < threshold)
    else:
        return None
    return (left > right) - (left < right)
