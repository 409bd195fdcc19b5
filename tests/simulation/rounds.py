"""L1: the client's pure rounds (`step`) under fast-check, in Node: the test of offline_client, with more runs.

A seed stands for all runs drawn from it. One that fails is kept, and the test plays it first from then on.
"""

import os
import re
import subprocess

from tests.simulation.clients import CLIENT
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Row
from tests.simulation.seeds import keep


def run(plan: Plan, progress: Progress) -> Outcome:
    """As many runs as histories are asked for."""
    progress.at(0, plan.histories)
    command = ["npx", "vitest", "run", "tests/sync/model.test.ts", "--testTimeout", "3600000"]
    environment = {**os.environ, "L1_RUNS": str(plan.histories), "NO_COLOR": "1"}
    if plan.seed is not None:
        environment["L1_SEED"] = str(plan.seed)
    done = subprocess.run(command, cwd=CLIENT, env=environment, capture_output=True, text=True, check=False)
    violations = violations_in(done.stdout + done.stderr) if done.returncode else {}
    for seed, said in violations.items():
        keep("L1", seed, said)
    told = [f"L1:{seed} {said}" for seed, said in violations.items()]
    if done.returncode and not told:
        told = [f"L1: {' '.join(done.stderr.split())[-600:]}"]
    return Outcome([Row("L1 rounds", plan.histories, {}, "random" if plan.seed is None else f"{plan.seed}", told)])


def violations_in(said: str) -> dict[int, str]:
    """What fast-check says of each seed that failed, with the path to the history it shrank it to."""
    failed = re.finditer(r"Property failed.*?seed: (-?\d+)", said, re.DOTALL)
    return {int(each[1]): " ".join(said[each.start() : each.start() + 600].split()) for each in failed}
