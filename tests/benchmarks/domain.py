"""Fold and score of 10,000 operations of one visit, by the Python domain and by its TypeScript twin."""

import itertools
import json
import random
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
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


@dataclass(frozen=True)
class _Cell:
    path: str
    value: Any


def _large_document() -> dict[str, Any]:
    """300 items in 10 sections; the last is a roster of four fields with a ratio counted from one."""
    answer = {"type": "yes_no"}
    items = [{"key": f"i{n}", "text": {"vi": "Chữ"}, "answer": answer, "points": 100} for n in range(299)]
    fields = [{"key": f"f{n}", "type": "yes_no", "text": {"vi": "Chữ"}} for n in range(4)]
    ratio = {"counts": {"field": "f0", "is": "yes"}}
    roster = {"type": "roster", "row": {"label": {"vi": "Dòng"}}, "fields": fields, "ratio": ratio}
    scored = {"points": 100, "score": "proportional", "zero_total": "not_applicable"}
    items.append({"key": "bang", "text": {"vi": "Bảng"}, "answer": roster, **scored})
    sections = [{"key": f"s{n}", "title": {"vi": "Phần"}, "items": items[n * 30 : n * 30 + 30]} for n in range(10)]
    document = {"slug": "x", "version": 1, "title": {"vi": "Phiếu"}, "effective_from": "2020-08-01"}
    return document | {"sections": sections}


def _large_cells() -> tuple[_Cell, ...]:
    """Every item answered, and 50 rows of the roster."""
    plain = [_Cell(f"item/i{n}", "no" if n % 9 == 0 else "yes") for n in range(299)]
    rows = [f"item/bang/row/00000000-0000-4000-8000-{n:012d}" for n in range(50)]
    labels = [_Cell(f"{row}/label", f"Dòng {n}") for n, row in enumerate(rows)]
    orders = [_Cell(f"{row}/order", f"{n:03d}") for n, row in enumerate(rows)]
    fields = [_Cell(f"{row}/f{n}", "yes") for row in rows for n in range(4)]
    return (*plain, *labels, *orders, *fields)


def _entries(cells: Sequence[Any]) -> list[operations.Entry]:
    """Cells edited over and over by people who saw what they replaced."""
    chance = random.Random(89)
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
    document = _large_document()
    return lambda: publishing.problems(checklist.parse(document))


def measure() -> dict[str, list[dict[str, Any]]]:
    """Milliseconds; both runtimes read the same operations, and must find the same total."""
    shipped = load(file_of(FOLDER, CHECKLIST, None).read_bytes())
    large = checklist.parse(_large_document())
    publish = {"runtime": "Python", "what": "publish check", **_rounds(_publish_check())}
    return {
        f"Fold and score of {OPERATIONS:,} operations, ms": _twins(shipped, sample_cells(200)),
        f"The same with 300 items and a roster of 50 rows, {len(_large_cells())} cells, ms": [
            *_twins(large, _large_cells()),
            publish,
        ],
    }


def _twins(form: checklist.Checklist, answered: Sequence[Any]) -> list[dict[str, Any]]:
    entries = _entries(answered)
    cells = operations.fold(entries)
    rows = [
        {"runtime": "Python", "what": what, **_rounds(work)}
        for what, work in {
            "fold": lambda: operations.fold(entries),
            "score": lambda: scoring.score(form, answers.read(form, cells)),
            "all": lambda: scoring.score(form, answers.read(form, operations.fold(entries))),
            "one answer more": _one_answer(form, entries),
        }.items()
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
    return rows + [
        {"runtime": "TypeScript", "what": what, **spread(theirs[what])}
        for what in ("fold", "score", "all", "one answer more")
    ]
