"""How much a run of the simulation does, and where it says how far it is.

A layer is a function `run(plan, progress) -> Outcome` in a module of its own, listed in `__main__.LAYERS`. The same
functions serve `make simulate` and, with small plans, the tests.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.report import BUILD, Found, Row, duration


@dataclass(frozen=True)
class Plan:
    """`histories` and `kills` as given to `make simulate`; a layer derives its own count from them.

    `seed`: run only this one history (the number behind `L3:`); None runs the kept seeds first, then `first`, `first`
    + 1, … `workers` processes at once. Whatever a layer keeps (histories, logs of servers) goes below `folder`.
    """

    histories: int = 300
    kills: int = 10
    seed: int | None = None
    first: int = 1
    workers: int = 2
    folder: Path = BUILD / "runs"


@dataclass(frozen=True)
class Outcome:
    """What a layer brings back."""

    rows: Sequence[Row]
    found: Sequence[Found] = ()


@dataclass
class Progress:
    """One line that is written over: how far, and when it will be done if it goes on like this."""

    title: str
    quiet: bool = False
    begun: float = field(default_factory=time.monotonic)
    shown: float = 0.0

    def at(self, done: int, total: int, words: str = "") -> None:
        """Say how far; at most twice a second, on a terminal over the last line, elsewhere once a minute."""
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if self.quiet or (done < total and now - self.shown < (0.5 if terminal else 60)):
            return
        self.shown = now
        elapsed = now - self.begun
        left = duration(elapsed / done * (total - done)) if done else "?"
        line = f"{self.title}: {done:,} of {total:,} after {duration(elapsed)}, {left} to go {words}"
        print(f"\r{line:<100}" if terminal else line, end="" if terminal and done < total else "\n", file=sys.stderr)
        sys.stderr.flush()
