"""The long form: `make differential CASES=10000`, or one `SEED=12345` with both results written out."""

import argparse
import json
import platform
import sys
import time
from collections import Counter

from tests.differential import twins

BATCH = 1_000


def main() -> int:
    """Print what was run and every seed whose results part; such seeds are kept. Exit code 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed; the kept ones run before it")
    parser.add_argument("--seed", type=int, help="only this one, with both results")
    options = parser.parse_args()
    if options.seed is not None:
        return one(options.seed)
    seeds = twins.kept() + list(range(options.first, options.first + options.cases))
    begun, parted, met = time.monotonic(), 0, Counter[str]()
    for start in range(0, len(seeds), BATCH):
        batch = [twins.case(seed) for seed in seeds[start : start + BATCH]]
        for each, place in twins.differences(batch, met).items():
            parted += 1
            twins.keep(each, place)
            print(f"seed {each}: {place}", flush=True)
    print(f"{len(seeds):,} cases, seeds {seeds[0]}..{seeds[-1]}, {parted} where the twins part")
    print(f"{sum(met.values()):,} items:", ", ".join(f"{count:,} {name}" for name, count in met.most_common()))
    print(f"{time.monotonic() - begun:.0f} s, {platform.machine()}, Python {platform.python_version()}")
    return 1 if parted else 0


def one(seed: int) -> int:
    """Write out one case and what each side says of it."""
    given = twins.case(seed)
    sides = twins.ours(given), next(twins.theirs([given]))
    for name, value in zip(
        ("checklist", "cells", "Python", "TypeScript"), (given.document, given.cells, *sides), strict=True
    ):
        print(f"{name}: {json.dumps(value, ensure_ascii=False, indent=1)}")
    place = twins.first_difference(*sides)
    print(place or "the same")
    return 1 if place else 0


if __name__ == "__main__":
    sys.exit(main())
