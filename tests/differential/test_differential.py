"""The slice of the differential test that `make test` runs: the kept seeds, then 500 new cases in one Node process."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import scoring
from app.domain.publishing import RULES, kind_of
from tests.differential import twins
from tests.differential.twins import Case

CASES = 500


@pytest.fixture(scope="module")
def given() -> list[Case]:
    return [twins.case(seed) for seed in [*twins.kept(), *range(1, CASES + 1)]]


@pytest.fixture(scope="module")
def theirs(given: list[Case]) -> Iterator[list[Any]]:
    yield list(twins.theirs(given))


def parted(given: list[Case], theirs: list[Any]) -> list[str]:
    pairs = zip(given, theirs, strict=True)
    return [f"seed {each.seed}: {place}" for each, said in pairs if (place := twins.differ(each, said))]


def test_python_and_typescript_say_the_same_of_every_checklist_and_answers(
    given: list[Case], theirs: list[Any]
) -> None:
    assert parted(given, theirs) == []


def test_scoring_step_by_step_says_the_same_in_both(theirs: list[Any]) -> None:
    assert all(said["stepwise"] for said in theirs)  # and `ours` is the same to the last value


def test_the_cases_reach_every_rule_with_every_type_and_every_state(given: list[Case], theirs: list[Any]) -> None:
    kinds = {(each.seed, item.key): kind_of(item) for each in given for item in each.checklist.items()}
    traces = [(each, trace) for each, said in zip(given, theirs, strict=True) for trace in said["score"]["items"]]
    met = {(trace["rule"], kinds[each.seed, trace["key"]]) for each, trace in traces if trace["rule"]}
    assert met == {(rule, kind) for rule, types in RULES.items() for kind in types}
    states = Counter(trace["state"] for _, trace in traces)
    assert {"answered", "unanswered", "not_applicable", "not_asked", "contested", "incomplete"} == states.keys()
    assert sum(any(cap["bit"] for cap in said["score"]["caps"]) for said in theirs) > CASES // 50
    assert sum(len(said["findings"]) for said in theirs) > CASES // 2
    samples = [trace["state"] for _, trace in traces if "frame" in trace["inputs"]]
    assert {"answered", "contested", "incomplete"} <= set(samples)
    assert len(samples) > CASES // 5
    assert sum(len(said["lacking"]) for said in theirs) > CASES


def test_a_rounding_that_differs_is_found(
    given: list[Case], theirs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "half_up", lambda exact: exact.numerator // exact.denominator)
    assert len(parted(given[:100], theirs[:100])) > 10


@pytest.mark.parametrize(("left", "right"), [([1], [True]), ([1], []), ({}, None), ({"a": 1}, {"b": 1}), ("1", "2")])
def test_what_is_not_the_same_to_the_type_parts(left: Any, right: Any) -> None:
    assert twins.first_difference(left, right)


def test_what_parts_is_named_by_its_place() -> None:
    assert twins.first_difference({"a": [1, {"b": "1/3"}]}, {"a": [1, {"b": "1/2"}]}) == ".a[1].b: '1/3' and '1/2'"
    assert not twins.first_difference({"a": [0, None]}, {"a": [0, None]})


def test_a_failing_seed_is_kept_once(tmp_path: Path) -> None:
    file = tmp_path / "seeds"
    file.write_text("# a heading\n7  # what it showed\n", encoding="utf-8")
    twins.keep(9, "score.total:\n'1' and '2'", file)
    twins.keep(9, "again", file)
    assert twins.kept(file) == [7, 9]
