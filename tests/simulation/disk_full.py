"""L4, the other half: the server's disk fills up while phones work. 503 before COMMIT, never an `ok`; then it recovers.

The disk is a real ext4 of our own, filled to the last block. Phones keep what they have, and when space returns their
outboxes drain without anybody's doing (PostgreSQL may have given up meanwhile; then it is started again, as its
service manager would).
"""

import random
import threading
import time

from tests.simulation.clusters import Unmountable
from tests.simulation.history import Recorder
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Row
from tests.simulation.seeds import keep, wanted
from tests.simulation.server_kills import PATIENCE, Hand, Result, Site, finish, getting_on, hands_of, site

FILLS = 2  # how often the disk fills up in one history


def run_history(seed: int, database: str) -> Result:
    """One site whose disk fills up and empties again. Raises Unmountable where no disk can be mounted."""
    rng, result, recorder = random.Random(f"disk {database} {seed}"), Result(), Recorder()
    with site(database, mebibytes=96 if database == "postgresql" else 32) as place:
        if place.disk is None:
            raise Unmountable("a disk of our own needs root and loop devices")
        hands = hands_of(place, rng, recorder)
        threads = [threading.Thread(target=hand.work, daemon=True) for hand in hands]
        for thread in threads:
            thread.start()
        try:
            for _ in range(FILLS):
                if getting_on(hands, result, "before the disk was full"):
                    _fill_and_empty(place, hands, result, rng)
        finally:
            hands[0].stop.set()
            for thread in threads:
                thread.join(PATIENCE)
        finish(place, hands, recorder, result)
    return result


def _fill_and_empty(place: Site, hands: list[Hand], result: Result, rng: random.Random) -> None:
    assert place.disk
    refused_before = sum(hand.said["503"] for hand in hands)
    ballast = place.disk.fill(leave=rng.choice([0, 0, 64 * 1024]))
    deadline = time.monotonic() + PATIENCE
    while sum(hand.said["503"] for hand in hands) < refused_before + 5:
        if time.monotonic() > deadline:
            result.problems.append("the disk was full and nobody was told")
            break
        time.sleep(0.05)
    result.faults["disk full"] += 1
    ballast.unlink()
    if place.cluster and place.cluster.process and place.cluster.process.poll() is not None:
        place.cluster.kill()
        result.faults["PostgreSQL gave up"] += 1
    place.start()


def run(plan: Plan, progress: Progress) -> Outcome:
    """The long form: a history on each database for every twenty kills asked for."""
    seeds = [plan.seed] if plan.seed is not None else wanted("L4-disk", plan.first, max(1, plan.kills // 20))
    rows = []
    for database in ("sqlite", "postgresql"):
        total, violations = Result(), list[str]()
        for done, seed in enumerate(seeds):
            progress.at(done, len(seeds), database)
            one = run_history(seed, database)
            total.faults.update(one.faults)
            total.drain = max(total.drain, one.drain)
            if one.problems:
                keep("L4-disk", seed, one.problems[0])
                violations += [f"L4-disk:{seed} {database}: {problem}" for problem in one.problems[:5]]
        progress.at(len(seeds), len(seeds), database)
        name = f"L4 disk full, {database}"
        rows.append(Row(name, len(seeds), total.faults, span(seeds), violations, f"{total.drain:.1f} s"))
    return Outcome(rows)


def span(seeds: list[int]) -> str:
    """Seeds as the table shows them."""
    return f"{seeds[0]}..{seeds[-1]}" if len(seeds) > 1 else str(seeds[0])
