"""`make bench BASE=<commit>`: measures that commit and this tree in turn, twice each, and reports the ratios.

The measuring code is this tree's for both; the app, its built client and the way its screens are driven are each tree's
own. A ratio under 1 is faster or smaller than the base. Each figure is the mean of its two runs.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.report import BUILD, PROJECT

ORDER = ("base", "now", "now", "base")
"""A machine that warms up or slows down weighs on both alike."""
Row = dict[str, Any]
Tables = dict[str, list[Row]]


def main(base: str, parts: list[str]) -> None:
    """Print a table of ratios for each table of the report."""
    trees = {"base": _checked_out(base), "now": PROJECT}
    seen: dict[str, list[Tables]] = {name: [] for name in trees}
    for name in ORDER:
        print(f"• {name}", flush=True)
        seen[name].append(_run(trees[name], parts))
    for title in seen["now"][0]:
        print(f"\n{title}: now / {base}")
        for row in ratios(seen["base"], seen["now"], title):
            print("  " + "  ".join(f"{name}: {value}" for name, value in row.items()))


def ratios(base: list[Tables], now: list[Tables], title: str) -> list[Row]:
    """A row of this table for each of its rows: its words as they are, its numbers as a ratio of means."""
    rows = []
    for number, row in enumerate(now[0][title]):
        compared: Row = {}
        for name, value in row.items():
            if isinstance(value, str) or name == "n":
                compared[name] = value
                continue
            before, after = (_mean(runs, title, number, name) for runs in (base, now))
            compared[name] = "?" if not before or after is None else round(after / before, 2)
        rows.append(compared)
    return rows


def _mean(runs: list[Tables], title: str, number: int, name: str) -> float | None:
    values = [run[title][number].get(name) for run in runs if len(run.get(title, [])) > number]
    numbers = [value for value in values if isinstance(value, int | float)]
    return sum(numbers) / len(numbers) if numbers else None


def _checked_out(commit: str) -> Path:
    """A worktree of the commit with this tree's benchmarks, the installed packages, and its own built client."""
    tree = BUILD / "base"
    git = ["git", "-C", str(PROJECT)]
    if tree.exists():
        subprocess.run([*git, "worktree", "remove", "--force", str(tree)], check=True)
    subprocess.run([*git, "worktree", "add", "--detach", "--quiet", str(tree), commit], check=True)
    shutil.rmtree(tree / "tests" / "benchmarks")
    shutil.copytree(PROJECT / "tests" / "benchmarks", tree / "tests" / "benchmarks")
    client = Path("offline_client")
    locks = {(root / client / "package-lock.json").read_bytes() for root in (tree, PROJECT)}
    if len(locks) == 1:
        (tree / client / "node_modules").symlink_to((PROJECT / client / "node_modules").resolve())
    else:
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=tree / client, check=True)
    subprocess.run(["npm", "run", "--silent", "build"], cwd=tree / client, check=True, stdout=subprocess.DEVNULL)
    return tree


def _run(tree: Path, parts: list[str]) -> Tables:
    environment = os.environ | {"PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "tests.benchmarks", *parts]
    subprocess.run(command, cwd=tree, env=environment, check=True)
    newest = max((tree / "build" / "bench").glob("*-*-*.json"), key=lambda file: file.stat().st_mtime)
    tables: Tables = json.loads(newest.read_text(encoding="utf-8"))["tables"]
    return tables
