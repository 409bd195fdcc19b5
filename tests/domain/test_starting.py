"""When a visit began, read by both runtimes: offline_client/src/domain/starting.test.ts is the other reader."""

from dataclasses import asdict
from typing import Any

import pytest

from app.domain import starting
from tests.domain.test_operations_vectors import entries
from tests.domain.vector_files import groups

CASES = [
    pytest.param(case["given"], case["expect"], id=case["description"])
    for content in groups("starting").values()
    for group in content
    for case in group["cases"]
]


@pytest.mark.parametrize(("given", "expect"), CASES)
def test_starting_vector(given: dict[str, Any], expect: dict[str, Any] | None) -> None:
    found = starting.start_of(entries(given), lambda _digest, _sig: True)
    if found is None:
        assert expect is None
        return
    texts = {"said_text": starting.said_text(found), "bounds_text": starting.bounds_text(found)}
    assert asdict(found) | {"fits": found.fits} | texts == expect


def test_a_time_the_server_did_not_sign_proves_nothing() -> None:
    given: Any = next(case for case in CASES if case.id == "heard, sent, received").values[0]
    found = starting.start_of(entries(given), lambda digest, _sig: digest != starting.beacon_bytes(3000))
    assert found is not None
    assert found.not_before is None


def test_every_starting_vector_is_read() -> None:
    assert len(CASES) == 8
