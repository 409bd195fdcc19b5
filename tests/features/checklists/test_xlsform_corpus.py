"""pyxform's own workbooks and random ones: the import never crashes, and its report never lies."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.checklists import loader
from app.checklists.editing.yaml_text import write
from app.checklists.xlsform import Fate, import_sheets
from app.domain.errors import Invalid
from app.web.workbooks import WholeSheet
from tests.features.checklists.xlsforms import TODAY, check_honest, pyxform_workbooks, sheets

CORPUS = pyxform_workbooks()


@pytest.mark.parametrize("file", sorted(CORPUS))
def test_a_workbook_of_pyxform_is_read_and_every_cell_is_told(file: str) -> None:
    whole = CORPUS[file]
    if file == "survey_no_name.xlsx":  # its sheet is called otherwise
        with pytest.raises(Invalid, match="xlsform_no_survey"):
            import_sheets(whole, TODAY)
        return
    imported = import_sheets(whole, TODAY)
    check_honest(imported, whole)
    if imported.document["sections"]:
        assert imported.problems == ()
        assert loader.load(write(imported.document)) == imported.checklist
    else:
        assert [each.code for each in imported.problems] == ["xlsform_empty"]
        assert all(each.fate is not Fate.KEPT for each in imported.report if each.heading == "label")


def test_the_corpus_is_read_for_the_most_part() -> None:
    """What these forms ask mostly gets in: a broken reader would refuse everything and still be honest."""
    read = [import_sheets(whole, TODAY) for file, whole in CORPUS.items() if file != "survey_no_name.xlsx"]
    assert len(read) == 52
    assert sum(bool(each.document["sections"]) for each in read) == 41
    items = [item for each in read for section in each.document["sections"] for item in section["items"]]
    kinds = {item["answer"]["type"] for item in items}
    assert kinds == {"yes_no", "choice", "choices", "number", "text", "date", "time", "roster"}
    assert len(items) == 265


HEADINGS = (
    *("type", "name", "label", "label::English", "label::Tiếng Việt (vi)", "hint", "guidance_hint", "relevant"),
    *("constraint", "constraint_message", "required", "appearance", "default", "calculation", "media::image"),
    *("bind::relevant", "repeat_count", "parameters", "choice_filter", "disabled", "list_name", "nobody_knows_this"),
)
TYPES = (
    *("text", "integer", "decimal", "date", "time", "dateTime", "note", "image", "geopoint", "calculate", "rank"),
    *("begin_group", "begin_group", "end_group", "begin_repeat", "end_repeat", "select_one l", "select_multiple l"),
    *("range", "select_one missing", "acknowledge", "start", "file"),
)
WORDS = (
    "a",
    "b",
    "Tên",
    "${a} = 'x'",
    ". > 5",
    "yes",
    "no",
    "x",
    "${b} != 1 or ${a} = 2",
    "not(",
    "1",
    "start=1 end=5",
)


_TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8)


@st.composite
def forms(draw: st.DrawFn) -> list[WholeSheet]:
    """A survey with any headings and rows, some choices, and a sheet of something else."""
    headings = ["type", "name", *draw(st.lists(st.sampled_from(HEADINGS), max_size=8))]
    cell = st.none() | st.sampled_from(WORDS) | _TEXT | st.integers(-3, 3) | st.floats(0, 2)
    rows: list[list[Any]] = []
    for _ in range(draw(st.integers(1, 14))):
        rest = [draw(cell) for _ in headings[2:]]
        rows.append([draw(st.sampled_from(TYPES)), draw(st.sampled_from(("a", "b", "c", "", "Ô 1"))), *rest])
    choices = [["list_name", "name", "label", "other"], ["l", "x", "Có", 1], ["l", draw(cell), draw(cell), None]]
    return sheets({"survey": [headings, *rows], "choices": choices, "Khác": [["ghi chú", draw(cell)]]})


@settings(max_examples=80)
@given(forms())
def test_any_form_is_read_honestly_and_passes_the_linter(whole: list[WholeSheet]) -> None:
    imported = import_sheets(whole, TODAY)
    check_honest(imported, whole)
    if imported.document["sections"]:
        assert imported.problems == ()
