"""The shipped checklists, plausibly answered: a faultless unit has 100, one that fails everything has nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.checklists import loader
from app.checklists.commands import FOLDER, shipped
from app.domain.answer_types import Answer, Counts, Roster, RosterField
from app.domain.answers import read
from app.domain.checklist import Checklist, Item
from app.domain.findings import derive_findings
from app.domain.operations import Head
from app.domain.publishing import can_fail
from app.domain.sampling import drawn_rows
from app.domain.scoring import score

DRAW = {"frame": 240, "size": 20, "seed": "4f3c9a7e21d84b06"}
NEWEST = {path.parent.name: loader.load(path.read_bytes()) for path in shipped(FOLDER)}
CHECKLISTS = pytest.mark.parametrize("checklist", NEWEST.values(), ids=NEWEST.keys())

Cells = dict[str, Any]


def cells_of(checklist: Checklist, *, good: bool) -> Cells:
    """Every item answered as well, or as badly, as it can be."""
    found: Cells = {}
    for item in checklist.items():
        found |= dict(_cells(item, good=good))
    return found


def _cells(item: Item, *, good: bool) -> Iterator[tuple[str, Any]]:
    at = f"item/{item.key}"
    if not isinstance(item.answer, Roster):
        yield at, _value(item.answer, good=good)
    elif item.answer.ratio is None and good:
        yield at, "none"
    else:
        if item.answer.sample is not None:
            yield f"{at}/sample", DRAW
        counts = item.answer.ratio.counts if item.answer.ratio else None
        for uuid, number in drawn_rows(DRAW).items():
            row = f"{at}/row/{uuid}"
            yield f"{row}/label", f"Dòng {number}"
            for field in item.answer.fields:
                yield f"{row}/{field.key}", _field(field, counts, good=good)


def _field(field: RosterField, counts: Counts | None, *, good: bool) -> Any:
    if counts and field.key == counts.field and counts.is_ is not None:
        return counts.is_ if good else "no"
    if counts and field.key == counts.not_after:
        return "2026-08-03" if good else "2026-07-01"
    return _value(field, good=good)


def _value(spec: Answer | RosterField, *, good: bool) -> Any:
    if spec.type == "yes_no":
        return "yes" if good != getattr(spec, "inverted", False) else "no"
    if spec.type in ("choice", "choices"):
        ranked = sorted(spec.choices, key=lambda option: option.points or 0, reverse=True)
        if spec.type == "choices":
            return [option.key for option in spec.choices if bool(option.points) == good] or [ranked[0].key]
        return (ranked[0] if good else ranked[-1]).key
    if spec.type == "ratio":
        return {"observed": 20 if good else 0, "total": 20}
    if spec.type == "number":
        return 0 if good else (spec.max or 0)
    if spec.type == "document":
        return {"number": "12/KH-UBND", "issued_on": "2026-01-05", "kind": "Kế hoạch"} if good else {"shown": False}
    return {"text": "Không có", "time": "07:45", "date": "2026-07-15"}[spec.type]


def scored(checklist: Checklist, cells: Cells) -> Any:
    answers = read(checklist, {path: (Head(path, value, "x", "set"),) for path, value in cells.items()})
    return answers, score(checklist, answers)


@CHECKLISTS
def test_a_faultless_unit_has_everything_and_no_finding(checklist: Checklist) -> None:
    answers, result = scored(checklist, cells_of(checklist, good=True))
    assert (result.basis_points, result.grade, result.counts.unanswered) == (10_000, checklist.grades[0].key, 0)
    assert derive_findings(checklist, answers, result) == ()


@CHECKLISTS
def test_a_unit_that_fails_everything_has_nothing_and_a_finding_for_each(checklist: Checklist) -> None:
    answers, result = scored(checklist, cells_of(checklist, good=False))
    assert (result.basis_points, result.grade) == (0, checklist.grades[-1].key)
    asked = {trace.key for trace in result.items if trace.state == "answered"}
    failing = [item.key for item in checklist.items() if can_fail(item) and item.key in asked]
    found = derive_findings(checklist, answers, result)
    assert [each.item_key for each in found] == failing
    for each in found:
        assert "{" not in each.text + each.remedy
        assert each.remedy
        assert each.due_working_days


@CHECKLISTS
def test_a_unit_with_nothing_to_count_is_not_punished_beyond_what_the_plan_wants(checklist: Checklist) -> None:
    """0 of 0 everywhere: what cannot be judged leaves the total, and only what must exist costs points."""
    cells = cells_of(checklist, good=True)
    for item in checklist.items():
        at = f"item/{item.key}"
        if item.answer.type == "ratio":
            cells[at] = {"observed": 0, "total": 0}
        elif isinstance(item.answer, Roster) and item.answer.sample is None:
            cells = {path: value for path, value in cells.items() if not path.startswith(f"{at}/row/")}
            cells[at] = "none"
    _, result = scored(checklist, cells)
    must_exist = [item.key for item in checklist.items() if item.zero_total == "none" and item.points]
    assert [trace.key for trace in result.items if trace.fails] == must_exist
    assert {cap.item for cap in result.caps} <= set(must_exist)
    assert result.basis_points >= 6_000
