"""Out and in again is the same checklist, pyxform takes what goes out, and edits in the spreadsheet count."""

import io
import random
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from app.checklists import loader
from app.checklists.commands import FOLDER, shipped
from app.checklists.editing.yaml_text import authored
from app.checklists.xlsform import Fate, Imported, export_xlsform, import_sheets
from app.domain.checklist import Checklist, parse
from app.web.workbooks import Line, WholeSheet
from tests.differential import checklists
from tests.features.checklists.xlsforms import TODAY, at, check_honest, remark

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "example-checklist.yaml"
RANDOM = 24


def exported(checklist: Checklist) -> bytes:
    return export_xlsform(authored(checklist)).content


def sheets(content: bytes) -> list[WholeSheet]:
    """Every sheet of a workbook of our own."""
    book = load_workbook(io.BytesIO(content))
    tables: dict[str, Any] = {sheet.title: list(sheet.values) for sheet in book.worksheets}
    return [
        WholeSheet(name, tuple(Line(number, row) for number, row in enumerate(rows, start=1)))
        for name, rows in tables.items()
    ]


def check_round_trip(checklist: Checklist) -> None:
    content = exported(checklist)
    form = convert(content, validate=False, file_type=".xlsx").xform
    assert all(each in form for each in ("<h:html", checklist.slug))
    whole = sheets(content)
    back = import_sheets(whole, TODAY)
    assert back.checklist == checklist
    assert back.problems == ()
    check_honest(back, whole, labels=False)
    lost = [each for each in back.report if each.fate is Fate.REFUSED and each.cell.sheet != "_congvu_report"]
    changed = [each for each in back.report if each.fate is Fate.CHANGED and not each.why.startswith("khóa thành")]
    assert (lost, changed) == ([], [])


@pytest.mark.parametrize("path", [EXAMPLE, *shipped(FOLDER)], ids=lambda path: path.parent.name)
def test_our_checklists_go_out_and_come_back(path: Path) -> None:
    check_round_trip(loader.load(path.read_bytes()))


def test_random_checklists_go_out_and_come_back() -> None:
    """Every answer type, rule, condition and cap the format has; more of them: raise RANDOM."""
    kinds: set[str] = set()
    for seed in range(RANDOM):
        checklist = parse(checklists.checklist(random.Random(seed)))
        kinds |= {item.answer.type for item in checklist.items()}
        check_round_trip(checklist)
    assert len(kinds) == 10


SOURCE = """
slug: x
version: 1
title: {vi: "=1+1 là tên"}
effective_from: 2020-08-01
sections:
  - key: s
    title: {vi: "Phần"}
    items:
      - {key: 1-dau, text: {vi: "Có biển", en: "Sign"}, answer: {type: yes_no}, not_applicable: true, points: 7.5}
      - key: ty-le
        text: {vi: "Tỷ lệ"}
        when: {not: {item: 1-dau, is: "no"}}
        answer: {type: ratio, observed: {vi: "Đạt"}, total: {vi: "Tổng"}, claimed: true}
        zero_total: full
      - key: so
        text: {vi: "Số ${x}"}
        when: {item: ty-le, at_least: 98}
        answer: {type: number, unit: {vi: "hồ sơ"}, min: 0, max: 9.5}
"""


def edited(change: dict[str, Any]) -> Imported:
    """Export, change cells of the survey by address, and import."""
    book = load_workbook(io.BytesIO(exported(loader.load(SOURCE))))
    for address, value in change.items():
        book["survey"][address] = value
    content = io.BytesIO()
    book.save(content)
    return import_sheets(sheets(content.getvalue()), TODAY)


def column(name: str) -> str:
    """The letter of a column of the survey."""
    book = load_workbook(io.BytesIO(exported(loader.load(SOURCE))))
    return next(cell.column_letter for cell in book["survey"][1] if cell.value == name)


def test_what_goes_out_is_text_and_says_the_same() -> None:
    book = load_workbook(io.BytesIO(exported(loader.load(SOURCE))))
    assert book["settings"]["A2"].value == "=1+1 là tên"
    assert book["settings"]["A2"].data_type == "s"
    relevant = [cell.value for cell in book["survey"][column("relevant")] if cell.value]
    assert relevant == [
        "relevant",
        "(${n1_dau} != '' and ${n1_dau} != 'no')",
        "(${ty_le_total} > 0 and ${ty_le_observed} * 100 >= 98 * ${ty_le_total})",
        "(${ty_le_total} > 0 and ${ty_le_observed} * 100 >= 98 * ${ty_le_total})",
    ]


def test_edits_in_the_spreadsheet_count() -> None:
    relevant, points = column("relevant"), column("congvu_points")
    back = edited({"C3": "Có biển tên", f"{points}3": "5", f"{relevant}5": "${n1_dau} = 'yes'"})
    assert back.problems == ()
    first, ratio = at(back.document, "sections[0].items[0]"), at(back.document, "sections[0].items[1]")
    assert (first["text"]["vi"], first["points"]) == ("Có biển tên", "5")
    assert ratio["when"] == {"item": "1-dau", "is": "yes"}
    assert "đã được sửa" in remark(back, f"{column('congvu_when')}5").why


def test_an_edit_without_effect_is_told() -> None:
    back = edited({"C8": "Đạt theo báo cáo"})
    assert remark(back, "C8").fate == "refused"
    assert "sửa ở đây không có tác dụng" in remark(back, "C8").why


def test_what_we_cannot_read_of_our_own_is_a_problem_of_the_document() -> None:
    back = edited({f"{column('congvu_points')}3": "nhiều", f"{column('congvu_more')}3": "{"})
    assert [each.path for each in back.problems] == ["sections[0].items[0].points"]
    assert "không đọc được JSON" in remark(back, f"{column('congvu_more')}3").why
