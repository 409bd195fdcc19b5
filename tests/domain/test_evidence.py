"""The evidence vectors, read by both runtimes: offline_client/src/domain/evidence.test.ts is the other reader."""

from typing import Any

import pytest

from app.domain.answers import read
from app.domain.checklist import parse
from app.domain.evidence import lacking, veiled
from app.domain.scoring import lookup_of, score
from tests.domain.vector_files import cells, groups

CASES = [
    pytest.param(group["checklist"], case, id=case["description"])
    for group in groups("evidence")["photos"]
    for case in group["cases"]
]


@pytest.mark.parametrize(("document", "case"), CASES)
def test_what_still_needs_a_photo(document: dict[str, Any], case: dict[str, Any]) -> None:
    checklist = parse(document)
    answers = read(checklist, cells(case["given"]["cells"]))
    scored = score(checklist, answers)
    traces, lookup = {trace.key: trace for trace in scored.items}, lookup_of(scored)
    found = [
        path for item in checklist.items() for path in lacking(item, answers.items[item.key], traces[item.key], lookup)
    ]
    assert found == case["expect"]


VEILED = [pytest.param(case, id=case["description"]) for case in groups("evidence")["veiled"][0]["cases"]]


@pytest.mark.parametrize("case", VEILED)
def test_which_photos_are_shown_to_few(case: dict[str, Any]) -> None:
    assert sorted(veiled(cells(case["cells"]))) == case["expect"]  # type: ignore[arg-type]


def test_no_case_was_lost() -> None:
    assert len(CASES) >= 19
    assert len(VEILED) >= 10
