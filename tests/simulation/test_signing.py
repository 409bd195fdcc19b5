"""The look at closings and signatures is worth something: what must not be closed is planted, and it is told."""

import json
from typing import Any

import pytest

from app.sync.queries import LogEntry
from tests.simulation import signing

ROW = "item/ban/row/r1"
PHOTO = {"of": "item/a", "sha256": "f" * 64}
Said = tuple[str, str, Any, list[str]]  # kind, path, value, parents


def log(answers: list[Said], held: frozenset[int] = frozenset(), **close: Any) -> list[LogEntry]:
    """These answers as op0, op1, …, some of them held, then a close that froze them all, `close` in it, a signature."""
    entries = [_entry(n, *said, status="held" if n in held else "acc") for n, said in enumerate(answers)]
    count = len(entries)
    frozen = signing._cells([(each, json.loads(each.body)) for each in entries if each.status == "acc"])
    value = {"own": [], "upto": {"w": count}, "digest": signing._digest(frozen)} | close
    signature = {"close": f"op{count}", "digest": value["digest"]}
    return [
        *entries,
        _entry(count, "close", "visit/closing", value, []),
        _entry(count + 1, "sign", "sign/lead", signature, []),
    ]


def _entry(n: int, kind: str, path: str, value: Any, parents: list[str], status: str = "acc") -> LogEntry:
    body = json.dumps({"op": f"op{n}", "kind": kind, "path": path, "val": value}).encode()
    return LogEntry(
        n + 1, f"op{n}", body, kind, path, "A", "w", n + 1, 1000 + n, status, "", tuple(parents), b"", b"", b"", b""
    )


GOOD: list[Said] = [
    ("set", "item/a", "yes", []),
    ("set", "item/a", "no", ["op0"]),
    ("resolve", "item/b", {"value": "yes", "reason": "x"}, []),
    ("set", "item/b", "yes", []),
    ("set", f"{ROW}/label", "Bàn 1", []),
    ("set", f"{ROW}/deleted", {"seen": ["op4"]}, []),
    ("set", "item/ban/row/r2/label", "Bàn 1", []),
    ("attach", "photo/p", PHOTO, []),
]
THERE = {"f" * 64: 1}


def test_a_good_closing_has_no_problems() -> None:
    assert signing.problems_of(log(GOOD), THERE, went_back=False) == []


@pytest.mark.parametrize(
    ("answers", "close", "problem"),
    [
        ([*GOOD, ("set", "item/a", "yes", ["op0"])], {}, "contested at item/a"),
        ([*GOOD, ("set", f"{ROW}/co-bien", "yes", [])], {}, f"contested at {ROW}/deleted"),
        ([*GOOD, ("set", "item/ban/row/r3/label", "Bàn 1", [])], {}, "two rows called Bàn 1"),
        ([*GOOD, ("attach", "photo/q", PHOTO | {"sha256": "e" * 64}, [])], {}, "had no photo eeeeeeee yet"),
        (GOOD, {"digest": "0" * 64}, "is not what it says"),
    ],
)
def test_what_must_not_be_closed_is_told(answers: list[Said], close: dict[str, Any], problem: str) -> None:
    said = signing.problems_of(log(answers, **close), THERE, went_back=False)
    assert [problem in each for each in said] == [True]


def test_a_photo_that_is_missing_with_a_reason_is_no_problem() -> None:
    assert signing.problems_of(log(GOOD, missing_photos_reason="x"), {}, went_back=False) == []


HELD: list[Said] = [("set", "item/c", "yes", []), ("set", "item/d", "yes", [])]
ADOPTED: Said = ("adopt", "item/c", {"of": "op0", "author": "B", "value": "yes", "reason": "x"}, [])
DISMISSED: Said = ("dismiss", "held/op1", {"reason": "x"}, [])


def held_and(*answers: Said, **close: Any) -> list[str]:
    """What is told of two held operations, with these answers after them."""
    return signing.problems_of(log([*HELD, *answers], frozenset({0, 1}), **close), THERE, went_back=False)


def test_what_is_left_held_without_a_reason_is_told() -> None:
    assert held_and(ADOPTED) == ["what was closed at 4 left op1 held, and gave no reason (I13)"]
    assert held_and(DISMISSED) == ["what was closed at 4 left op0 held, and gave no reason (I13)"]


def test_what_was_held_is_no_problem_once_decided_with_a_reason_or_unseen() -> None:
    assert held_and(ADOPTED, DISMISSED) == []
    assert held_and(held_reason="x") == []
    assert held_and(upto={}, digest=signing._digest({})) == []


def test_a_signature_of_something_else_is_told() -> None:
    entries = log(GOOD)
    other = _entry(len(entries), "sign", "sign/unit", {"close": f"op{len(GOOD)}", "digest": "0" * 64}, [])
    said = signing.problems_of([*entries, other], THERE, went_back=False)
    assert said == [f"the signature at {other.n} is not of what was closed (I13)"]
