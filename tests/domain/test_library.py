"""The item library: entries with their law over time, and items that must agree with the entry they name."""

from datetime import date
from typing import Any

import pytest

from app.domain import library
from app.domain.checklist import Checklist, parse
from app.domain.errors import Invalid
from app.domain.library import Library, file_problems, gather, parse_file, problems

OLD = {"vi": "Luật cũ", "source": "Luật số 1", "valid_from": "2010-01-01", "valid_to": "2025-06-30"}
NEW = {"vi": "Luật mới", "source": "Luật số 2", "valid_from": "2025-07-01"}


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "code": "bien-de-ban",
        "text": {"vi": "Có biển"},
        "answer": "yes_no",
        "basis": [OLD, NEW],
        "guidance": {"vi": "Đếm"},
    } | changes


def file(*entries: dict[str, Any]) -> library.LibraryFile:
    return parse_file({"title": {"vi": "Biển, thẻ"}, "entries": list(entries)})


def checklist(day: str = "2026-07-01", **changes: Any) -> Checklist:
    item = {"key": "bien", "code": "bien-de-ban", "text": {"vi": "Có biển"}, "answer": {"type": "yes_no"}} | changes
    document = {"slug": "p", "version": "1", "title": {"vi": "P"}, "effective_from": day}
    return parse(document | {"sections": [{"key": "s", "title": {"vi": "S"}, "items": [item]}]})


LIBRARY = gather({"a": file(entry())})


def found(document: Checklist) -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in problems(document, LIBRARY)]


def test_an_item_that_agrees_with_its_entry_has_no_problem() -> None:
    assert found(checklist(criterion={"vi": "Luật mới", "source": "Luật số 2"})) == []
    assert found(checklist(code=None)) == []


def test_a_code_that_is_not_there_says_what_to_do() -> None:
    (problem,) = problems(checklist(code="khong-co"), LIBRARY)
    assert (problem.path, problem.code) == ("sections[0].items[0].code", "unknown_code")
    assert problem.message == "thư viện nội dung không có mã khong-co; hãy sửa mã hoặc bỏ dòng code"


def test_another_type_of_answer_is_another_thing() -> None:
    assert found(checklist(answer={"type": "date"})) == [("sections[0].items[0].answer.type", "code_answer")]


@pytest.mark.parametrize(
    ("day", "source", "lapsed"),
    [
        ("2025-06-30", "Luật số 1", False),
        ("2025-07-01", "Luật số 1", True),
        ("2025-06-30", "Luật số 2", True),
        ("2025-07-01", "Luật số 2", False),
        ("2025-07-01", "Kế hoạch năm 2025", False),  # the plan's own: some basis of the entry is in force
        ("2009-12-31", "Kế hoạch năm 2009", True),  # none is
    ],
)
def test_the_basis_must_be_in_force_on_the_first_day(day: str, source: str, lapsed: bool) -> None:
    expected = [("sections[0].items[0].criterion", "basis_lapsed")] if lapsed else []
    assert found(checklist(day, criterion={"vi": "Căn cứ", "source": source})) == expected


def test_what_lapsed_is_said_with_what_replaced_it() -> None:
    (problem,) = problems(checklist(criterion={"vi": "Luật cũ", "source": "Luật số 1"}), LIBRARY)
    assert problem.message == (
        "ngày 01/07/2026 (effective_from), Luật số 1 chưa hoặc không còn hiệu lực; hãy dẫn Luật số 2"
    )


def test_a_code_stands_once_in_a_checklist() -> None:
    document = checklist()
    section = document.sections[0]
    twice = section.items[0].model_copy(update={"key": "khac"})
    double = document.model_copy(update={"sections": (section.model_copy(update={"items": (*section.items, twice)}),)})
    assert found(double) == [("sections[0].items[1].code", "code_twice")]


def test_bounds_that_are_not_known_hold() -> None:
    assert all(library.Basis(vi="Kế hoạch").holds_on(day) for day in (date(1, 1, 1), date(9999, 12, 31)))


def test_a_file_with_a_code_used_twice_is_refused() -> None:
    here = file(entry(), entry(), entry(code="khac", formerly=[{"checklist": "p", "item": "bien"}] * 2))
    assert [(each.path, each.message) for each in file_problems(here, {})] == [
        ("entries[1].code", "mã bien-de-ban đã dùng ở trên, trong cùng tệp"),
        ("entries[2].formerly[1]", "nội dung bien của phiếu p đã được nhận là mã khác"),
    ]
    (problem,) = file_problems(file(entry()), {"the.yaml": file(entry())})
    assert problem.message == "mã bien-de-ban đã dùng ở tệp the.yaml"


def test_a_placeholder_that_its_answer_cannot_fill_is_refused() -> None:
    finding = {"severity": "minor", "text": {"vi": "Thiếu {missing} ({value})"}}
    assert [each.path for each in file_problems(file(entry(finding=finding)), {})] == ["entries[0].finding.text.vi"]
    counted = entry(finding={"severity": "minor", "text": {"vi": "{missing}/{total}"}}, answer="ratio")
    assert file_problems(file(counted), {}) == ()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"code": "Bien"}, "entries[0].code"),
        ({"answer": "percent"}, "entries[0].answer"),
        ({"basis": []}, "entries[0].basis"),
        ({"basis": [OLD | {"valid_from": "2025-02-30"}]}, "entries[0].basis[0].valid_from"),
        ({"basis": [OLD | {"valid_to": "2009-12-31"}]}, "entries[0].basis[0]"),
        ({"indices": [{"index": "kpi", "criterion": {"vi": "x"}}]}, "entries[0].indices[0].index"),
        ({"points": "5"}, "entries[0].points"),
    ],
)
def test_a_file_is_read_strictly(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid, match="checklist_invalid") as caught:
        file(entry(**changes))
    assert [each.path for each in caught.value.details["problems"]] == [path]


def test_a_frozen_item_is_known_by_its_former_key() -> None:
    former = gather({"a": file(entry(formerly=[{"checklist": "p", "item": "bien"}]))})
    (plain,) = checklist(code=None).items()
    assert former.code_of("p", plain) == "bien-de-ban"
    assert former.code_of("q", plain) is None
    assert Library().code_of("p", plain) is None
    assert Library().code_of("q", checklist().items()[0]) == "bien-de-ban"
