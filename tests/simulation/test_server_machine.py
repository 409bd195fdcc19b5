"""L2 in `make test`: the same machines each time, some twenty seconds per database."""

from flask import Flask

from tests.features.sync.phones import begin_story
from tests.simulation.server_machine import run_machines

MACHINES = 20


def test_whatever_people_and_devices_do_the_log_keeps_its_promises(app_on_each: Flask) -> None:
    run_machines(app_on_each, begin_story(app_on_each), MACHINES)
