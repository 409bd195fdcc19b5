"""L0 in `make test`: some hundred walks of the model, and proof that its oracles see a fault."""

from collections import Counter

import pytest

from tests.simulation import model_bugs
from tests.simulation.seeds import wanted
from tests.simulation.walks import walk

WALKS = 300


def test_whatever_happens_the_model_loses_nothing() -> None:
    walks = [walk(seed) for seed in wanted("L0", 1, WALKS)]
    assert [f"L0:{each.seed} {problem}" for each in walks for problem in each.problems] == []
    faults = sum((each.faults for each in walks), Counter[str]())
    assert all(faults[kind] > 20 for kind in ("restored", "cloned", "store lost", "power lost", "member", "sign"))
    assert walk(7).server.log == walk(7).server.log, "a seed is a history"


@pytest.mark.parametrize("bug", [bug for bug in model_bugs.BUGS if "restored" in bug or "id" in bug.split()])
def test_its_oracles_see_a_fault(bug: str) -> None:
    """Those that show soon; `make simulate` finds all of tests/simulation/model_bugs.py."""
    assert model_bugs.find(bug, 60).histories is not None
