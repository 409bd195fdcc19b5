"""The operations vectors, read by both runtimes: offline_client/src/domain/operations.test.ts is the other reader."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain import acceptance, checklist, operations, repinning, visits, wire

VECTORS = Path(__file__).parents[1] / "vectors"
FOLDER = VECTORS / "operations"
GROUPS = [group for path in sorted(FOLDER.glob("*.json")) for group in json.loads(path.read_text("utf-8"))]
CASES = [
    pytest.param(group["function"], group, case, id=f"{group['function']}: {case['description']}")
    for group in GROUPS
    for case in group["cases"]
]


def entry(given: dict[str, Any]) -> operations.Entry:
    defaults = {"kind": "set", "actor": given.get("by", "A")}
    fields = {name: value for name, value in given.items() if name != "by"}
    return operations.Entry(**{**defaults, **fields, "parents": tuple(given.get("parents", ()))})


def entries(given: dict[str, Any]) -> list[operations.Entry]:
    return [entry(each) for each in given["entries"]]


def run_fold(given: dict[str, Any], expect: dict[str, Any], _group: Any) -> dict[str, Any]:
    """Heads are compared in the fields the vector names."""
    fold = operations.Fold(entries(given))
    cells = {
        path: [
            {name: getattr(head, name) for name in wanted}
            for head, wanted in zip(heads, expect["cells"][path], strict=True)
        ]
        for path, heads in fold.cells.items()
    }
    return {"cells": cells, "contested": list(fold.contested), "agreed": list(fold.agreed)}


def run_effective_parents(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    known = {
        op: operations.Known(wire.canonical(each["value"]), tuple(each.get("parents", ())))
        for op, each in given["known"].items()
    }
    return {"parents": list(operations.effective_parents(given["op"], given["kind"], tuple(given["parents"]), known))}


def run_hold_reason(given: dict[str, Any], _expect: Any, group: dict[str, Any]) -> dict[str, Any]:
    plain = {"op": "A" * 22, "visit": "V1", "chk": "c" * 64, "kind": "set", "path": "item/noi-quy", "value": "yes"}
    about = {"parents": [], "user": "U1", "dev": "D1", "wall": "w", "app": "0.1.0", "version": 1}
    fields: dict[str, Any] = {**plain, **about, **given["operation"]}
    operation = wire.Operation(**{**fields, "parents": tuple(fields["parents"])})
    around: dict[str, Any] = {"visit": "V1", "chk": "c" * 64, "actor": "U1", "role": "member", **given["circumstances"]}
    around["held"] = {op: acceptance.HeldOperation(**each) for op, each in around.get("held", {}).items()}
    document = checklist.parse(group["checklist"])
    if "target" in around:
        around["target"] = checklist.parse(group["target"])
    return {"why": acceptance.hold_reason(operation, document, acceptance.Circumstances(**around))}


def run_visit_state(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    log = entries(given)
    state = visits.visit_state(log)
    cells = visits.answer_cells(log)
    return {
        "state": state.state,
        "closing": state.closing and state.closing.op,
        "signed_by": sorted(state.signatures or {}),
        "frozen": state.frozen and sorted(state.frozen),
        "late": list(state.late),
        "signed_n": state.signed_n,
        "answers": {
            path: [head.value for head in cells[path]] for path in cells if operations.is_answer(path) and path
        },
    }


def run_signed_sets(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    log = entries(given)
    return {
        "sets": [
            {
                "close": each.closing.op,
                "n": each.n,
                "frozen": sorted(entry.op for entry in visits.frozen_entries(log, each.closing.value)),
            }
            for each in visits.visit_state(log).signed_sets
        ]
    }


def run_carried(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    carried = repinning.Repins(map(entry, given["repins"])).carried(entry(given["entry"]))
    return {"path": carried.path, "value": carried.value, "chk": carried.chk}


def run_is_map(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    old, new = checklist.parse(given["old"]), checklist.parse(given["new"])
    return {"map": repinning.is_map(old, new, given["map"])}


def run_frozen_cells(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    log = entries(given)
    sets = [visits.frozen_cells(log, each) for each in visits.visit_state(log).signed_sets]
    return {"sets": [{path: [head.value for head in heads] for path, heads in cells.items()} for cells in sets]}


def run_is_confirmed(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    log = entries(given)
    return {"confirmed": visits.is_confirmed(log, visits.visit_state(log))}


def run_counters(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    return {"upto": visits.counters(entries(given), given["n"])}


def run_open_held(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    return {"held": [each.op for each in visits.open_held(entries(given))]}


def run_answers_digest(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    cells = operations.fold(entries(given))
    return {"bytes": visits.answers_bytes(cells).decode(), "digest": visits.answers_digest(cells)}


def run_close_problem(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    return {"why": visits.close_problem(given["close"], entries(given), given["hash_at_n"])}


def run_minutes_digest(given: dict[str, Any], _expect: Any, _group: Any) -> dict[str, Any]:
    state = visits.visit_state(entries(given))
    assert state.closing is not None
    return {"digest": visits.minutes_digest(state.closing, state.signatures or {})}


RUNNERS: dict[str, Callable[[Any, Any, Any], dict[str, Any]]] = {
    "fold": run_fold,
    "effective_parents": run_effective_parents,
    "hold_reason": run_hold_reason,
    "visit_state": run_visit_state,
    "carried": run_carried,
    "is_map": run_is_map,
    "frozen_cells": run_frozen_cells,
    "signed_sets": run_signed_sets,
    "is_confirmed": run_is_confirmed,
    "counters": run_counters,
    "open_held": run_open_held,
    "answers_digest": run_answers_digest,
    "close_problem": run_close_problem,
    "minutes_digest": run_minutes_digest,
}


@pytest.mark.parametrize(("function", "group", "case"), CASES)
def test_operations_vector(function: str, group: dict[str, Any], case: dict[str, Any]) -> None:
    expect = case["expect"]
    assert RUNNERS[function](case["given"], expect, group) == expect


def test_every_operations_vector_is_read() -> None:
    assert len(list(FOLDER.glob("*.json"))) == 6
    assert len(CASES) == 393


def test_every_decision_a_vector_can_show_is_shown_at_least_twice() -> None:
    """Decisions 11 and 12 are about traffic and test databases: tests/features/sync and tests/conftest.py."""
    texts = [path.read_text("utf-8") for topic in ("operations", "wire") for path in (VECTORS / topic).glob("*.json")]
    named = Counter(int(number) for text in texts for number in re.findall(r"\(decision (\d+)", text))
    assert {number: named[number] >= 2 for number in range(1, 11)} == dict.fromkeys(range(1, 11), True)
