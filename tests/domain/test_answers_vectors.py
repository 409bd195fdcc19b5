"""The answer vectors, read by both runtimes: offline_client/src/domain/answers.test.ts is the other reader."""

from typing import Any

import pytest

from app.domain import answers
from app.domain.checklist import Checklist, parse
from tests.domain.vector_files import cells, groups

LEAST_FILES, LEAST_CASES = 4, 70
COVERS_TWICE = {
    "row order", "row gone", "row stays", "duplicates", "contested", "cleared", "photos",
}  # fmt: skip

CASES = [
    (f"{name}: {case['description']}", group["checklist"], case)
    for name, content in groups("answers").items()
    for group in content
    for case in group["cases"]
]


@pytest.mark.parametrize(("document", "case"), [pytest.param(*rest, id=name) for name, *rest in CASES])
def test_answers(document: dict[str, Any], case: dict[str, Any]) -> None:
    checklist = parse(document)
    given = case["given"]
    found: Any
    if "cells" in given:
        found = _read(checklist, given["cells"], case["expect"])
    else:
        items = {item.key: item for item in checklist.items()}
        checks = {"claim": answers.check_claim, "sample": answers.check_sample, "item": answers.check_value}
        key, check = next((key, check) for key, check in checks.items() if key in given)
        found = [check(items[given[key]], value) for value in given["values"]]
    assert found == case["expect"]


def _read(checklist: Checklist, given: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    """What was read, in as far as the case speaks of it."""
    read = answers.read(checklist, cells(given))
    every = [cell for each in read.items.values() for cell in _cells(each)]
    by_path = {cell.path: [[each.op, each.value] for each in cell.candidates] for cell in every}
    found: dict[str, dict[str, Any]] = {
        "rows": {key: [row.uuid for row in each.rows] for key, each in read.items.items()},
        "duplicates": {key: [list(group) for group in each.duplicates] for key, each in read.items.items()},
        "photos": {key: list(each.photos) for key, each in read.items.items()},
        "photographed": {key: sorted(each.photographed) for key, each in read.items.items()},
        "cells": by_path,
    }
    told: dict[str, Any] = {
        name: {key: found[name][key] for key in expect[name]} for name in expect if name != "contested"
    }
    return told | ({"contested": list(read.contested)} if "contested" in expect else {})


def _cells(item: answers.ItemAnswer) -> list[answers.Cell]:
    own = [item.value, item.na, item.note, item.claimed, item.observed_at, item.sample]
    return own + [cell for row in item.rows for cell in (row.label, row.position, *row.fields.values())]


def test_no_file_and_no_case_was_lost() -> None:
    assert len(groups("answers")) >= LEAST_FILES
    assert len(CASES) >= LEAST_CASES


def test_every_decision_on_cells_is_shown_twice() -> None:
    shown = [cover for _, _, case in CASES for cover in case.get("covers", [])]
    assert {cover for cover in COVERS_TWICE if shown.count(cover) < 2} == set()


def test_every_type_of_answer_has_values_that_are_refused() -> None:
    refused = {(case["given"].get("item"), bool(code)) for _, _, case in CASES for code in case["expect"]}
    types = {item["key"] for item in groups("answers")["values"][0]["checklist"]["sections"][0]["items"]}
    assert {(key, bad) for key in types for bad in (True, False)} <= refused
