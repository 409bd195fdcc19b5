"""Tries mutants in forks of one pytest that has collected its tests and migrated its database: a pytest plugin.

mutmut writes the mutants and notes which test reaches which function; its own runs import, collect and migrate anew for
each mutant, some seconds of which milliseconds are the tests. Read by `scripts/mutation`; from the folder `mutants`:

    python -m pytest -p tests.mutation_forks    MUTATION_SHARE=0/2: every second mutant; SAMPLE=80: of each module

Each share writes `../forks-<share>.json`, {mutant: exit code}; 33 is what mutmut says of one that no test reaches.
"""

import gc
import json
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from sqlalchemy import Engine

SECONDS_PER_TEST = 20
NOT_REACHED = 33
SEED = 20261130


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running the tests once: those that reach a mutant, for each mutant, until one fails."""
    if session.testsfailed:
        raise session.Interrupted("the tests could not be collected")
    share, of = map(int, os.environ["MUTATION_SHARE"].split("/"))
    items = {item.nodeid: item for item in _mixed(session.items)}
    stats = json.loads(Path("mutmut-stats.json").read_text("utf-8"))
    noted = {function: set(tests) for function, tests in stats["tests_by_mangled_function_name"].items()}
    reach = {function: [test for test in items if test in these] for function, these in noted.items()}
    os.environ["MUTANT_UNDER_TEST"] = ""
    assert not _fails(session.items[0])
    for engine in [each for each in gc.get_objects() if type(each) is Engine]:
        engine.dispose()  # SQLite's connections may not cross a fork
    sound, failed = _try("", session.items)
    assert sound == 0, f"without any mutant fails {failed}"
    gc.freeze()  # or every child's collections would copy all of it
    codes: dict[str, int] = {}
    killers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    begun = time.monotonic()
    mutants = _mutants()[share::of]
    for done, (function, mutant) in enumerate(mutants, 1):
        tests = sorted(reach.get(function, ()), key=lambda test: -killers[function][test])
        codes[mutant], killer = _try(mutant, [items[test] for test in tests])
        killers[function][killer] += 1
        if done % 20 == 0 or done == len(mutants):
            survived = sum(code in {0, NOT_REACHED} for code in codes.values())
            words = f"{done} of {len(mutants)}, {survived} survived, {time.monotonic() - begun:.0f} s"
            print(words, file=sys.__stderr__, flush=True)
            Path(f"../forks-{share}.json").write_text(json.dumps(codes), "utf-8")
    return True


def _mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """Of a file's tests many fail for the same mutants: all files in turn find more of them soon."""
    return random.Random(SEED).sample(items, len(items))


def _mutants() -> list[tuple[str, str]]:
    """The mangled name of its function, and the mutant's: all, or so many of each module (drawn, one seed), mixed."""
    drawing, most = random.Random(SEED), int(os.environ.get("SAMPLE") or sys.maxsize)
    found: list[str] = []
    for path in sorted(Path().rglob("*.py.meta")):
        of_module = sorted(json.loads(path.read_text("utf-8"))["exit_code_by_key"])
        found += drawing.sample(of_module, min(most, len(of_module)))
    drawing.shuffle(found)
    return [(mutant.rpartition("__mutmut_")[0], mutant) for mutant in found]


def _try(mutant: str, items: list[pytest.Item]) -> tuple[int, str]:
    """The exit code and the test that failed; a test that takes too long is ended by a signal and fails by that."""
    if not items:
        return NOT_REACHED, ""
    said, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ["MUTANT_UNDER_TEST"] = mutant
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for item in items:
            os.write(says, f"{item.nodeid}\n".encode())
            signal.alarm(SECONDS_PER_TEST)
            if _fails(item):
                os._exit(1)
        os._exit(0)
    os.close(says)
    with os.fdopen(said, encoding="utf-8") as lines:
        begun = lines.read().splitlines()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, begun[-1] if code and begun else ""


def _fails(item: pytest.Item) -> bool:
    """Runs it as if one of another file came next: what lives as long as the session goes on living."""
    elsewhere = next(each for each in item.session.items if each.path != item.path)
    return any(report.failed for report in runtestprotocol(item, nextitem=elsewhere, log=False))
