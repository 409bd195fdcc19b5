"""What fails in L1 is named by its seed, which `make simulate SEED=L1:…` plays again."""

from tests.simulation.rounds import violations_in

SAID = """
AssertionError: expected [ 'id2' ] to deeply equal []
Error: Property failed after 21 tests
{ seed: -2045741857, path: "20:6:19", endOnFailure: true }
Counterexample: [2 edits,0 proceeds 0 well /*replayPath="//N:/f"*/]
Error: Property failed after 3 tests
{ seed: 7, path: "2", endOnFailure: true }
"""


def test_every_seed_that_failed_is_named_with_its_path() -> None:
    found = violations_in(SAID)
    assert list(found) == [-2045741857, 7]
    assert 'path: "20:6:19"' in found[-2045741857]
