"""The score of a visit and why: exact fractions of whole numbers, one rounding, at the end, for display."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal

from app.domain import rosters
from app.domain.answer_types import Choices, Comparison, Document, Ratio, Roster
from app.domain.answers import Answers, ItemAnswer, Row
from app.domain.checklist import Checklist, Item, Section
from app.domain.conditions import CONTESTED, UNKNOWN, Lookup, Source, may_hold
from app.domain.earning import Outcome, Trigger, fails, judge, rule_of, trigger_of
from app.domain.rosters import NOTHING, Seen
from app.domain.sampling import Estimate, estimate

State = Literal["answered", "unanswered", "not_applicable", "not_asked", "contested", "incomplete"]


def _fraction_text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True)
class Trace:
    """How one item scored. `earned` and `possible` are hundredths of points; None where the item never scores."""

    key: str
    rule: str | None
    state: State
    earned: Fraction | None
    possible: int | None
    why: str
    fails: bool
    contested: bool  # a cell that the score reads is contested
    inputs: dict[str, Any]  # observed, total, value, choices, rows, band: those that the rule used
    paths: tuple[str, ...]  # the cells it came from

    def to_json(self) -> dict[str, Any]:
        """Write the trace as JSON."""
        return asdict(self) | {"earned": _fraction_text(self.earned), "paths": list(self.paths)}


@dataclass(frozen=True)
class Scored:
    """One item scored, with the critical it tripped."""

    trace: Trace
    trigger: Trigger | None = None


@dataclass(frozen=True)
class SectionScore:
    """Sums over the applying items of a section; `weight` in hundredths."""

    key: str
    weight: int | None
    earned: Fraction
    possible: int


@dataclass(frozen=True)
class Cap:
    """A tripped critical item; `bit` when it lowered the grade that the points gave."""

    item: str
    trigger: Trigger
    grade_at_most: str
    bit: bool


@dataclass(frozen=True)
class Counts:
    """How many asked and applying items are in each unfinished state."""

    unanswered: int = 0
    contested: int = 0
    incomplete: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.unanswered + other.unanswered, self.contested + other.contested, self.incomplete + other.incomplete
        )

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.unanswered - other.unanswered, self.contested - other.contested, self.incomplete - other.incomplete
        )


def counts_of(trace: Trace) -> Counts:
    """Count one item."""
    return Counts(trace.state == "unanswered", trace.contested, trace.state == "incomplete")


@dataclass(frozen=True)
class Score:
    """The score of a visit; `total`, `grade` are None when nothing was possible."""

    total: Fraction | None  # share of what applied, 0 to 1, exact
    basis_points: int | None
    on_scale: int | None  # hundredths on the checklist's scale
    grade: str | None
    grade_before_caps: str | None
    caps: tuple[Cap, ...]
    sections: tuple[SectionScore, ...]
    items: tuple[Trace, ...]
    counts: Counts
    provisional: bool

    def to_json(self) -> dict[str, Any]:
        """Write the score as JSON, fractions as "n/d" or "n"; identical in both runtimes."""
        return {
            "total": _fraction_text(self.total),
            "basis_points": self.basis_points,
            "on_scale": self.on_scale,
            "grade": self.grade,
            "grade_before_caps": self.grade_before_caps,
            "caps": [asdict(cap) for cap in self.caps],
            "sections": [asdict(each) | {"earned": _fraction_text(each.earned)} for each in self.sections],
            "items": [each.to_json() for each in self.items],
            "counts": asdict(self.counts),
            "provisional": self.provisional,
        }


_ZERO = Fraction(0)


def score(checklist: Checklist, answers: Answers) -> Score:
    """Score the answers with a trace for every item (docs/checklists.md, Score 1 to 7)."""
    scored: dict[str, Scored] = {}
    lookup = lookup_in(scored)
    for item in checklist.items():
        scored[item.key] = score_item(item, answers.items[item.key], lookup)
    sections = tuple(_score_section(section, scored) for section in checklist.sections)
    counts = sum((counts_of(each.trace) for each in scored.values()), start=Counts())
    return summed(checklist, tuple(scored.values()), sections, counts)


def summed(checklist: Checklist, scored: Sequence[Scored], sections: tuple[SectionScore, ...], counts: Counts) -> Score:
    """Make the score of scored items, in document order, and of the sums over them."""
    total = _total(sections)
    tripped = [(item, each.trigger) for item, each in zip(checklist.items(), scored, strict=True) if each.trigger]
    before, grade, caps = _grades(checklist, total, tripped)
    return Score(
        total=total,
        basis_points=None if total is None else half_up(total * 10_000),
        on_scale=None if total is None else half_up(total * checklist.scale * 100),
        grade=grade,
        grade_before_caps=before,
        caps=caps,
        sections=sections,
        items=tuple(each.trace for each in scored),
        counts=counts,
        provisional=counts.contested > 0,
    )


def half_up(exact: Fraction) -> int:
    """Round a non-negative fraction to the nearest whole number, halves up: the one rounding, for display."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def asked_fields(item: Item, row: Row, score: Score) -> tuple[str, ...]:
    """Name the fields of a roster row that are asked, in document order, given what has been answered."""
    if not isinstance(item.answer, Roster):
        return ()
    return rosters.asked(item.answer, row, lookup_of(score))


