"""Fold and score of 10,000 operations of one visit, by the Python domain and by its TypeScript twin."""

import itertools
import json
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from app.checklists.commands import FOLDER, file_of
from app.checklists.loader import load
from app.domain import answers, checklist, operations, publishing, scoring
from app.domain.rescoring import Rescorer
from tests.benchmarks.phones import sample_cells
from tests.benchmarks.report import BUILD, PROJECT, spread
from tests.benchmarks.servers import CHECKLIST

OPERATIONS = 10_000
ROUNDS = 9


def _entries() -> list[operations.Entry]:
    """200 cells, edited over and over by people who saw what they replaced."""
    chance, cells = random.Random(89), sample_cells(200)
    latest: dict[str, str] = {}
    entries = []
    for n in range(1, OPERATIONS + 1):
        cell = cells[n - 1] if n <= len(cells) else chance.choice(cells)
        op = f"{n:022d}"
        parents = (latest[cell.path],) if cell.path in latest else ()
        latest[cell.path] = op
        entries.append(operations.Entry(op, "set", cell.path, cell.value, "a", parents, n=n, status="acc"))  # fmt: skip
    return entries


def _rounds(work: Callable[[], Any]) -> dict[str, float]:
    work()
    samples = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        samples.append((time.perf_counter() - begun) * 1000)
    return spread(samples)


def _one_answer(form: checklist.Checklist, entries: list[operations.Entry]) -> Callable[[], Any]:
    """Fold one more answer in and score what it touches."""
    log, rescorer = operations.Fold(entries), Rescorer(form)
    rescorer.update(log.cells)
    numbers = itertools.count(len(entries) + 1)

    def work() -> None:
        last = entries[-1]
        log.apply(replace(last, op=f"{next(numbers):022d}", parents=(last.op,)))
        rescorer.update(log.cells)

    return work


def _publish_check() -> Callable[[], Any]:
    """Read and judge a checklist of 300 items."""
    items = [{"key": f"i{n}", "text": {"vi": "Chữ"}, "answer": {"type": "yes_no"}, "points": 100} for n in range(300)]
    sections = [{"key": f"s{n}", "title": {"vi": "Phần"}, "items": items[n * 30 : n * 30 + 30]} for n in range(10)]
    document = {"slug": "x", "version": 1, "title": {"vi": "Phiếu"}, "effective_from": "2020-08-01"}
    return lambda: publishing.problems(checklist.parse(document | {"sections": sections}))


def measure() -> dict[str, list[dict[str, Any]]]:
    """Milliseconds; both runtimes read the same operations, and must find the same total."""
    form = load(file_of(FOLDER, CHECKLIST, None).read_bytes())
    entries = _entries()
    cells = operations.fold(entries)
    rows = [
        {"runtime": "Python", "what": "fold", **_rounds(lambda: operations.fold(entries))},
        {"runtime": "Python", "what": "score", **_rounds(lambda: scoring.score(form, answers.read(form, cells)))},
        {
            "runtime": "Python",
            "what": "all",
            **_rounds(lambda: scoring.score(form, answers.read(form, operations.fold(entries)))),
        },
    ]
    rows += [
        {"runtime": "Python", "what": "one answer more", **_rounds(_one_answer(form, entries))},
        {"runtime": "Python", "what": "publish check, 300 items", **_rounds(_publish_check())},
    ]
    BUILD.mkdir(parents=True, exist_ok=True)
    given = BUILD / "operations.json"
    facts = {"checklist": json.loads(checklist.canonical(form)), "entries": [asdict(each) for each in entries]}
    given.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    script = PROJECT / "tests" / "benchmarks" / "domain.mjs"
    said = subprocess.run(["node", script, given, str(ROUNDS)], capture_output=True, text=True, check=True, cwd=PROJECT)
    theirs = json.loads(said.stdout)
    ours = scoring.score(form, answers.read(form, cells)).basis_points
    if ours != theirs["basisPoints"]:
        raise RuntimeError(f"the twins disagree: {ours} and {theirs['basisPoints']}")
    rows += [
        {"runtime": "TypeScript", "what": what, **spread(theirs[what])}
        for what in ("fold", "score", "all", "one answer more")
    ]
    return {f"Fold and score of {OPERATIONS:,} operations, ms": rows}
