"""Both runtimes on the same cases: this process scores in Python, one Node process in TypeScript."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from app.domain import answers, evidence, findings, scoring
from app.domain.checklist import Checklist, canonical, parse
from app.domain.publishing import problems
from app.domain.rescoring import Rescorer
from tests.differential.answering import Cells, cells
from tests.differential.checklists import checklist
from tests.differential.samples import drawn, with_samples
from tests.domain.vector_files import Head, explained

PROJECT = Path(__file__).parents[2]
KEPT = Path(__file__).with_name("kept_seeds.txt")


@dataclass(frozen=True)
class Case:
    """One checklist and one set of answers, made from a seed."""

    seed: int
    document: Any
    checklist: Checklist
    cells: Cells


def case(seed: int) -> Case:
    """The case of a seed; raises `ValueError` if it could not be published, which is a fault of the generator."""
    chance = Random(seed)
    beside = Random(f"mẫu {seed}")
    made = json.loads(canonical(parse(checklist(chance))))
    with_samples(beside, made)
    form = parse(made)
    if found := problems(form):
        raise ValueError(f"seed {seed}: {found[0]}")
    document = json.loads(canonical(form))
    return Case(seed, document, form, drawn(beside, document, cells(chance, document)))


def kept(file: Path = KEPT) -> list[int]:
    """Seeds that once showed a fault: run first, for ever."""
    lines = [line.split("#")[0].split() for line in file.read_text(encoding="utf-8").splitlines()]
    return [int(words[0]) for words in lines if words]


def keep(seed: int, what: str, file: Path = KEPT) -> None:
    """Write a failing seed down, once; it is committed with the repair."""
    if seed not in kept(file):
        with file.open("a", encoding="utf-8") as seeds:
            seeds.write(f"{seed}  # {' '.join(what.split())[:160]}\n")


def ours(given: Case) -> dict[str, Any]:
    """Answers in short, score with every trace, findings, and whether scoring step by step says the same; as JSON."""
    heads = {path: [Head(head["op"], head["value"]) for head in each] for path, each in given.cells.items()}
    read = answers.read(given.checklist, heads)
    score = scoring.score(given.checklist, read)
    found = findings.derive_findings(given.checklist, read, score)
    items = read.items.values()
    return {
        "contested": list(read.contested),
        "duplicates": {each.key: [list(uuids) for uuids in each.duplicates] for each in items if each.duplicates},
        "photos": {each.key: list(each.photos) for each in items if each.photos},
        "score": score.to_json(),
        "explained": explained(given.checklist, read, score),
        "findings": [finding.to_json() for finding in found],
        "lacking": _lacking(given.checklist, read, score),
        "stepwise": stepwise(given, heads) == (read, score),
    }


def _lacking(form: Checklist, read: answers.Answers, score: scoring.Score) -> list[str]:
    lookup, traces = scoring.lookup_of(score), {trace.key: trace for trace in score.items}
    return [
        path for item in form.items() for path in evidence.lacking(item, read.items[item.key], traces[item.key], lookup)
    ]


def stepwise(given: Case, heads: Mapping[str, Sequence[Head]]) -> tuple[answers.Answers, scoring.Score]:
    """The same answers, come in three steps in which some went again."""
    rescorer = Rescorer(given.checklist)
    for third in (0, 1):
        rescorer.update({path: each for place, (path, each) in enumerate(heads.items()) if place % 3 != third})
    return rescorer.update(heads)


def theirs(given: Sequence[Case]) -> Iterator[Any]:
    """What the TypeScript domain says of each, from one Node process."""
    lines = (json.dumps({"checklist": each.document, "cells": each.cells}) for each in given)
    node = ["node", str(Path(__file__).with_name("twin.mjs"))]
    said = subprocess.run(node, input="\n".join(lines), stdout=subprocess.PIPE, text=True, check=True, cwd=PROJECT)
    return (json.loads(line) for line in said.stdout.splitlines())


def differences(given: Sequence[Case], met: Counter[str] | None = None) -> dict[int, str]:
    """The seeds whose two results are not the same, with the first place where they part; `met` counts the traces."""
    found = {}
    for each, said in zip(given, theirs(given), strict=True):
        if place := differ(each, said):
            found[each.seed] = place
        if met is not None:
            met.update(f"{trace['rule']} {trace['state']} {trace['why']}" for trace in said["score"]["items"])
    return found


def differ(given: Case, said: Any) -> str:
    """Where Python parts from what TypeScript said of a case; empty if nowhere."""
    return first_difference(ours(given), said)


def first_difference(left: Any, right: Any, path: str = "") -> str:
    """Where two JSON values part, with both sides; empty if they are the same to the last digit and type."""
    if type(left) is not type(right):
        return f"{path}: {left!r} and {right!r}"
    if isinstance(left, dict):
        if left.keys() != right.keys():
            return f"{path}: {sorted(left)} and {sorted(right)}"
        return next((d for key in left if (d := first_difference(left[key], right[key], f"{path}.{key}"))), "")
    if isinstance(left, list):
        if len(left) != len(right):
            return f"{path}: {left!r} and {right!r}"
        pairs = enumerate(zip(left, right, strict=True))
        return next((d for place, (a, b) in pairs if (d := first_difference(a, b, f"{path}[{place}]"))), "")
    return "" if left == right else f"{path}: {left!r} and {right!r}"
