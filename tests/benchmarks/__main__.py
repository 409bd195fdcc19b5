"""`make bench`: measures and prints; PARTS only these, BASE against that commit. Nothing here passes or fails."""

import argparse
from collections.abc import Callable
from typing import Any

from tests.benchmarks import (
    compare,
    desk,
    domain,
    draining,
    field_client,
    following,
    forms,
    issuing,
    pushing,
    room,
    statements,
    transfer,
)
from tests.benchmarks.report import Report

PARTS: dict[str, Callable[[], dict[str, list[dict[str, Any]]]]] = {
    "pushing": pushing.measure,
    "transfer": transfer.measure,
    "following": following.measure,
    "room": room.measure,
    "statements": statements.measure,
    "domain": domain.measure,
    "client": field_client.measure,
    "forms": forms.measure,
    "draining": draining.measure,
    "issuing": issuing.measure,
    "desk": desk.measure,
}


def main(names: list[str]) -> None:
    """Run the parts that are named, or all."""
    report = Report()
    report.head()
    for name in names or PARTS:
        for title, rows in PARTS[name]().items():
            report.table(title, rows)
    print(f"\n{report.write()}")


parser = argparse.ArgumentParser(prog="make bench")
parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
parser.add_argument("--base", default="", help="a commit to measure in turn with this tree")
chosen = parser.parse_args()
if unknown := set(chosen.parts) - set(PARTS):
    parser.error(f"no such part: {', '.join(sorted(unknown))}")
if chosen.base:
    compare.main(chosen.base, chosen.parts)
else:
    main(chosen.parts)
