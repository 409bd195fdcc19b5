"""Machine facts, figures as text, and the same as JSON, so that two runs can be compared."""

import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build" / "bench"


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "?"


def machine() -> dict[str, Any]:
    """What the figures were measured on. The load says whether the machine was calm."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "?")  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    postgres = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return {
        "at": datetime.now().astimezone().isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "cpu": cpu,
        "memory_gib": round(memory),
        "load_before": round(os.getloadavg()[0], 1),
        "system": platform.platform(terse=True),
        "disk": _said("stat", "-f", "-c", "%T", "/tmp"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _said(str(postgres[-1]), "--version").split()[2] if postgres else "?",
        "node": _said("node", "--version"),
        "chromium": _said(shutil.which("chromium") or "chromium", "--version").removeprefix("Chromium "),
        "gunicorn": version("gunicorn"),
        "commit": _said("git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"),
    }


def spread(samples: Sequence[float]) -> dict[str, float]:
    """n, median, 95th percentile, least and greatest of a series, rounded to hundredths."""
    ordered = sorted(samples)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    figures = {"median": statistics.median(ordered), "p95": p95, "min": ordered[0], "max": ordered[-1]}
    return {"n": len(ordered)} | {name: round(value, 2) for name, value in figures.items()}


@dataclass
class Report:
    """Prints each table as soon as it is known and keeps it for the JSON."""

    facts: dict[str, Any] = field(default_factory=machine)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def head(self) -> None:
        print("\n".join(f"{name:>12}: {value}" for name, value in self.facts.items()), flush=True)

    def table(self, title: str, rows: list[dict[str, Any]]) -> None:
        """Print rows that have the same keys."""
        self.tables[title] = rows
        names = list(rows[0])
        cells = [names] + [[str(row[name]) for name in names] for row in rows]
        widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
        print(f"\n{title}")
        for line in cells:
            print("  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
        print(end="", flush=True)

    def write(self) -> Path:
        BUILD.mkdir(parents=True, exist_ok=True)
        file = BUILD / f"{date.today().isoformat()}.json"
        body = {"machine": self.facts, "load_after": round(os.getloadavg()[0], 1), "tables": self.tables}
        file.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return file
