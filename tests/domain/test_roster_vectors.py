"""The vectors of rows, read by both runtimes: offline_client/src/domain/rosters.test.ts is the other reader."""

from typing import Any

import pytest

from app.domain import answers, rosters, scoring
from app.domain.answer_types import Roster
from app.domain.checklist import Item, parse
from tests.domain.vector_files import cells, groups

CASES = [
    pytest.param(group["checklist"], case, id=f"{name}: {case['description']}")
    for name, content in groups("rosters").items()
    for group in content
    for case in group["cases"]
]


@pytest.mark.parametrize(("document", "case"), CASES)
def test_rows(document: dict[str, Any], case: dict[str, Any]) -> None:
    checklist = parse(document)
    read = answers.read(checklist, cells(case["given"]["cells"]))
    score = scoring.score(checklist, read)
    items = {item.key: item for item in checklist.items()}
    tell = {"asked": _asked, "missing": _missing, "estimate": _estimate}
    found = {
        name: {key: tell[name](items[key], read.items[key], score) for key in wanted}
        for name, wanted in case["expect"].items()
    }
    assert found == case["expect"]


def _asked(item: Item, answer: answers.ItemAnswer, score: scoring.Score) -> dict[str, list[str]]:
    return {row.uuid: list(scoring.asked_fields(item, row, score)) for row in answer.rows}


def _missing(item: Item, answer: answers.ItemAnswer, score: scoring.Score) -> list[str]:
    assert isinstance(item.answer, Roster)
    return [row.uuid for row in rosters.missing_rows(item.answer, answer, scoring.lookup_of(score))]


def _estimate(item: Item, _: answers.ItemAnswer, score: scoring.Score) -> dict[str, Any] | None:
    found = scoring.estimate_of(item, next(trace for trace in score.items if trace.key == item.key))
    if found is None:
        return None
    return {"whole": found.whole, "low": found.low, "high": found.high, "too_small": found.too_small}


def test_no_case_was_lost() -> None:
    assert len(CASES) >= 11


def test_what_is_no_list_asks_nothing_of_rows() -> None:
    document = groups("rosters")["rows"][0]["checklist"]
    checklist = parse(document)
    read = answers.read(checklist, cells({"item/o/row/r1/sign": "yes"}))
    score = scoring.score(checklist, read)
    assert scoring.asked_fields(next(iter(checklist.items())), read.items["o"].rows[0], score) == ()