def estimate_of(item: Item, trace: Trace) -> Estimate | None:
    """What the sample of an item says of its frame; None if it is no sample or nothing was counted."""
    plan = item.answer.sample if isinstance(item.answer, Roster) else None
    inputs = trace.inputs
    if plan is None or "frame" not in inputs or "total" not in inputs:
        return None
    complete = trace.state == "answered"
    return estimate(plan, inputs["observed"], inputs["total"], inputs["frame"], inputs["size"], complete=complete)


def lookup_of(score: Score) -> Lookup:
    """Answer for the items of a score by what their traces say."""
    return lookup_in({trace.key: Scored(trace) for trace in score.items})


def lookup_in(scored: Mapping[str, Scored]) -> Lookup:
    """Answer for items by what their traces say; those that are not scored yet are unknown."""

    def source(comparison: Comparison) -> Source:
        found = scored.get(comparison.item or "")
        trace = found.trace if found else None
        if trace is None or trace.state in ("not_asked", "not_applicable"):
            return UNKNOWN
        if trace.state == "contested":
            return CONTESTED
        if trace.why == "unanswered":
            return UNKNOWN
        return Source("known", trace.inputs.get("value"), trace.inputs.get("observed"), trace.inputs.get("total"))

    return source


# ---------------------------------------------------------------------------- one item


def score_item(item: Item, answer: ItemAnswer, lookup: Lookup) -> Scored:
    """Score one item; `lookup` answers for those before it. Also say which critical it tripped."""
    rule = rule_of(item)
    if not may_hold(item.when, lookup):
        return Scored(Trace(item.key, rule, "not_asked", None, None, "not_asked", False, False, {}, ()))
    rows = rosters.counted_rows(item.answer, answer) if isinstance(item.answer, Roster) else ()
    contested = _is_contested(answer, rows)
    if answer.na.candidates and all(candidate.value is not None for candidate in answer.na.candidates):
        na = (answer.na.path,)
        return Scored(Trace(item.key, rule, "not_applicable", None, None, "not_applicable", False, contested, {}, na))
    outcomes = [judge(item, seen) for seen in _all_seen(item, answer, lookup)]
    applying = [outcome for outcome in outcomes if outcome.applies]
    paths = _paths(answer, rows)
    if not applying:
        inputs = _inputs(outcomes[0])
        return Scored(
            Trace(item.key, rule, "not_applicable", None, None, "zero_total", False, contested, inputs, paths)
        )
    outcome = min(applying, key=lambda each: each.earned)  # the first of equals: candidates are ordered by op
    failing = fails(item, outcome, lookup)
    state: State = "answered" if outcome.seen.answered else "unanswered"
    if contested:
        state = "contested"
    elif isinstance(item.answer, Roster) and rosters.is_incomplete(item.answer, answer, lookup):
        state = "incomplete"
    earned = None if item.points is None else outcome.earned
    trace = Trace(item.key, rule, state, earned, item.points, outcome.why, failing, contested, _inputs(outcome), paths)
    return Scored(trace, trigger_of(item, outcome, failing=failing))


