"""Where cells go, and where they came from, when a visit is moved to corrected checklists (docs/sync.md 4).

What both runtimes share is in tests/vectors/operations/repinning.json; here is what only the server asks.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.checklist import Checklist, parse
from app.domain.operations import Entry
from app.domain.repinning import REPIN, Repins, is_map, move_of

KEYS = ("a", "b", "c")
MADE = ("v1", "v2", "v3")


def moved(chk: str, to: str, items: dict[str, str]) -> Entry:
    value = {"from": chk, "chk": to, "map": items, "reason": "sửa"}
    return Entry(f"op-{chk}", REPIN, "visit/checklist", value, "L", chk=chk)


TWICE = Repins([moved("v1", "v2", {"a": "a", "b": "c"}), moved("v2", "v3", {"a": "d", "c": "c"})])


def now(repins: Repins, chk: str, path: str) -> str:
    return repins.carried(Entry("op", "set", path, "yes", "A", chk=chk)).path


def test_a_cell_goes_where_each_map_says() -> None:
    assert now(TWICE, "v1", "item/a/note") == "item/d/note"
    assert now(TWICE, "v1", "item/b/row/r1/co") == "item/c/row/r1/co"
    assert now(TWICE, "v1", "item/c") == "retired/v2/item/c"
    assert now(TWICE, "v2", "item/b") == "retired/v3/item/b"
    assert now(TWICE, "v3", "item/d") == "item/d"
    assert now(TWICE, "v1", "photo/p") == "photo/p"


def test_every_place_a_cell_may_have_been_written_at_is_named() -> None:
    assert TWICE.sources("item/d") == {"item/d", "item/a"}
    assert TWICE.sources("item/c") == {"item/c", "item/b"}
    assert TWICE.sources("retired/v2/item/c") == {"retired/v2/item/c", "item/c", "item/b"}
    assert TWICE.sources("retired/v3/item/b/note") == {"retired/v3/item/b/note", "item/b/note"}
    assert TWICE.sources("photo/p") == {"photo/p"}
    assert Repins().sources("item/a") == {"item/a"}


def test_which_checklists_a_visit_had() -> None:
    assert (TWICE.last, TWICE.checklists, len(TWICE)) == ("v3", frozenset(MADE), 2)
    assert [TWICE.knows(chk) for chk in ("v1", "v2", "v3", "v4")] == [True, True, True, False]
    assert (Repins().last, Repins().checklists) == (None, frozenset())
    assert Repins([Entry("op", "set", "item/a", "yes", "A", chk="v1")]).last is None


def test_a_circle_that_an_exported_file_may_have_ends() -> None:
    circle = Repins([moved("v1", "v2", {"a": "a"}), moved("v2", "v1", {"a": "b"})])
    assert now(circle, "v1", "item/a") == "item/a"
    assert circle.last is None


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(KEYS)), min_size=2, max_size=2), st.data())
def test_whatever_stands_at_a_path_was_written_at_one_of_its_sources(maps: list[dict[str, str]], data: Any) -> None:
    repins = Repins(moved(chk, to, items) for chk, to, items in zip(MADE, MADE[1:], maps, strict=False))
    written = f"item/{data.draw(st.sampled_from(KEYS))}"
    assert written in repins.sources(now(repins, "v1", written))


def asking(**answer: Any) -> Checklist:
    """A checklist with one item that is answered so."""
    item = {"key": "a", "text": {"vi": "Mục"}, "answer": answer}
    section = {"key": "chung", "title": {"vi": "Chung"}, "items": [item]}
    return parse({
        "slug": "vi-du", "version": 1, "title": {"vi": "Ví dụ"}, "effective_from": "2020-08-01", "sections": [section],
    })  # fmt: skip


def choices(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "text": {"vi": key}} for key in keys]


def roster(*fields: tuple[str, str]) -> dict[str, Any]:
    asked = [{"key": key, "type": kind, "text": {"vi": key}} for key, kind in fields]
    return {"type": "roster", "row": {"label": {"vi": "Dòng"}}, "fields": asked}


UNIT = {"unit": {"vi": "người"}}


@pytest.mark.parametrize(
    ("old", "new", "carried"),
    [
        ({"type": "yes_no"}, {"type": "yes_no"}, True),
        ({"type": "yes_no"}, {"type": "text"}, False),
        ({"type": "choice", "choices": choices("x", "y")}, {"type": "choice", "choices": choices("y", "x", "z")}, True),
        ({"type": "choice", "choices": choices("x", "y")}, {"type": "choice", "choices": choices("y", "z")}, False),
        ({"type": "number", **UNIT}, {"type": "number", **UNIT}, True),
        ({"type": "number", **UNIT}, {"type": "number", "unit": {"vi": "bàn"}}, False),
        ({"type": "number", **UNIT, "whole": True}, {"type": "number", **UNIT, "whole": False}, True),
        ({"type": "number", **UNIT, "whole": False}, {"type": "number", **UNIT, "whole": True}, False),
        ({"type": "number", **UNIT, "min": "1", "max": "5"}, {"type": "number", **UNIT, "min": "1", "max": "5"}, True),
        ({"type": "number", **UNIT, "min": "1", "max": "5"}, {"type": "number", **UNIT, "min": "0", "max": "6"}, True),
        ({"type": "number", **UNIT, "min": "1"}, {"type": "number", **UNIT, "min": "2"}, False),
        ({"type": "number", **UNIT, "max": "5"}, {"type": "number", **UNIT, "max": "4"}, False),
        ({"type": "number", **UNIT}, {"type": "number", **UNIT, "min": "0"}, False),
        ({"type": "number", **UNIT}, {"type": "number", **UNIT, "max": "9"}, False),
        ({"type": "text", "max_length": 10}, {"type": "text", "max_length": 10}, True),
        ({"type": "text", "max_length": 11}, {"type": "text", "max_length": 10}, False),
        (roster(("co", "yes_no")), roster(("co", "yes_no"), ("dung", "yes_no")), True),
        (roster(("co", "yes_no"), ("dung", "yes_no")), roster(("co", "yes_no")), False),
        (roster(("co", "yes_no")), roster(("co", "text")), False),
    ],
)
def test_an_item_is_carried_only_to_one_that_takes_all_it_may_hold(
    old: dict[str, Any], new: dict[str, Any], carried: bool
) -> None:
    assert is_map(asking(**old), asking(**new), {"a": "a"}) is carried


def test_a_map_names_items_of_both_and_none_twice() -> None:
    old, new = asking(type="yes_no"), asking(type="yes_no")
    assert is_map(old, new, {})
    assert not is_map(old, new, {"b": "a"})
    assert not is_map(old, new, {"a": "b"})
    assert not is_map(old, new, {"a": "a", "b": "a"})


def test_a_move_is_told_in_three_kinds_and_what_was_answered() -> None:
    def document(*items: dict[str, Any]) -> Checklist:
        made = [{"text": {"vi": "x"}, "answer": {"type": "yes_no"}} | item for item in items]
        section = {"key": "s", "title": {"vi": "S"}, "items": made}
        return parse(
            {"slug": "s", "version": 1, "title": {"vi": "S"}, "effective_from": "2020-08-01", "sections": [section]}
        )

    old = document({"key": "a"}, {"key": "b"}, {"key": "c"}, {"key": "d"})
    new = document({"key": "n"}, {"key": "c", "answer": {"type": "date"}}, {"key": "a"}, {"key": "d"})
    move = move_of(old, new, frozenset({"a", "c"}))
    assert (move.kept, move.asked, move.dropped, move.answered) == (("a", "d"), ("n", "c"), ("b", "c"), ("c",))
