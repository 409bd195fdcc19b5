"""Two versions item by item: nothing that differs is kept quiet, and what it does to scores is said."""

from typing import Any

import pytest

from app.domain.checklist import Checklist, canonical, parse
from app.domain.comparing import Change, Comparison, Line, compare


def item(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "text": {"vi": f"Nội dung {key}"}, "answer": {"type": "yes_no"}, "points": "10"} | more


def checklist(*sections: list[dict[str, Any]], **head: Any) -> Checklist:
    made = [
        {"key": f"p{place}", "title": {"vi": f"Phần {place}"}, "items": each} for place, each in enumerate(sections)
    ]
    return parse(
        {"slug": "thu", "version": "1", "title": {"vi": "Thử"}, "effective_from": "2020-08-01"}
        | head
        | {"sections": made}
    )


def kinds(found: Comparison) -> dict[str, tuple[str, ...]]:
    return {change.key: change.kinds for change in found.changes}


def only(old: dict[str, Any], new: dict[str, Any]) -> Change:
    (change,) = compare(checklist([item("x"), old]), checklist([item("x"), new])).changes
    return change


def test_the_same_document_has_no_changes_but_its_number() -> None:
    same = compare(checklist([item("a")]), checklist([item("a")], version="2"))
    assert same.is_same
    assert same.unchanged == 1


def test_added_removed_and_moved_items_are_told_apart() -> None:
    old = checklist([item("a"), item("b"), item("c"), item("d")], [item("e")])
    new = checklist([item("d"), item("a"), item("n"), item("c")], [item("e"), item("b")])
    found = compare(old, new)
    assert kinds(found) == {"d": ("moved",), "n": ("added",), "b": ("moved",)}
    assert found.unchanged == 3
    (moved,) = [change for change in found.changes if change.key == "b"]
    assert moved.lines == (Line("Phần", "Phần 0", "Phần 1"),)
    gone = compare(new, old)
    assert kinds(gone)["n"] == ("removed",)
    assert [(each.scoring, each.answers) for each in gone.changes if each.key == "n"] == [
        ("Tổng điểm tối đa bớt 10", "dropped")
    ]


@pytest.mark.parametrize(
    ("more", "what", "scoring", "answers"),
    [
        ({"text": {"vi": "Chữ khác"}}, "Nội dung", "Không đổi cách tính điểm", "kept"),
        ({"text": {"vi": "Nội dung a", "en": "English"}}, "text", "Không đổi cách tính điểm", "kept"),
        ({"evidence": "required"}, "Ảnh minh chứng", "Không đổi cách tính điểm", "kept"),
        ({"points": "8"}, "Cách tính điểm", "Điểm tối đa đổi từ 10 thành 8", "kept"),
        ({"answer": {"type": "yes_no", "inverted": True}}, "Cách tính điểm", "Cách chấm đổi", "kept"),
        ({"pass_at": "50"}, "Cách tính điểm", "Cách chấm đổi", "kept"),
        ({"when": {"item": "x", "is": "yes"}}, "Chỉ hỏi khi", "Điều kiện hỏi đổi", "kept"),
        ({"not_applicable": True}, "not_applicable", "Cách chấm đổi", "kept"),
        ({"answer": {"type": "document"}, "score": "document"}, "Cách ghi nhận", "Cách chấm đổi", "asked"),
        ({"finding": {"severity": "minor", "text": {"vi": "Thiếu"}}}, "Khi không đạt", "Không đổi", "kept"),
    ],
)
def test_each_change_is_told_with_both_texts_and_what_it_does(
    more: dict[str, Any], what: str, scoring: str, answers: str
) -> None:
    change = only(item("a"), item("a", **more))
    assert what in [line.what for line in change.lines]
    assert all(line.before != line.after for line in change.lines)
    assert change.scoring.startswith(scoring)
    assert (change.kinds, change.answers) == (("changed",), answers)


def test_the_checklist_and_its_sections_are_compared_too() -> None:
    grades = [{"key": "dat", "at_least": "0", "label": {"vi": "Đạt"}}]
    found = compare(checklist([item("a")]), checklist([item("a")], [item("b")], scale="10", grades=grades))
    assert {line.what: (line.before, line.after) for line in found.head} == {
        "Thang điểm": ("100", "10"),
        "Xếp loại": ("", "Đạt từ 0%"),
        "Tổng điểm tối đa": ("10", "20"),
        "Phần p1": ("", "Phần 1"),
    }


def test_no_two_documents_that_differ_are_called_the_same() -> None:
    """Every key of an item that may be set makes a difference somebody sees."""
    base = item(
        "a",
        answer={
            "type": "roster",
            "row": {"label": {"vi": "Bàn"}},
            "fields": [{"key": "f", "type": "yes_no", "text": {"vi": "Có"}}],
        },
    )
    for more in (
        {"guidance": {"vi": "Nhìn"}},
        {"criterion": {"vi": "Luật"}},
        {"zero_total": "none"},
        {"answer": base["answer"] | {"claimed": True}},
        {"answer": base["answer"] | {"ratio": {"counts": {"field": "f", "is": "yes"}}}},
        {"answer": base["answer"] | {"row": {"label": {"vi": "Bàn", "en": "Desk"}}}},
        {"critical": {"when_fails": True, "grade_at_most": "k"}},
    ):
        old, new = checklist([item("x"), base]), checklist([item("x"), base | more])
        assert canonical(old) != canonical(new)
        assert not compare(old, new).is_same, more
