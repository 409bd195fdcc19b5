"""The sampling vectors, which offline_client/src/domain/sampling.test.ts reads too, and what holds of any sample.

The vectors' figures were worked out apart from the module: sizes and intervals by the textbook's formulas with roots in
60 decimal digits, draws by the description in docs/checklists.md.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import sampling
from app.domain.answer_types import Sample
from tests.domain.vector_files import groups

LEAST = {"sizes": 7, "draws": 7, "estimates": 33}
PLAN = Sample.model_validate({"frame": {"vi": "Hồ sơ"}})


def cases(name: str) -> list[Any]:
    return [
        pytest.param(case["given"], case["expect"], id=case["description"])
        for group in groups("sampling")[name]
        for case in group["cases"]
    ]


@pytest.mark.parametrize(("given", "expect"), cases("sizes"))
def test_sizes(given: dict[str, Any], expect: dict[str, Any]) -> None:
    plan = Sample.model_validate(given["plan"])
    assert [sampling.advised_size(plan, frame) for frame in given["frames"]] == expect["advised"]
    assert [sampling.full_size(plan, frame) for frame in given["frames"]] == expect["full"]


@pytest.mark.parametrize(("given", "expect"), cases("draws"))
def test_draws(given: dict[str, Any], expect: dict[str, Any]) -> None:
    assert list(sampling.draw(given["seed"], given["frame"], given["size"])) == expect["ordinals"]
    rows = sampling.drawn_rows(given)
    assert list(rows.values()) == sorted(expect["ordinals"])
    assert dict(list(rows.items())[:3]) == expect["rows"]


@pytest.mark.parametrize(("given", "expect"), cases("estimates"))
def test_estimates(given: dict[str, Any], expect: dict[str, Any]) -> None:
    plan, counted = Sample.model_validate(given["plan"]), given["counted"]
    complete = counted.pop("complete")
    found = sampling.estimate(plan, **counted, complete=complete)
    counted["complete"] = complete
    if found is None:
        assert expect["estimate"] is None
        return
    assert {name: getattr(found, name) for name in expect["estimate"]} == expect["estimate"]
    if "claim" in given:
        assert sampling.standing_of(plan, found, *given["claim"]) == expect["standing"]


def test_no_file_and_no_case_was_lost() -> None:
    assert {name: len(cases(name)) for name in groups("sampling")} == LEAST


@given(st.text("0123456789abcdef/-", min_size=1, max_size=40), st.integers(1, 400), st.data())
def test_a_draw_is_of_different_ordinals_and_grows_at_its_end(seed: str, frame: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, frame))
    drawn = sampling.draw(seed, frame, size)
    assert len(set(drawn)) == size
    assert set(drawn) <= set(range(1, frame + 1))
    assert sampling.draw(seed, frame, max(1, size - 1)) == drawn[: max(1, size - 1)]
    rows = sampling.drawn_rows({"seed": seed, "frame": frame, "size": size})
    assert sorted(rows.values()) == sorted(drawn)


def test_every_ordinal_is_drawn_as_often_as_every_other() -> None:
    """Chi-square of 6,000 draws of 3 of 12: 11 degrees of freedom, 31.3 is passed once in a thousand (fixed seeds)."""
    drawn = Counter(ordinal for seed in range(6_000) for ordinal in sampling.draw(str(seed), 12, 3))
    expected = 6_000 * 3 / 12
    assert sum((drawn[ordinal] - expected) ** 2 / expected for ordinal in range(1, 13)) < 31.3


@given(st.integers(1, 500), st.integers(2, sampling.FRAME_LIMIT), st.data())
def test_the_share_found_lies_in_the_interval_and_its_mirror_mirrors(
    total: int, frame: int, data: st.DataObject
) -> None:
    frame = max(frame, total)
    observed = data.draw(st.integers(0, total))
    found = sampling.estimate(PLAN, observed, total, frame, total, complete=True)
    mirror = sampling.estimate(PLAN, total - observed, total, frame, total, complete=True)
    assert found is not None
    assert mirror is not None
    assert 0 <= found.low <= 10_000 * observed / total <= found.high <= 10_000
    assert (mirror.low, mirror.high) == (10_000 - found.high, 10_000 - found.low)
    assert sampling.standing_of(PLAN, found, observed, total) in ("compatible", "too_small")


@given(st.integers(1, 60), st.integers(61, 5_000), st.data())
def test_a_claim_fits_just_when_its_rate_is_between_the_ends(total: int, frame: int, data: st.DataObject) -> None:
    """Beyond the rounded ends it never fits, inside them by a basis point it always does."""
    observed = data.draw(st.integers(0, total))
    found = sampling.estimate(PLAN, observed, total, frame, total, complete=True)
    assert found is not None
    for points in (found.low - 1, found.low + 1, found.high - 1, found.high + 1):
        if 0 <= points <= 10_000 and found.high - found.low > 2:
            fits = sampling.standing_of(PLAN, found, points, 10_000) in ("compatible", "too_small")
            assert fits == (found.low < points < found.high), points
