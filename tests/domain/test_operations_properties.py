"""What must hold for every set of entries: I7 (order does not matter) and I8 (no accepted answer disappears)."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.domain import operations, visits, wire
from app.domain.operations import Entry, Fold, Known

PATHS = ("item/a", "item/b", "item/a/note")
VALUES = st.sampled_from(["yes", "no", None, {"observed": 1, "total": 2}, ["x", "y"], ["y", "x"]])


@st.composite
def logs(draw: st.DrawFn, *, honest: bool) -> list[Entry]:
    """A log as the server writes it: effective parents worked out in log order.

    Devices name what they like: with `honest` ops that are already there, else also ops that come later or never.
    """
    size = draw(st.integers(0, 14))
    known: dict[str, dict[str, Known]] = {path: {} for path in PATHS}
    log = []
    for n in range(1, size + 1):
        path = draw(st.sampled_from(PATHS))
        op, kind = f"op{n:02}", draw(st.sampled_from(["set", "set", "set", "detach"]))
        nameable = sorted(known[path]) if honest else [f"op{each:02}" for each in range(1, size + 2) if each != n]
        named = tuple(draw(st.lists(st.sampled_from(nameable), unique=True, max_size=4))) if nameable else ()
        held = draw(st.integers(0, 5)) == 0
        value = None if kind == "detach" else draw(VALUES)
        parents = () if held else operations.effective_parents(op, kind, named, known[path])
        if not held:
            known[path][op] = Known(wire.canonical(value), parents)
        status = operations.HELD if held else operations.ACCEPTED
        log.append(Entry(op, kind, path, value, f"U{n % 3}", parents, n, status=status))
    return log


@given(logs(honest=False), st.randoms(use_true_random=False))
def test_any_order_of_the_same_entries_gives_the_same_heads(log: list[Entry], random: Random) -> None:
    shuffled = list(log)
    random.shuffle(shuffled)
    one, other = Fold(log), Fold(shuffled)
    assert (one.cells, one.contested, one.agreed) == (other.cells, other.contested, other.agreed)


@given(logs(honest=False))
def test_every_accepted_op_is_a_head_or_an_ancestor_of_one(log: list[Entry]) -> None:
    accepted = {entry.op: entry for entry in log if entry.status == operations.ACCEPTED}
    waiting = [head.op for heads in operations.fold(log).values() for head in heads]
    reached = set(waiting)
    while waiting:
        entry = accepted[waiting.pop()]
        above = {p for p in entry.parents if p in accepted and accepted[p].path == entry.path} - reached
        reached |= above
        waiting.extend(above)
    assert reached == set(accepted)


@given(logs(honest=True))
def test_folding_one_more_entry_is_folding_them_all(log: list[Entry]) -> None:
    growing = Fold()
    for count, entry in enumerate(log, 1):
        growing.apply(entry)
        assert growing.cells == operations.fold(log[:count])


@given(logs(honest=True), st.integers(0, 14), st.randoms(use_true_random=False))
def test_a_signed_answer_set_is_the_fold_of_its_frozen_set_whatever_follows(
    log: list[Entry],
    at: int,
    random: Random,
) -> None:
    """I12: entries beyond the close change nothing, wherever they stand among close and signatures."""
    at = min(at, len(log))
    frozen = operations.fold(log[:at])
    digest = visits.answers_digest(frozen)
    close = Entry("zc", "close", visits.CLOSING, {"n": at, "h": "h", "own": [], "digest": digest}, "L")
    signs = [Entry(f"zs{p}", "sign", f"sign/{p}", {"close": "zc", "digest": digest}, "L") for p in visits.PARTIES]
    everything = [*log, close, *signs]
    random.shuffle(everything)
    assert visits.visit_state(everything).state == "signed"
    assert visits.answers_digest(visits.answer_cells(everything)) == digest


def test_an_operation_is_taken_for_the_entry_it_would_be() -> None:
    written = wire.Operation(
        op="o", visit="v", chk="c", kind="set", path="item/a", value="yes", parents=("p",), user="A", dev="D",
        wall="2026-11-22T08:00:00.000+07:00", app="test",
    )  # fmt: skip
    taken = operations.entry_of(written, actor="B", parents=(), n=3, status=operations.HELD, why="ROLE")
    assert taken == Entry(
        "o", "set", "item/a", "yes", "B", (), 3, status=operations.HELD, why="ROLE", wall=written.wall, chk="c"
    )
