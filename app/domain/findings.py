"""What failing items become: findings with their counts, in Vietnamese, each traceable to cells."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from app.domain import rosters
from app.domain.answer_text import answer_text, hundredths_text, percent_text, ratio_text
from app.domain.answer_types import Document, Number, Roster
from app.domain.answers import Answers, ItemAnswer
from app.domain.checklist import Checklist, Item
from app.domain.conditions import Lookup
from app.domain.scoring import Score, Trace, estimate_of, lookup_of

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NOTHING_TO_COUNT = "—"
NOT_CLAIMED = "không báo cáo"
NO_LABEL = "(chưa đặt tên)"


@dataclass(frozen=True)
class Finding:
    """A breach worth recording, as computed; what a person edits is kept apart."""

    item_key: str
    severity: Literal["minor", "major", "critical"]
    text: str
    remedy: str
    due_working_days: int | None
    counts: dict[str, int]  # observed, total, missing, rows, value (hundredths): those the item has
    exceptions: tuple[str, ...]  # labels of the rows that miss, in row order
    paths: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Write the finding as JSON; identical in both runtimes."""
        return asdict(self) | {"exceptions": list(self.exceptions), "paths": list(self.paths)}


class Since(StrEnum):
    """What became of a finding of the last inspection, as this one saw it."""

    REPEATED = "repeated"
    CLOSED = "closed"
    UNCHECKED = "unchecked"  # not asked, not answered or not applicable this time: nobody can say


def since_last(item: str, found: Collection[str], answered: Collection[str]) -> Since:
    """How an earlier finding stands: found again, found in order, or not looked at; items by a name that lasts."""
    if item in found:
        return Since.REPEATED
    return Since.CLOSED if item in answered else Since.UNCHECKED


def derive_findings(checklist: Checklist, answers: Answers, score: Score) -> tuple[Finding, ...]:
    """Derive one finding from each failing item that has a `finding`, in document order."""
    traces, lookup = {trace.key: trace for trace in score.items}, lookup_of(score)
    return tuple(
        _finding(item, answers.items[item.key], traces[item.key], lookup)
        for item in checklist.items()
        if item.finding is not None and traces[item.key].fails
    )


def placeholders(item: Item) -> frozenset[str]:
    """Name the placeholders that the item's answer can fill."""
    names = {"claimed"} if item.answer.claimed else set()
    is_roster = isinstance(item.answer, Roster)
    if is_roster:
        names |= {"exceptions"}
    if isinstance(item.answer, Roster) and item.answer.sample is not None:
        names |= {"frame", "interval"}
    if item.answer.type == "ratio" or (isinstance(item.answer, Roster) and item.answer.ratio is not None):
        return frozenset(names | {"observed", "total", "missing", "percent"})
    return frozenset(names | {"value"})


def _finding(item: Item, answer: ItemAnswer, trace: Trace, lookup: Lookup) -> Finding:
    template = item.finding
    if template is None:
        raise ValueError(item.key)
    exceptions = _exceptions(item, answer, lookup)
    texts = _texts(item, answer, trace, exceptions)
    return Finding(
        item_key=item.key,
        severity=template.severity,
        text=fill(template.text.vi, texts),
        remedy=fill(template.remedy.vi, texts) if template.remedy else "",
        due_working_days=template.due_working_days,
        counts=_counts(trace),
        exceptions=exceptions,
        paths=trace.paths,
    )


def fill(template: str, texts: Mapping[str, Callable[[], str]]) -> str:
    """Fill the placeholders of a text; one that is not known stays as it is written."""
    return PLACEHOLDER.sub(lambda match: texts[match[1]]() if match[1] in texts else match[0], template)


def _exceptions(item: Item, answer: ItemAnswer, lookup: Lookup) -> tuple[str, ...]:
    if not isinstance(item.answer, Roster):
        return ()
    rows = rosters.missing_rows(item.answer, answer, lookup)
    return tuple(row.label.value or NO_LABEL for row in rows)


def _counts(trace: Trace) -> dict[str, int]:
    inputs = {str(name): trace.inputs.get(name) for name in ("observed", "total", "rows", "value")}
    counts: dict[str, int] = {name: value for name, value in inputs.items() if type(value) is int}
    if "total" in counts:
        counts["missing"] = counts["total"] - counts["observed"]
    return counts


def _texts(
    item: Item, answer: ItemAnswer, trace: Trace, exceptions: tuple[str, ...]
) -> Mapping[str, Callable[[], str]]:
    counts = _counts(trace)
    observed, total = counts.get("observed", 0), counts.get("total", 0)
    return {
        "observed": lambda: hundredths_text(observed * 100),
        "total": lambda: hundredths_text(total * 100),
        "missing": lambda: hundredths_text((total - observed) * 100),
        "percent": lambda: percent_text(observed, total) if total else NOTHING_TO_COUNT,
        "claimed": lambda: _claim_text(item, answer.claimed.value),
        "value": lambda: _value_text(item, answer, trace),
        "exceptions": lambda: ", ".join(exceptions),
        "frame": lambda: hundredths_text(trace.inputs.get("frame", 0) * 100),
        "interval": lambda: _interval_text(item, trace),
    }


def _claim_text(item: Item, claimed: Any) -> str:
    if claimed is None:
        return NOT_CLAIMED
    if isinstance(claimed, Mapping) and "total" in claimed:
        return ratio_text(claimed["observed"], claimed["total"])
    if isinstance(item.answer, Number):
        return hundredths_text(claimed)
    return answer_text(item.answer, claimed)


def _interval_text(item: Item, trace: Trace) -> str:
    """Write what a sample says of its frame: `từ 70,31% đến 94,7%`."""
    found = estimate_of(item, trace)
    if found is None:
        return NOTHING_TO_COUNT
    if found.whole:
        return f"{percent_text(found.observed, found.total)} (đã xem toàn bộ)"
    return f"từ {hundredths_text(found.low)}% đến {hundredths_text(found.high)}%"


def _value_text(item: Item, answer: ItemAnswer, trace: Trace) -> str:
    """Write what was found, without a number's unit: the author's sentence has it."""
    if "rows" in trace.inputs:
        return hundredths_text(trace.inputs["rows"] * 100)
    if isinstance(item.answer, Number):
        return hundredths_text(trace.inputs.get("value", 0))
    scored = trace.inputs.get("value")
    if isinstance(item.answer, Document):  # its details are only in the cell
        values = [candidate.value for candidate in answer.value.candidates]
        scored = next((value for value in values if rosters.plain(value) == scored), None)
    return answer_text(item.answer, scored)
