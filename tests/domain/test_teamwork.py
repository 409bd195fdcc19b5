"""The vectors of the team, read by both runtimes: offline_client/src/domain/teamwork.test.ts is the other reader."""

from typing import Any

import pytest

from app.domain import operations, teamwork
from tests.domain.test_operations_vectors import entries
from tests.domain.vector_files import groups

CASES = [
    pytest.param(group["function"], case["given"], case["expect"], id=f"{group['function']}: {case['description']}")
    for content in groups("teamwork").values()
    for group in content
    for case in group["cases"]
]


def run(function: str, given: dict[str, Any]) -> dict[str, Any]:
    log = entries(given)
    if function == "assignees":
        return {"people": list(teamwork.assignees(operations.fold(log).get("assign/chung", ())))}
    if function == "comments":
        return {"comments": [[each.head.op, each.of, each.text] for each in teamwork.comments(log)]}
    marks = teamwork.done_marks(log, given["sections"])
    return {"marks": {key: [mark.head.op, mark.head.actor, mark.since] for key, mark in marks.items()}}


@pytest.mark.parametrize(("function", "given", "expect"), CASES)
def test_teamwork_vector(function: str, given: dict[str, Any], expect: dict[str, Any]) -> None:
    assert run(function, given) == expect


def test_every_teamwork_vector_is_read() -> None:
    assert len(CASES) == 27
