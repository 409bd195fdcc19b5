"""The score of a visit and why: exact fractions of whole numbers, one rounding, at the end, for display."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from app.domain.answers import Answers
from app.domain.checklist import Checklist

State = Literal["answered", "unanswered", "not_applicable", "not_asked", "contested", "incomplete"]


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
    inputs: dict[str, Any]  # observed, total, value, choices, rows, band: those that the rule used
    paths: tuple[str, ...]  # the cells it came from


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
    trigger: Literal["below", "when_fails"]
    grade_at_most: str
    bit: bool


@dataclass(frozen=True)
class Counts:
    """How many asked and applying items are in each unfinished state."""

    unanswered: int
    contested: int
    incomplete: int


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
        raise NotImplementedError


def score(checklist: Checklist, answers: Answers) -> Score:
    """Score the answers with a trace for every item (docs/checklists.md, Score 1 to 7)."""
    raise NotImplementedError
