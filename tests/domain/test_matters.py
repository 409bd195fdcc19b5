"""What waits for a decision and what was decided, read from any part of a log."""

from app.domain.matters import CONTESTED, HELD, matters
from app.domain.operations import Entry, fold


def entry(op: str, value: object, *parents: str, n: int, path: str = "item/a", kind: str = "set", **more: str) -> Entry:
    status, why = more.get("status", "acc"), more.get("why", "")
    return Entry(op, kind, path, value, more.get("actor", "U1"), parents, n, status=status, why=why)


A, B = entry("a", "yes", n=1), entry("b", "no", n=2, actor="U2")
HOLD = entry("h", "yes", n=3, status="held", why="LATE_AFTER_SIGN")


def test_differing_heads_wait_and_equal_ones_do_not() -> None:
    [matter] = matters([A, B], fold([A, B]))
    assert (matter.kind, matter.path, [side.op for side in matter.sides], matter.decision) == (
        CONTESTED,
        "item/a",
        ["a", "b"],
        None,
    )
    same = [A, entry("c", "yes", n=2)]
    assert matters(same, fold(same)) == ()


def test_a_resolution_keeps_both_sides_and_its_reason() -> None:
    chosen = entry("r", {"value": "no", "reason": "Đã xem lại"}, "a", "b", n=3, kind="resolve")
    log = [A, B, chosen]
    [matter] = matters(log, fold(log))
    assert (matter.kind, [side.op for side in matter.sides], matter.decision) == (CONTESTED, ["a", "b"], chosen)


def test_a_resolution_of_one_answer_is_no_matter() -> None:
    alone = [A, entry("r", {"value": "no", "reason": "x"}, "a", n=2, kind="resolve")]
    assert matters(alone, fold(alone)) == ()


def test_a_held_one_waits_beside_what_stands_in_its_cell() -> None:
    [matter] = matters([A, HOLD], fold([A]))
    assert (matter.kind, [side.op for side in matter.sides], matter.decision) == (HELD, ["h", "a"], None)


def test_adopting_and_dismissing_end_it_and_the_first_decision_counts() -> None:
    adopt = entry("x", {"of": "h", "author": "U1", "value": "yes", "reason": "x"}, "a", n=4, kind="adopt")
    dismiss = entry("y", {"reason": "y"}, n=5, kind="dismiss", path="held/h")
    for decisions, wanted in (([adopt], "x"), ([dismiss], "y"), ([dismiss, adopt], "x")):
        log = [A, HOLD, *decisions]
        [matter] = matters(log, fold(log))
        assert matter.decision is not None
        assert matter.decision.op == wanted
        assert matter.subject is HOLD
    later = entry("w", {"of": "h", "author": "U1", "value": "yes", "reason": "w"}, "a", n=6, kind="adopt")
    [matter] = [each for each in matters([A, HOLD, dismiss, later], {}) if each.kind == HELD]
    assert matter.decision == later  # what was dismissed was adopted after all
    held_dismiss = entry("z", {"reason": "y"}, n=4, kind="dismiss", path="held/h", status="held", why="ROLE")
    waiting = [each for each in matters([HOLD, held_dismiss], {}) if each.decision is None]
    assert [each.subject.op for each in waiting] == ["h", "z"], "what is held itself decides nothing"


def test_what_is_missing_is_left_out_and_no_value_breaks_it() -> None:
    odd = [
        entry("r", {"value": "no", "reason": "x"}, "a", "gone", n=3, kind="resolve"),
        entry("q", ["?"], n=4, kind="adopt", status="held", why="BAD_VALUE"),
        entry("s", None, n=5, kind="", path="", status="held", why="BAD_TEXT"),
    ]
    assert [each.subject.op for each in matters(odd, fold([A, B]))] == ["q", "s"]
