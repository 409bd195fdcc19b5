"""The mutation score of each module: python scripts/mutation_score.py build/mutation/tree/mutants (mutmut filled it).

What forks tried (tests/mutation_forks.py) stands beside that folder.

A mutant is killed when a test failed or ran into its time limit. One that no test reached counts as survived.
Exit code 1 below the percentage named after the folder, 85 if none is.
"""

import json
import sys
from collections import Counter
from pathlib import Path

# A failed test, pytest's internal error, a time limit, the CPU limit's signal, the alarm's.
KILLED = {1, 3, 24, 36, -24, 255, 152, -14}
UNKNOWN = {None, 2}  # not run yet, interrupted


def main(folder: Path, wanted: int = 85) -> int:
    """Print one line a module and their sum."""
    tried = dict(pair for each in folder.parent.glob("forks-*.json") for pair in json.loads(each.read_bytes()).items())
    everything: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.py.meta")):
        noted = json.loads(path.read_text("utf-8"))["exit_code_by_key"]
        codes = {mutant: tried.get(mutant, code) for mutant, code in noted.items()}
        count = Counter(
            "unknown" if code in UNKNOWN else "killed" if code in KILLED else "survived" for code in codes.values()
        )
        if count:
            print(line(path.relative_to(folder).as_posix().removesuffix(".meta"), count))
            everything += count
    print(line("all", everything))
    for mutant, code in sorted(tried.items()):
        if code not in KILLED:
            print("survived:", mutant)
    done = everything["killed"] + everything["survived"]
    return 0 if done and everything["killed"] * 100 >= wanted * done else 1


def line(name: str, count: Counter[str]) -> str:
    """Whole numbers: tenths of a percent, rounded down."""
    done = count["killed"] + count["survived"]
    tenths = count["killed"] * 1000 // done if done else 0
    share = f"{tenths // 10}.{tenths % 10} %" if done else "-"
    left = f", {count['unknown']} not run" if count["unknown"] else ""
    return f"{name:34} {count['killed']:5} of {done:5} killed  {share:>7}{left}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
