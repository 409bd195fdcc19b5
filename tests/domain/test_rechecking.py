"""A checklist cut to a few items: still publishable, the same bytes for the same items, with all that they need."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.checklists.loader import load
from app.domain.answers import read
from app.domain.checklist import Checklist, canonical, parse
from app.domain.conclusions import conclude
from app.domain.errors import Invalid
from app.domain.operations import Head
from app.domain.publishing import problems
from app.domain.rechecking import Seen, cut, sight_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = load((ROOT / "checklists/mot-cua-cap-xa/v1.yaml").read_bytes())
EXAMPLE = load((ROOT / "tests/fixtures/example-checklist.yaml").read_bytes())
CHECKLISTS: dict[str, Checklist] = {"shipped": SHIPPED, "example": EXAMPLE}


@settings(max_examples=20)
@given(name=st.sampled_from(sorted(CHECKLISTS)), picked=st.sets(st.integers(0, 200), min_size=1, max_size=6))
def test_any_cut_may_be_published_and_keeps_the_items_as_they_are(name: str, picked: set[int]) -> None:
    checklist = CHECKLISTS[name]
    keys = {checklist.items()[place % len(checklist.items())].key for place in picked}
    short = cut(checklist, keys)
    assert problems(short) == ()
    assert parse(short.model_dump(mode="json", by_alias=True, exclude_defaults=True)) == short
    assert keys <= set(short.by_key)
    for key in keys:
        whole, kept = checklist.by_key[key], short.by_key[key]
        assert kept == whole.model_copy(update={"critical": None})
    for extra in set(short.by_key) - keys:
        item = short.by_key[extra]
        assert (item.points, item.finding, item.critical) == (None, None, None)
    assert [item.key for item in short.items()] == [i.key for i in checklist.items() if i.key in short.by_key]
    assert (short.grades, short.version) == ((), 1)
    assert canonical(cut(checklist, sorted(keys))) == canonical(short), "the same items are the same document"


def test_another_choice_of_items_or_another_version_is_another_document() -> None:
    first, second = (item.key for item in SHIPPED.items()[:2])
    slugs = {
        cut(checklist, keys).slug
        for checklist in (SHIPPED, SHIPPED.model_copy(update={"version": 2}))
        for keys in ([first], [second], [first, second])
    }
    assert len(slugs) == 6
    assert SHIPPED.slug not in slugs


@pytest.mark.parametrize("keys", [[], ["khong-co"], [SHIPPED.items()[0].key, "khong-co"]])
def test_what_is_not_there_is_not_cut(keys: list[str]) -> None:
    with pytest.raises(Invalid, match="recheck_items"):
        cut(SHIPPED, keys)


CHAIN: dict[str, Any] = {
    "slug": "chuoi",
    "version": 1,
    "title": {"vi": "Chuỗi"},
    "effective_from": "2020-01-01",
    "grades": [{"key": "dat", "at_least": "0", "label": {"vi": "Đạt"}}],
    "sections": [
        {
            "key": "mot",
            "title": {"vi": "Một"},
            "weight": "40",
            "items": [
                {"key": "a", "text": {"vi": "A"}, "answer": {"type": "yes_no"}, "points": "1", "evidence": "required",
                 "critical": {"when_fails": True, "grade_at_most": "dat"}},
                {"key": "b", "text": {"vi": "B"}, "when": {"item": "a", "is": "yes"}, "points": "2",
                 "answer": {"type": "choice", "choices": [{"key": "x", "text": {"vi": "X"}, "points": "2"},
                                                          {"key": "y", "text": {"vi": "Y"}, "fail": True}]}},
                {"key": "le", "text": {"vi": "Lẻ"}, "answer": {"type": "yes_no"}, "points": "1"},
            ],
        },
        {
            "key": "hai",
            "title": {"vi": "Hai"},
            "weight": "60",
            "items": [
                {"key": "c", "text": {"vi": "C"}, "answer": {"type": "yes_no"}, "points": "3",
                 "when": {"any": [{"item": "b", "is": "y"}, {"not": {"all": [{"item": "b", "is": "x"}]}}]},
                 "finding": {"severity": "major", "text": {"vi": "C chưa đạt"}}},
            ],
        },
    ],
}  # fmt: skip


def test_what_conditions_look_at_is_asked_too_but_scores_nothing() -> None:
    short = cut(parse(CHAIN), ["c"])
    assert [item.key for item in short.items()] == ["a", "b", "c"]
    assert problems(short) == ()
    assert {item.evidence for item in short.items()[:2]} == {"none"}
    assert all(option.points is None for option in short.by_key["b"].answer.choices)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("answers", "seen", "text"),
    [
        ({"b": "y", "c": ["yes"]}, Seen.PASSED, ""),
        ({"b": "y", "c": ["no"]}, Seen.FAILED, "C chưa đạt"),
        ({"b": "y"}, Seen.UNCHECKED, ""),
        ({"b": "y", "c": ["yes", "no"]}, Seen.UNCHECKED, ""),
        ({"b": "x", "c": ["no"]}, Seen.UNCHECKED, ""),  # not asked
    ],
)
def test_what_a_short_visit_saw(answers: dict[str, Any], seen: Seen, text: str) -> None:
    short = cut(parse(CHAIN), ["c"])
    cells = {
        f"item/{key}": tuple(Head(f"{key}{n}", value, "u", "set") for n, value in enumerate(values))
        for key, values in {"a": ["yes"], **answers}.items()
    }
    concluded = conclude(short, read(short, cells))
    sight = sight_of("c", concluded.score.to_json(), concluded.findings, text="C")
    assert (sight.seen, sight.text) == (seen, text)
    assert (sight.paths == ()) == (seen is Seen.UNCHECKED)
    without = sight_of("c", concluded.score.to_json(), (), text="C")
    assert without.text == ("C" if seen is Seen.FAILED else "")