def _is_contested(answer: ItemAnswer, rows: Sequence[Row]) -> bool:
    """Whether a cell that the score reads is contested: not notes, claims or labels."""
    cells = [answer.value, answer.na, answer.sample, *(cell for row in rows for cell in row.fields.values())]
    return any(cell.contested for cell in cells) or any(row.deletion_contested for row in rows)


def _all_seen(item: Item, answer: ItemAnswer, lookup: Lookup) -> list[Seen]:
    """List what may be the case: one for a settled answer, one per candidate (by op) for a contested one."""
    if isinstance(item.answer, Roster):
        return rosters.seen(item.answer, answer, lookup)
    values = [candidate.value for candidate in answer.value.candidates] or [None]
    return [_value_seen(item, value) for value in values]


def _value_seen(item: Item, value: Any) -> Seen:
    if value is None:
        return NOTHING
    match item.answer:
        case Ratio():
            return Seen(True, observed=value["observed"], total=value["total"])
        case Choices():
            return Seen(True, [option.key for option in item.answer.choices if option.key in value])
        case Document():
            return Seen(True, rosters.plain(value))
        case _:
            return Seen(True, value)


def _inputs(outcome: Outcome) -> dict[str, Any]:
    seen = outcome.seen
    found = {
        "observed": seen.observed,
        "total": seen.total,
        "rows": seen.rows,
        "frame": seen.frame,
        "size": seen.size,
        "value": seen.value,
        "band": outcome.band,
    }
    return {name: value for name, value in found.items() if value is not None}


def _paths(answer: ItemAnswer, rows: Sequence[Row]) -> tuple[str, ...]:
    cells = [answer.value, answer.sample]
    for row in rows:
        cells += row.fields.values() if any(cell.candidates for cell in row.fields.values()) else [row.label]
    deletions = tuple(f"{row.path}/deleted" for row in rows if row.deletion_contested)
    return tuple(cell.path for cell in cells if cell.candidates) + deletions


# ---------------------------------------------------------------------------- sections, total, grade


def _score_section(section: Section, scored: Mapping[str, Scored]) -> SectionScore:
    applying = [trace for item in section.items if (trace := scored[item.key].trace).possible is not None]
    earned = sum((trace.earned for trace in applying if trace.earned is not None), start=_ZERO)
    return SectionScore(section.key, section.weight, earned, sum(trace.possible or 0 for trace in applying))


def _total(sections: Sequence[SectionScore]) -> Fraction | None:
    """Divide what was earned by what was possible; a weighted section counts by weight or drops out (Score 3, 4)."""
    possible = [section for section in sections if section.possible]
    if not possible:
        return None
    if any(section.weight is not None for section in possible):
        weights = sum(section.weight or 0 for section in possible)
        earned = sum(((section.weight or 0) * section.earned / section.possible for section in possible), start=_ZERO)
        return earned / weights if weights else None
    return sum((section.earned for section in possible), start=_ZERO) / sum(section.possible for section in possible)


def _grades(
    checklist: Checklist, total: Fraction | None, tripped: Sequence[tuple[Item, Trigger]]
) -> tuple[str | None, str | None, tuple[Cap, ...]]:
    """Grade by points, then after caps; a cap never raises the grade (Score 5)."""
    keys = [grade.key for grade in checklist.grades]
    reached = [grade.key for grade in checklist.grades if total is not None and total * 10_000 >= grade.at_least]
    if not reached:
        return None, None, ()
    before = keys.index(reached[0])
    caps = []
    for item, trigger in tripped:
        limit = item.critical.grade_at_most if item.critical else keys[-1]
        if limit in keys:
            caps.append(Cap(item.key, trigger, limit, keys.index(limit) > before))
    lowest = max([before, *(keys.index(cap.grade_at_most) for cap in caps)])
    return keys[before], keys[lowest], tuple(caps)
