"""`make bench`: measures and prints; with names of parts, only these. Nothing here passes or fails."""

import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks import desk, domain, draining, field_client, following, issuing, pushing, statements, transfer
from tests.benchmarks.report import Report

PARTS: dict[str, Callable[[], dict[str, list[dict[str, Any]]]]] = {
    "pushing": pushing.measure,
    "transfer": transfer.measure,
    "following": following.measure,
    "statements": statements.measure,
    "domain": domain.measure,
    "client": field_client.measure,
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


main(sys.argv[1:])
