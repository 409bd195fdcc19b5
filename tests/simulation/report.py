"""What the layers of the simulation say of themselves: rows of one table, and the same as JSON with the machine.

Every layer returns `Row`s (and `Found` for seeded bugs). `Report` prints one table and writes
`build/simulation/<date>.json`, so that two runs can be compared.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.benchmarks.report import PROJECT, machine

BUILD = PROJECT / "build" / "simulation"


@dataclass(frozen=True)
class Row:
    """One line of the table. `histories` are runs from a seed, or kills; `faults` counts what was done, by kind.

    `slowest_drain` says how long the slowest outbox needed to empty once the faults had ended, with its unit
    ("7 rounds", "2.4 s"), or "" where nothing drains. `seeds` says which ("1..10000"); `violations` names what went
    wrong, each with the seed that shows it (`L3:12345`).
    """

    layer: str
    histories: int
    faults: Mapping[str, int]
    seeds: str
    violations: Sequence[str] = ()
    slowest_drain: str = ""
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Found:
    """A seeded bug: after how many histories the layer found it, or None if it never did (which is a violation)."""

    bug: str
    layer: str
    histories: int | None
    seed: str = ""


@dataclass
class Report:
    """All rows of one run, with what it ran on."""

    rows: list[Row] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=machine)

    @property
    def violations(self) -> list[str]:
        """Everything that must make the run fail."""
        missed = [
            f"{each.layer}: the seeded bug “{each.bug}” was not found" for each in self.found if not each.histories
        ]
        return [violation for row in self.rows for violation in row.violations] + missed

    def text(self) -> str:
        """The table as Markdown, which is what docs/reliability.md shows."""
        lines = _table(
            ("layer", "histories", "faults by kind", "violations", "slowest drain", "seeds", "time"),
            [
                (
                    row.layer,
                    f"{row.histories:,}",
                    ", ".join(f"{count:,} {kind}" for kind, count in sorted(row.faults.items())) or "–",
                    f"{len(row.violations)}",
                    row.slowest_drain or "–",
                    row.seeds,
                    duration(row.seconds),
                )
                for row in self.rows
            ],
        )
        if self.found:
            lines += ["", *_table(("seeded bug", "found by", "histories to find"), [
                (each.bug, each.layer, f"{each.histories:,}" if each.histories else "**not found**")
                for each in self.found
            ])]  # fmt: skip
        facts = "; ".join(f"{name} {value}" for name, value in self.facts.items())
        return "\n".join([*lines, "", f"Machine: {facts}", *(f"VIOLATION {each}" for each in self.violations)])

    def write(self, folder: Path = BUILD) -> Path:
        """Keep the run as JSON; a second run of the day gets a number."""
        folder.mkdir(parents=True, exist_ok=True)
        names = (f"{date.today().isoformat()}{f'-{k}' if k else ''}.json" for k in range(1000))
        file = next(folder / name for name in names if not (folder / name).exists())
        body = {
            "machine": self.facts | {"load_after": round(os.getloadavg()[0], 1)},
            "rows": [vars(row) | {"faults": dict(row.faults), "violations": list(row.violations)} for row in self.rows],
            "found": [vars(each) for each in self.found],
        }
        file.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return file


def duration(seconds: float) -> str:
    """Seconds as a person reads them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]
