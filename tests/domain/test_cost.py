"""What a checklist costs an old phone: counted exactly, warned of above each bound and not on it."""

from typing import Any

import pytest

from app.domain import cost
from app.domain.checklist import canonical, parse

TEXT = {"vi": "Chữ"}
SIGN = {"type": "yes_no"}
BOUNDS = ["cells", "screen", "conditions", "bytes"]


def item(key: str, answer: Any = SIGN, **parts: Any) -> dict[str, Any]:
    return {"key": key, "text": TEXT, "answer": answer, **parts}


def document(*sections: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"key": f"s{index}", "title": TEXT, "items": items} for index, items in enumerate(sections)]
    return {"slug": "x", "version": 1, "title": TEXT, "effective_from": "2020-08-01", "sections": parts}


FIELDS = [
    {"key": "f", "type": "yes_no", "text": TEXT},
    {"key": "g", "type": "yes_no", "text": TEXT, "when": {"not": {"any": [{"field": "f", "is": "yes"}]}}},
]
ROSTER = {"type": "roster", "row": {"label": TEXT}, "fields": FIELDS}
SAMPLE = parse(
    document(
        [item("a"), item("b", when={"all": [{"item": "a", "is": "yes"}, {"item": "a", "is_not": "no"}]})],
        [item("c", ROSTER), item("d", fails_when={"item": "d", "is": "no"})],
    )
)


def test_items_rows_cells_conditions_and_bytes_are_counted() -> None:
    rows = cost.ROWS_EXPECTED
    assert cost.estimate(SAMPLE) == cost.Cost(
        items=4,
        fields=2,
        rows=rows,
        cells=3 + 2 * rows,
        screen=1 + 2 * rows,
        conditions=2 + rows + 1,
        bytes=len(canonical(SAMPLE)),
    )
    assert cost.warnings(SAMPLE) == ()


def test_a_list_without_fields_is_one_cell() -> None:
    bare = {"type": "roster", "row": {"label": TEXT}, "fields": []}
    assert cost.estimate(parse(document([item("a", bare)]))).cells == 1


@pytest.mark.parametrize("measured", BOUNDS)
def test_only_what_passes_a_bound_is_warned_of(monkeypatch: pytest.MonkeyPatch, measured: str) -> None:
    bound, amount = f"{measured.upper()}_LIMIT", getattr(cost.estimate(SAMPLE), measured)
    monkeypatch.setattr(cost, bound, amount)
    assert cost.warnings(SAMPLE) == ()
    monkeypatch.setattr(cost, bound, amount - 1)
    (warning,) = cost.warnings(SAMPLE)
    assert (warning.code, warning.path) == (f"cost_{measured}", "sections[1]" if measured == "screen" else "")
    assert warning.message.startswith("nặng trên máy cũ: ")
