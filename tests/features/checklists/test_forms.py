"""Forms and documents: an unchanged form changes nothing, and every part of the format can be made in one."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.checklists.editing import forms
from app.checklists.editing.form_shapes import part_shape, tag_of
from app.checklists.editing.forms import Field, fields_of, read
from app.checklists.editing.parts import (
    Part,
    added,
    copied,
    followed,
    fresh,
    moved,
    part_of,
    places,
    put,
    removed,
    value_at,
)
from app.checklists.loader import read_yaml
from app.domain.checklist import parse
from app.domain.errors import Invalid
from tests.features.checklists.test_yaml_text import SHIPPED

ITEM = part_shape("Item")


def posted(fields: tuple[Field, ...]) -> dict[str, str]:
    """What a browser sends for the fields as they stand."""
    found: dict[str, str] = {}
    for each in fields:
        if each.kind == "list":
            found[f"{each.name}#"] = str(len(each.children))
        elif each.kind == "variants":
            found[f"{each.name}?"] = each.value
        elif each.kind != "table" and (each.kind != "check" or each.value):
            found[each.name] = each.value.replace("\n", "\r\n")
        found |= posted(each.children)
    return found


def filled(value: dict[str, Any], **changes: str) -> dict[str, Any]:
    """An item after its form was changed by hand."""
    return read(ITEM, posted(fields_of(ITEM, value)) | changes, value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_form_sent_back_unchanged_changes_nothing(path: Path) -> None:
    document, _ = read_yaml(path.read_text("utf-8"))
    items = list(places(document, Part(0, 0)))
    for part in [Part(), *places(document, Part(0)), *items]:
        value = value_at(document, part)
        again = read(part.shape, posted(fields_of(part.shape, value, part.leave_out)), value, part.leave_out)
        assert again == value
        assert list(again) == list(value)
    assert len(items) >= 2


def test_an_item_is_made_from_nothing_in_its_form() -> None:
    made = read(ITEM, {"key": "a", "text.vi": " Có biển ", "answer?": "ratio", "answer.observed.vi": "Có"}, {})
    assert made == {
        "key": "a",
        "text": {"vi": "Có biển"},
        "answer": {"type": "ratio", "observed": {"vi": "Có"}},
    }


def test_every_variant_of_the_format_can_be_chosen_and_is_recognised() -> None:
    for key in ("answer", "score", "when"):
        shape = ITEM.parts[key]
        assert len(shape.variants) >= 4
        for tag in shape.variants:
            chosen = filled({"key": "a"}, **{f"{key}?": tag})[key] if tag != "comparison" else {"item": "b", "is": "c"}
            assert tag_of(shape, chosen) == tag
            shown = filled({"key": "a", key: chosen})[key]
            assert (tag_of(shape, shown), filled({"key": "a", key: shown})[key]) == (tag, shown)


def test_conditions_nest_and_a_comparison_goes_inside_when_a_group_is_chosen() -> None:
    item = filled({"key": "b"}, **{"when?": "comparison", "when.item": "a", "when.is": "yes"})
    assert item["when"] == {"item": "a", "is": "yes"}
    assert filled(item, **{"when?": "not"})["when"] == {"not": {"item": "a", "is": "yes"}}
    item = filled(item, **{"when?": "any"})
    assert item["when"] == {"any": [{"item": "a", "is": "yes"}]}
    forms.change(item, "add:when.any")
    item = filled(item, **{"when.any[1]?": "comparison", "when.any[1].item": "a", "when.any[1].in": "x\r\n\r\n y "})
    assert item["when"]["any"][1] == {"item": "a", "in": ["x", "y"]}
    assert "when" not in filled(item, **{"when?": ""})


def test_buttons_add_move_and_remove_and_refuse_what_is_not_there() -> None:
    item: dict[str, Any] = {"answer": {"type": "choice", "choices": [{"key": "a"}, {"key": "b"}]}}
    forms.change(item, "down:answer.choices[0]")
    forms.change(item, "add:answer.choices")
    forms.change(item, "remove:answer.choices[0]")
    assert item["answer"]["choices"] == [{"key": "a"}, {}]
    for wrong in ("up:answer.choices[9]", "remove:answer[0]", "add:answer.type", "up:nothing[0]", "add:", "remove:x"):
        with pytest.raises(Invalid, match="draft_part_gone"):
            forms.change(item, wrong)
    assert item["answer"]["choices"] == [{"key": "a"}, {}]


def test_what_the_form_cannot_show_stays_until_somebody_takes_it_away() -> None:
    strange: dict[str, Any] = {"key": "a", "text": {"vi": "x"}, "poinst": "3", "points": {"vi": "không phải số"}}
    assert filled(strange) == strange
    assert "poinst" not in filled(strange, **{"poinst!": "1"})
    assert forms.unknown_keys(ITEM, strange) == ("poinst",)


def test_an_explicit_default_stays_and_a_cleared_field_is_gone() -> None:
    item = {"key": "a", "evidence": "optional", "not_applicable": False, "points": "5"}
    assert filled(item) == item
    assert filled(item, points="") == {key: value for key, value in item.items() if key != "points"}


def test_a_huge_or_odd_count_makes_no_rows() -> None:
    for count in ("501", "1e9", "-1", "٣", ""):
        answer = read(ITEM, {"answer?": "choice", "answer.choices#": count}, {})["answer"]
        assert answer == {"type": "choice", "choices": []}


# --- parts --------------------------------------------------------------------------------------------------


def test_a_new_checklist_may_be_published_and_grows_under_fresh_keys() -> None:
    document = fresh("thu", "Phiếu thử", "2020-08-01")
    parse(document)
    document, part = added(document, 0)
    document, section = copied(document, Part(0))
    assert (part, section) == (Part(0, 1), Part(1))
    keys = [each["key"] for where in document["sections"] for each in (where, *where["items"])]
    assert len(set(keys)) == len(keys) == 6
    parse(document)


def test_items_go_up_and_down_across_sections_and_stop_at_the_ends() -> None:
    document = copied(fresh("thu", "Phiếu thử", "2020-08-01"), Part(0))[0]
    key = document["sections"][1]["items"][0]["key"]
    up, where = moved(document, Part(1, 0), "up")
    assert where == Part(0, 1)
    assert value_at(up, where)["key"] == key
    assert moved(up, where, "down") == (document, Part(1, 0))
    assert moved(document, Part(0, 0), "up") == (document, Part(0, 0))
    assert moved(document, Part(1), "down") == (document, Part(1))


def test_an_unchanged_part_is_followed_to_where_it_stands_now() -> None:
    before = added(copied(fresh("thu", "Phiếu thử", "2020-08-01"), Part(0))[0], 0)[0]
    now = moved(before, Part(0, 1), "up")[0]
    assert followed(before, now, Part(0, 1)) == Part(0, 0)
    changed = put(now, Part(0, 0), {"key": "khac"})
    assert followed(before, changed, Part(0, 1)) is None
    assert followed(before, changed, Part()) == Part()
    assert followed(before, changed | {"scale": "10"}, Part()) is None
    assert followed(before, changed, Part(7)) is None


@pytest.mark.parametrize("path", ["sections", "sections[0].items", "sections[1000]", "sections[-1]", "x", "items[0]"])
def test_an_address_that_names_no_part_is_refused(path: str) -> None:
    with pytest.raises(Invalid, match="draft_part_gone"):
        part_of(path)


@pytest.mark.parametrize("broken", [{}, {"sections": "x"}, {"sections": [1]}, {"sections": [{"items": {}}]}])
def test_a_broken_document_is_refused_and_never_a_crash(broken: dict[str, Any]) -> None:
    for look in (value_at, copied, removed, lambda document, part: moved(document, part, "up")):
        with pytest.raises(Invalid, match="draft_part_gone"):
            look(deepcopy(broken), Part(0, 0))
    assert list(places(broken, Part(0, 0))) == []
