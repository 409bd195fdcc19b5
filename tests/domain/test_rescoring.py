"""Scoring cell by cell: equal to scoring the whole, and no more work in a long checklist than in a short one."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from app.domain import answers, scoring
from app.domain.checklist import Checklist, parse
from app.domain.operations import Entry, Fold
from app.domain.rescoring import Rescorer, Work
from tests.differential import twins
from tests.domain.vector_files import Head

TEXT = {"vi": "Chữ"}


@pytest.mark.parametrize("seed", range(60))
def test_any_walk_of_cells_scores_as_the_whole_does(seed: int) -> None:
    case, chance = twins.case(seed), Random(seed)
    written = {path: tuple(Head(each["op"], each["value"]) for each in heads) for path, heads in case.cells.items()}
    rescorer, cells = Rescorer(case.checklist), dict[str, tuple[Head, ...]]()
    for _ in range(5):
        for path in chance.sample(sorted(written), len(written) // 2):
            if cells.pop(path, None) is None or chance.random() < 0.5:
                cells[path] = written[chance.choice(sorted(written))] if chance.random() < 0.1 else written[path]
        read = answers.read(case.checklist, cells)
        assert rescorer.update(cells) == (read, scoring.score(case.checklist, read))


def long(items: int) -> Checklist:
    """Sections of ten; the second item of each hangs on its first, and the third on the second."""
    sections = []
    for start in range(0, items, 10):
        each: list[dict[str, Any]] = [
            {"key": f"i{number}", "text": TEXT, "answer": {"type": "yes_no"}, "points": 500}
            for number in range(start, start + 10)
        ]
        each[1]["when"] = {"item": f"i{start}", "is": "yes"}
        each[2]["when"] = {"not": {"all": [{"item": f"i{start + 1}", "is": "no"}]}}
        sections.append({"key": f"s{start}", "title": TEXT, "items": each})
    return parse({"slug": "x", "version": 1, "title": TEXT, "effective_from": "2020-08-01", "sections": sections})


@pytest.mark.parametrize("items", [30, 300])
def test_one_answer_costs_the_items_it_touches_however_long_the_checklist(items: int) -> None:
    log, rescorer = Fold(), Rescorer(long(items))
    for path, scored in {"i3": 1, "i3/note": 1, "i10": 3, "i11": 2, "i29": 1}.items():
        before = replace(rescorer.work)
        log.apply(Entry(path, "set", f"item/{path}", "yes", "a", (), n=1, status="acc"))
        rescorer.update(log.cells)
        assert rescorer.work == Work(before.read + 1, before.scored + scored)
    before = replace(rescorer.work)
    rescorer.update(dict(log.cells))
    assert rescorer.work == before
