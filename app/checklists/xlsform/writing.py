"""The sheets of an exported form as an .xlsx file: texts only, never a formula."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from app.checklists.xlsform import extras
from app.checklists.xlsform.importing import GRADES, REPORT
from app.checklists.xlsform.report import FATES, Fate, Remark

VI, EN = "Tiếng Việt (vi)", "English (en)"
_TEXTS = {"label": f"label::{VI}", "label_en": f"label::{EN}", "hint": f"hint::{VI}", "hint_en": f"hint::{EN}"}
_SURVEY = (
    *("type", "name", "label", "label_en", "hint", "hint_en", "required", "relevant", "constraint"),
    *(extras.PART, extras.KEY, *extras.ITEM, extras.WHEN, extras.MORE),
)
_CHOICES = ("list_name", "name", "label", "label_en", *extras.OPTION, extras.MORE)
_SETTINGS = ("form_title", "form_id", "version", "default_language", *extras.SETTINGS, extras.MORE)
_WIDE = {"label": 48, "label_en": 30, "hint": 36, "relevant": 28, "congvu_finding": 36, "congvu_remedy": 36, "what": 80}

Row = dict[str, str]


def workbook(survey: list[Row], choices: list[Row], settings: list[Row], grades: list[Row], report: list[Row]) -> bytes:
    """The bytes of a workbook; sheets of choices and grades only if there are any."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(book, "survey", _SURVEY, survey)
    if choices:
        _sheet(book, "choices", _CHOICES, choices)
    _sheet(book, "settings", _SETTINGS, settings)
    if grades:
        _sheet(book, GRADES, ("key", "at_least", "label", "label_en"), grades, translated=False)
    _sheet(book, REPORT, ("where", "what"), report)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet(book: Any, name: str, columns: tuple[str, ...], rows: list[Row], *, translated: bool = True) -> None:
    """A sheet of texts, its headings frozen; columns that nothing stands in are left out."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    used = [column for column in columns if column in ("type", "name", "label") or any(row.get(column) for row in rows)]
    sheet = book.create_sheet(name)
    sheet.append([_TEXTS.get(column, column) if translated else column for column in used])
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(used, start=1):
            cell = sheet.cell(number, place)
            cell.value = row.get(column) or None
            if cell.value is not None:
                cell.data_type = "s"  # never a formula
    for place, column in enumerate(used, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = _WIDE.get(column, 16)
        sheet.cell(1, place).font = Font(bold=True)
        sheet.cell(1, place).alignment = Alignment(vertical="top")
    sheet.freeze_panes = "C2" if name == "survey" else "A2"


_REPORT = ("Trang tính", "Ô", "Tiêu đề cột", "Nội dung", "Kết quả", "Vì sao", "Vị trí trong phiếu")


def report_workbook(report: Iterable[Remark], beside: Iterable[str] = ()) -> bytes:
    """The fate of every cell of an imported form, one row each, and of what stood `beside` the cells."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Báo cáo")
    for letter, width in zip("ABCDEFG", (16, 8, 20, 60, 14, 70, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    rows = ((e.cell.sheet, e.cell.address, e.heading, e.cell.text, e.fate_words, e.why, e.path) for e in report)
    passed_over = (("", "", "", each, FATES[Fate.REFUSED], "nằm ngoài các ô", "") for each in beside)
    for row in (_REPORT, *rows, *passed_over):
        cells = [WriteOnlyCell(sheet, text) for text in row]
        for cell in cells:
            cell.data_type = "s"  # never a formula
        sheet.append(cells)
    content = BytesIO()
    book.save(content)
    return content.getvalue()
