"""L2 in `make test`: the same machines each time, some twenty seconds per database."""

import pytest
from flask import Flask

from tests.features.sync.phones import begin_story
from tests.simulation.server_machine import find, run_machines

MACHINES = 10


def test_whatever_people_and_devices_do_the_log_keeps_its_promises(app_on_each: Flask) -> None:
    run_machines(app_on_each, begin_story(app_on_each), MACHINES)


@pytest.mark.parametrize("bug", ["lets a twin use a number twice"])
def test_a_seeded_bug_is_found(bug: str) -> None:
    """One of the list, for the time they take; `make simulate` finds all of tests/simulation/server_bugs.py."""
    assert find(bug, 60).histories is not None
