"""Counting the rows of a roster: which fields are asked, what is observed out of what total, which rows miss.

While rows are contested there is one count for every way they may be settled. Combinations are not enumerated: only
the distinct sums that can be reached are kept, so that twenty contested rows cost little more than one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from app.domain.answer_types import Comparison, Counts, Roster
from app.domain.answers import ItemAnswer, Row
from app.domain.conditions import CONTESTED, UNKNOWN, Lookup, Source, may_hold
from app.domain.sampling import drawn_rows


@dataclass(frozen=True)
class Seen:
    """What was found for an item, one candidate of it: nothing (`answered` False), a value, or counts."""

    answered: bool
    value: Any = None
    observed: int | None = None
    total: int | None = None
    rows: int | None = None
    frame: int | None = None  # of a sample: out of how many the rows were drawn, and how many were drawn
    size: int | None = None


NOTHING = Seen(answered=False)


@dataclass(frozen=True)
class _Count:
    """What rows add up to; `blank` when one of them leaves the counted field unanswered."""

    observed: int = 0
    total: int = 0
    rows: int = 0
    blank: bool = False

    def __add__(self, other: "_Count") -> "_Count":
        return _Count(
            self.observed + other.observed,
            self.total + other.total,
            self.rows + other.rows,
            self.blank or other.blank,
        )


_ABSENT, _UNCOUNTED, _BLANK = _Count(), _Count(rows=1), _Count(rows=1, blank=True)
_MATCH, _MISS = _Count(1, 1, 1), _Count(0, 1, 1)


def plain(value: Any) -> Any:
    """Reduce a value to what conditions compare: a document is shown or not shown."""
    if isinstance(value, dict):
        return "not_shown" if "shown" in value else "shown"
    return value


def asked(roster: Roster, row: Row, lookup: Lookup) -> tuple[str, ...]:
    """Name the fields of the row that are asked, in document order; `lookup` answers for items."""
    found: list[str] = []

    def source(comparison: Comparison) -> Source:
        if comparison.field is None:
            return lookup(comparison)
        cell = row.fields.get(comparison.field)
        if cell is None or comparison.field not in found:
            return UNKNOWN
        if cell.contested:
            return CONTESTED
        return UNKNOWN if cell.value is None else Source("known", plain(cell.value))

    for field in roster.fields:
        if may_hold(field.when, source):
            found.append(field.key)
    return tuple(found)


def counted_rows(roster: Roster, answer: ItemAnswer) -> tuple[Row, ...]:
    """List the rows that count: all, or of a sample those that were drawn. Others are kept and count for nothing."""
    if roster.sample is None:
        return answer.rows
    drawn = {uuid for rows in _draws(answer) for uuid in rows}
    return tuple(row for row in answer.rows if row.uuid in drawn)


def _draws(answer: ItemAnswer) -> list[Mapping[str, int]]:
    """The drawn rows, for each candidate of a sample; none while nothing was drawn."""
    return [drawn_rows(each.value) for each in answer.sample.candidates if each.value is not None]


def seen(roster: Roster, answer: ItemAnswer, lookup: Lookup) -> list[Seen]:
    """List what the roster may amount to: one for settled rows, else one per reachable sum, the worst count first."""
    if roster.sample is None:
        return _seen(roster, answer, answer.rows, lookup)
    found = []
    for sample in [each.value for each in answer.sample.candidates] or [None]:
        drawn = drawn_rows(sample) if sample else {}
        rows = [row for row in answer.rows if row.uuid in drawn]
        each = _seen(roster, answer, rows, lookup)
        found += [replace(one, frame=sample["frame"], size=sample["size"]) for one in each] if sample else each
    return [each for each in found if each.answered] + [each for each in found if not each.answered]


def _seen(roster: Roster, answer: ItemAnswer, rows: Sequence[Row], lookup: Lookup) -> list[Seen]:
    settled, contested = _Count(), []
    for row in rows:
        options = _options(roster, row, lookup) | ({_ABSENT} if row.deletion_contested else set())
        if len(options) > 1:
            contested.append(options)
        else:
            settled += next(iter(options))
    sums = [settled]
    for options in contested:
        sums = _distinct(before + option for before in sums for option in options)
    ordered = sorted(sums, key=lambda each: (each.observed - each.total, -each.total, -each.rows, each.blank))
    counted = [_of_rows(each, ratio=roster.ratio is not None) for each in ordered if each.rows]
    if len(counted) < len(ordered):
        counted += [_of_none(candidate.value, roster) for candidate in answer.value.candidates] or [NOTHING]
    return [each for each in counted if each.answered] + [each for each in counted if not each.answered]


def _distinct(counts: Iterable[_Count]) -> list[_Count]:
    """Keep one sum for each that matters: of how many rows, only whether any, and then the most."""
    found: dict[tuple[int, int, bool, bool], _Count] = {}
    for count in counts:
        key = (count.observed, count.total, count.blank, count.rows > 0)
        if key not in found or found[key].rows < count.rows:
            found[key] = count
    return list(found.values())


def is_incomplete(roster: Roster, answer: ItemAnswer, lookup: Lookup) -> bool:
    """Whether some row certainly leaves the counted field unanswered, or a drawn row is not there at all."""
    rows = counted_rows(roster, answer)
    if roster.sample is not None and any(not drawn.keys() <= {row.uuid for row in rows} for drawn in _draws(answer)):
        return True
    return any(_options(roster, row, lookup) == {_BLANK} for row in rows)


def misses(roster: Roster, row: Row, lookup: Lookup) -> bool:
    """Whether the row certainly counts and misses."""
    return _options(roster, row, lookup) == {_MISS}


def missing_rows(roster: Roster, answer: ItemAnswer, lookup: Lookup) -> tuple[Row, ...]:
    """List the rows that are, or while contested may be, counted but not observed; all rows if nothing is counted."""
    rows = counted_rows(roster, answer)
    if roster.ratio is None:
        return rows
    return tuple(row for row in rows if _MISS in _options(roster, row, lookup))


def _of_rows(count: _Count, *, ratio: bool) -> Seen:
    if ratio and count.blank and not count.total:
        return NOTHING  # rows that say nothing are no count of zero
    if not ratio:
        return Seen(True, rows=count.rows)
    return Seen(True, observed=count.observed, total=count.total, rows=count.rows)


def _of_none(value: Any, roster: Roster) -> Seen:
    if value != "none":
        return NOTHING
    return Seen(True, observed=0, total=0, rows=0) if roster.ratio else Seen(True, rows=0)


def _options(roster: Roster, row: Row, lookup: Lookup) -> set[_Count]:
    """What the row may count as, by the candidates of the counted fields."""
    if roster.ratio is None:
        return {_UNCOUNTED}
    counts = roster.ratio.counts
    names = [counts.field] if counts.not_after is None else [counts.field, counts.not_after]
    if not set(names) <= set(asked(roster, row, lookup)):
        return {_UNCOUNTED}
    candidates = [[each.value for each in row.fields[name].candidates] or [None] for name in names]
    return {_count(counts, values) for values in product(*candidates)}


def _count(counts: Counts, values: Sequence[Any]) -> _Count:
    if None in values:
        return _BLANK
    if counts.not_after is not None:
        return _MATCH if values[0] <= values[1] else _MISS
    value = plain(values[0])
    return _MATCH if (counts.is_ in value if isinstance(value, list) else counts.is_ == value) else _MISS
