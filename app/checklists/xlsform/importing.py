"""An XLSForm workbook as an authored checklist, with a report of what became of every cell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.checklists.xlsform import extras
from app.checklists.xlsform.choices import Lists
from app.checklists.xlsform.keys import item_key
from app.checklists.xlsform.languages import Texts
from app.checklists.xlsform.reading import Reading
from app.checklists.xlsform.report import Fate, Ledger, Remark
from app.checklists.xlsform.sheets import Cell, Row, Sheet, sheet_of
from app.checklists.xlsform.survey import Sections
from app.checklists.xlsform.tree import read_tree
from app.domain.checklist import Checklist, Problem, parse
from app.domain.errors import Invalid
from app.domain.publishing import problems
from app.web.workbooks import WholeSheet, beside_cells, read_sheets

GRADES, REPORT = "_congvu_grades", "_congvu_report"
_EMPTY = "không có câu hỏi nào mà phiếu kiểm tra ghi nhận được; lý do từng ô ở báo cáo"
_BESIDE = {
    "comments": "chú thích của ô (trên {} trang tính)",
    "pictures": "{} tệp hình ảnh",
    "drawings": "hình vẽ, khung chữ hoặc ảnh đặt trên {} trang tính",
    "charts": "{} biểu đồ",
    "pivots": "{} bảng tổng hợp (PivotTable)",
}
_UNTITLED = "Phiếu nhập từ XLSForm"


@dataclass(frozen=True)
class Imported:
    """An authored document, the fate of every cell, and what keeps it from being published.

    A form of strangers has problems only if nothing of it could be asked; our own columns may hold anything.
    """

    document: dict[str, Any]
    report: tuple[Remark, ...]
    problems: tuple[Problem, ...]
    checklist: Checklist | None  # None when the document is not even well formed
    beside: tuple[str, ...] = ()  # what the workbook holds outside its cells: none of it is imported

    def count(self, fate: Fate) -> int:
        """How many cells had this fate."""
        return sum(remark.fate is fate for remark in self.report)


def import_xlsform(content: bytes, today: date) -> Imported:
    """Read a workbook. Nothing of it is run; `today` is the day the checklist is in force from if it says none.

    Raises `app.web.workbooks.Refused` for a hostile or unreadable file; Invalid("xlsform_no_survey"),
    Invalid("xlsform_too_deep") or Invalid("xlsform_too_long").
    """
    imported = import_sheets(read_sheets(content), today)
    return replace(imported, beside=tuple(_BESIDE[kind].format(count) for kind, count in beside_cells(content).items()))


def import_sheets(whole: Sequence[WholeSheet], today: date) -> Imported:
    """Read the sheets of a workbook; see `import_xlsform`."""
    every = [sheet_of(each) for each in whole]
    sheets: dict[str, Sheet] = {}
    for sheet in every:
        sheets.setdefault(sheet.name.strip().lower(), sheet)  # of two that differ in spaces only, the first
    survey = sheets.get("survey")
    if survey is None or "type" not in {heading.name for heading in survey.headings.values()}:
        raise Invalid("xlsform_no_survey")
    ledger = Ledger()
    settings = sheets.get("settings", Sheet("settings", {}, ()))
    first = settings.rows[0] if settings.rows else None
    texts = Texts(ledger, first.code("default_language") if first else "")
    choices = [row for name in ("choices", "external_choices") if name in sheets for row in sheets[name].rows]
    reading = Reading(ledger, texts, Lists(choices, ledger, texts))
    document: dict[str, Any] = {}
    _settings(document, settings.rows, reading, today)
    if GRADES in sheets:
        _grades(document, sheets[GRADES].rows, ledger)
    document["sections"] = Sections(reading).fill(read_tree(survey.rows, ledger))
    reading.lists.refuse_unused()
    for sheet in every:
        _titles(sheet, document, ledger)
    cells = [each for sheet in every for each in sheet.cells()]
    checklist, found = _linted(document)
    return Imported(document, ledger.report(cells, document), found, checklist)


def _linted(document: dict[str, Any]) -> tuple[Checklist | None, tuple[Problem, ...]]:
    if not document["sections"]:
        return None, (Problem("sections", "xlsform_empty", _EMPTY),)
    try:
        checklist = parse(document)
    except Invalid as invalid:
        found: tuple[Problem, ...] = invalid.details["problems"]
        return None, found
    return checklist, problems(checklist)


def _settings(document: dict[str, Any], rows: Sequence[Row], reading: Reading, today: date) -> None:
    ledger = reading.ledger
    row = rows[0] if rows else Row(0, {}, ())
    for other in rows[1:]:
        ledger.refuse_row(other, "chỉ hàng đầu của settings có tác dụng")
    title, name, version = row.cell("form_title"), row.cell("form_id"), row.cell("version")
    document["slug"] = item_key(name.text if name else title.text if title else "phieu-nhap", set(), "phieu-nhap")
    _same(ledger, name, document, "slug", "mã phiếu chỉ gồm chữ thường không dấu, số và gạch ngang")
    document["version"] = version.text if version and re.fullmatch("[1-9][0-9]{0,5}", version.text) else "1"
    _same(ledger, version, document, "version", "số phiên bản của phiếu là số nguyên: tạm ghi 1")
    text = {"vi": title.text[:4000] if title else _UNTITLED}
    document["title"] = text
    if title is not None:
        ledger.keep(title, text, "vi", verbatim=True)
    ledger.keep(row.cell("default_language"), document, "sections")
    extras.put(row, document, extras.SETTINGS, ledger)
    document.setdefault("effective_from", today.isoformat())
    for heading, cell in row.by_heading.items():
        if cell not in ledger.marks:
            ledger.refuse(cell, f"phiếu không có thiết lập “{heading.name}”")


def _same(ledger: Ledger, cell: Cell | None, part: dict[str, Any], key: str, why: str) -> None:
    if cell is not None and cell.text == part[key]:
        ledger.keep(cell, part, key, verbatim=True)
    else:
        ledger.change(cell, why, part, key)


def _grades(document: dict[str, Any], rows: Sequence[Row], ledger: Ledger) -> None:
    """Our own sheet of grades, highest first."""
    grades: list[dict[str, Any]] = []
    for row in rows:
        grade: dict[str, Any] = {}
        columns = {"key": ("key",), "at_least": ("at_least",), "label": ("label", "vi"), "label_en": ("label", "en")}
        extras.put(row, grade, columns, ledger)
        grades.append(grade)
    if grades:
        document["grades"] = grades


def _titles(sheet: Sheet, document: dict[str, Any], ledger: Ledger) -> None:
    """Headings share the fate of their columns: kept if anything under them was."""
    used: set[int] = set()
    kept: set[int] = set()
    for row in sheet.rows:
        if sheet.name == REPORT:
            ledger.refuse_row(row, "báo cáo của lần xuất trước, không phải nội dung")
        for cell in row.cells:
            used.add(cell.column)
            if any(mark.fate is not Fate.REFUSED for mark in ledger.marks.get(cell, ())):
                kept.add(cell.column)
    for column, cell in sheet.titles.items():
        if column in kept:
            ledger.keep(cell, document, "sections")
        else:
            ledger.refuse(cell, "không ô nào của cột này nhập được" if column in used else "cột trống")
