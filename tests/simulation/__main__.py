"""`make simulate`: the long form of every layer, one table at the end, exit 1 on a violation.

    make simulate HISTORIES=10000 KILLS=200        everything
    make simulate LAYERS=L3,L5                     only these
    make simulate SEED=L3:12345                    one history again, as it was

Nothing is resumed: an interrupted run has proven nothing and prints no table.
"""

import argparse
import importlib
import os
import signal
import sys
import time
from dataclasses import replace

from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Report

# layer → (what it is, module with `run`). A layer whose module is missing is an error, not a gap in the table.
LAYERS: dict[str, tuple[str, str]] = {
    "L0": ("the model", "tests.simulation.walks"),
    "L1": ("the client's rounds", "tests.simulation.rounds"),
    "L2": ("the server's state machine", "tests.simulation.server_machine"),
    "L3": ("the real client against the real server", "tests.simulation.clients"),
    "L4": ("kill -9 of the server", "tests.simulation.server_kills"),
    "L4-disk": ("a full disk", "tests.simulation.disk_full"),
    "L5": ("kill -9 of Chromium", "tests.simulation.browser_kills"),
    "bugs": ("faults put in on purpose", "tests.simulation.bugs"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 0 if nothing was violated."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", default="", help="one history: L3:12345")
    parser.add_argument("--first", type=int, default=1, help="the first new seed")
    parser.add_argument("--layers", default="")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(arguments)
    plan = Plan(asked.histories, asked.kills, first=asked.first, workers=asked.workers)
    names = asked.layers.split(",") if asked.layers else list(LAYERS)
    if asked.seed:
        layer, _, seed = asked.seed.partition(":")
        names, plan = [layer], replace(plan, seed=int(seed))
    report = Report()
    for name in names:
        title, module = LAYERS[name]
        outcome = run(f"{name} {title}", module, plan)
        report.rows += outcome.rows
        report.found += outcome.found
    print(report.text())
    print(f"\nkept in {report.write()}")
    for violation in report.violations:
        print(
            f"VIOLATION {violation}\n  to see it again: make simulate SEED={violation.split()[0].rstrip(':')}",
            file=sys.stderr,
        )
    return 1 if report.violations else 0


def run(title: str, module: str, plan: Plan) -> Outcome:
    """One layer, with its time."""
    begun = time.monotonic()
    outcome: Outcome = importlib.import_module(module).run(plan, Progress(title))
    seconds = (time.monotonic() - begun) / max(1, len(outcome.rows))
    rows = [row if row.seconds else replace(row, seconds=seconds) for row in outcome.rows]
    return replace(outcome, rows=rows)


if __name__ == "__main__":
    # Asked to stop, it stops what it started: servers, clusters, browsers, mounted disks.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
