"""L1: the client's pure rounds (`step`) under fast-check, in Node: the test of offline_client, with more runs."""

import os
import subprocess

from tests.simulation.clients import CLIENT
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Row


def run(plan: Plan, progress: Progress) -> Outcome:
    """As many runs as histories are asked for. fast-check shrinks what fails and prints its own seed and path."""
    progress.at(0, plan.histories)
    command = ["npx", "vitest", "run", "tests/sync/model.test.ts", "--testTimeout", "3600000"]
    environment = {**os.environ, "L1_RUNS": str(plan.histories), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=CLIENT, env=environment, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    at = max(0, said.find("Property failed"))
    violations = [f"L1: {' '.join(said[at : at + 600].split())}"] if done.returncode else []
    return Outcome([Row("L1 rounds", plan.histories, {}, "random", violations)])
