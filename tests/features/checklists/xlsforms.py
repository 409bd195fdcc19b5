"""Small XLSForms for tests: sheets written as tables, read as sheets or as a real workbook."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.checklists.xlsform import Imported, Remark, import_sheets
from app.checklists.xlsform.report import WHOLE
from app.web.workbooks import Line, WholeSheet

TODAY = date(2020, 8, 1)
PYXFORM = Path(__file__).parents[2] / "fixtures" / "pyxform" / "workbooks.json"

Table = Sequence[Sequence[Any]]


def sheets(tables: Mapping[str, Any]) -> list[WholeSheet]:
    """Tables as the sheets of a workbook."""
    return [
        WholeSheet(name, tuple(Line(number, tuple(row)) for number, row in enumerate(table, start=1)))
        for name, table in tables.items()
    ]


def survey(*rows: Any, headings: str = "type name label relevant") -> list[Sequence[Any]]:
    """A survey sheet under these headings."""
    return [headings.split(" "), *rows]


def read(tables: Mapping[str, Any]) -> Imported:
    """Import tables."""
    return import_sheets(sheets(tables), TODAY)


def workbook(tables: Mapping[str, Any], *, formulas: bool = True) -> bytes:
    """Tables as the bytes of an .xlsx file; a text that begins with = is a formula unless it shall not be."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append(list(row))
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f" and not formulas):
            cell.data_type = "s"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def pyxform_workbooks() -> dict[str, list[WholeSheet]]:
    """pyxform's own example workbooks."""
    files: dict[str, Any] = json.loads(PYXFORM.read_text("utf-8"))
    return {
        file: [
            WholeSheet(name, tuple(Line(number, tuple(cells)) for number, cells in lines))
            for name, lines in tables.items()
        ]
        for file, tables in files.items()
    }


def at(document: Any, path: str) -> Any:
    """What stands at a path such as `sections[0].items[1].text.vi`."""
    for part in re.findall(r"[^.\[\]]+", path):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def remark(imported: Imported, address: str, sheet: str = "survey") -> Remark:
    """What the report says of a cell."""
    (found,) = (each for each in imported.report if (each.cell.sheet, each.cell.address) == (sheet, address))
    return found


def check_honest(imported: Imported, whole: Sequence[WholeSheet], *, labels: bool = True) -> None:
    """The report names every cell that is not empty exactly once, and what it calls kept is really there.

    `labels` is false for our own exports, where some rows are made from what stands in others.
    """
    written = [
        (sheet.name, line.number, column)
        for sheet in whole
        for line in sheet.lines
        for column, cell in enumerate(line.cells, start=1)
        if cell is not None and str(cell).strip()
    ]
    told = [(each.cell.sheet, each.cell.row, each.cell.column) for each in imported.report]
    assert sorted(told) == sorted(written)
    for each in imported.report:
        assert bool(each.why) == (each.fate != "kept")
        assert bool(each.path) == (each.fate != "refused")
        if each.path not in ("", WHOLE) and labels:
            there = at(imported.document, each.path)
            if each.fate == "kept" and re.match(r"(label|hint|caption|form_title)\b", each.heading):
                is_fixed = each.path.endswith(".type") and each.cell.text in ("Có", "Không", "Yes", "No")
                assert is_fixed or there == each.cell.text
