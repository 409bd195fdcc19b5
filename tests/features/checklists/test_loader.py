"""From YAML text to a checklist, or to problems that name path and line in Vietnamese and never a traceback."""

from pathlib import Path

import pytest

from app.checklists.loader import load, read_yaml, schema_text
from app.domain.checklist import Bands, Problem, canonical
from app.domain.errors import Invalid

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "tests" / "fixtures" / "example-checklist.yaml").read_text("utf-8")

SMALL = """\
slug: nho
version: 1
title: {vi: "Phiếu nhỏ"}
effective_from: 2020-08-01
sections:
  - key: s
    title: {vi: "Phần"}
    items:
      - key: a
        text: {vi: "Có biển"}
        answer: {type: yes_no}
        points: 10
"""


def refused(source: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        load(source)
    assert caught.value.code == "checklist_invalid"
    problems: tuple[Problem, ...] = caught.value.details["problems"]
    assert problems
    return problems


def test_the_example_of_the_specification_loads_and_may_be_published() -> None:
    checklist = load(EXAMPLE)
    desks, on_time = checklist.items()
    assert (desks.key, desks.points, checklist.sections[0].weight) == ("bien-de-ban", 1000, 1500)
    assert isinstance(on_time.score, Bands)
    assert [(band.at_least, band.points) for band in on_time.score.bands] == [(9800, 1500), (9500, 1000), (9000, 500)]
    assert on_time.critical is not None
    assert on_time.critical.below == 8000
    assert checklist.effective_from.isoformat() == "2020-08-01"


def test_plain_scalars_are_text_and_only_true_and_false_are_booleans() -> None:
    value, _ = read_yaml("a: [yes, no, on, 010, 1e3, 1.10, 2020-08-01, 0x1F, 12:30:45, true, FALSE, 'true', .inf]")
    assert value == {
        "a": ["yes", "no", "on", "010", "1e3", "1.10", "2020-08-01", "0x1F", "12:30:45", True, False, "true", ".inf"]
    }


def test_a_problem_names_path_line_and_what_to_do() -> None:
    (problem,) = refused(SMALL.replace("points: 10", "points: 1e3"))
    assert str(problem) == (
        "sections[0].items[0].points (line 12): phải là số thập phân viết thường, tối đa hai chữ số sau dấu chấm"
    )


def test_what_is_missing_is_located_at_the_part_that_lacks_it() -> None:
    (problem,) = refused(SMALL.replace("        answer: {type: yes_no}\n", ""))
    assert (problem.path, problem.line, problem.code) == ("sections[0].items[0].answer", 9, "missing")


def test_a_publishing_problem_has_its_line_too() -> None:
    (problem,) = refused(SMALL + "        zero_total: full\n")
    assert (problem.path, problem.line, problem.code) == ("sections[0].items[0].zero_total", 13, "zero_total_unused")


def test_all_problems_come_at_once() -> None:
    broken = SMALL.replace("version: 1", "version: một").replace("points: 10", "points: 10\n        poinst: 3")
    assert [(each.path, each.code) for each in refused(broken)] == [
        ("version", "count"),
        ("sections[0].items[0].poinst", "extra_forbidden"),
    ]


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        ("", "empty", None),
        ("a: [1, 2", "yaml_syntax", 1),
        ("a: b: c", "yaml_syntax", 1),
        ("\tslug: x", "yaml_syntax", 1),
        ("a: 1\nb: &x 2\nc: *x", "anchor", 2),
        ("a: 1\nb: *x", "anchor", 2),
        ("a: !!python/object/apply:os.system ['true']", "tag", 1),
        ("a: !!str 5", "tag", 1),
        ("a: 1\nb: 2\na: 3", "duplicate_key", 3),
        ("a: {b: 1, b: 2}", "duplicate_key", 1),
        ("? [a, b]\n: 1", "key_not_text", 1),
        ("a: 1\n---\nb: 2", "many_documents", 2),
        ("a:\nb: 2", "empty_value", 1),
        ("a: ~", "empty_value", 1),
        ("a: null", "empty_value", 1),
        ("[" * 30 + "]" * 30, "too_deep", 1),
        ("[" * 5000, "too_deep", 1),
        ("a: 1\nb: x\0y", "text_unclean", 2),
        ('a: "x\\0y"', "text_unclean", 1),
        ('a: "x\\uD800y"', "text_unclean", 1),
        ("a: x\ud800y", "not_utf8", 1),
        (b"a: 1\nb: \xff\xfe", "not_utf8", 2),
        ("just text", "not_a_table", None),
        ("- a\n- b", "not_a_table", None),
        ("a: " + "x" * (257 * 1024), "too_big", None),
        ("[" + "1," * 20_001 + "]", "too_many", 1),
    ],
)
def test_unsafe_or_broken_files_are_refused_in_vietnamese(source: str | bytes, code: str, line: int | None) -> None:
    (problem, *_) = refused(source)
    assert (problem.code, problem.line) == (code, line)
    assert not problem.message.isascii()


def test_a_byte_order_mark_changes_nothing() -> None:
    assert canonical(load(b"\xef\xbb\xbf" + SMALL.encode())) == canonical(load(SMALL))


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "checklists" / "schema.json").read_text("utf-8")
    assert committed == schema_text(), "write app.checklists.loader.schema_text() to checklists/schema.json"


@pytest.mark.parametrize("path", sorted((ROOT / "checklists").glob("*/v*.yaml")), ids=lambda path: path.parent.name)
def test_shipped_checklists_load(path: Path) -> None:
    checklist = load(path.read_bytes())
    assert (checklist.slug, f"v{checklist.version}") == (path.parent.name, path.stem)
