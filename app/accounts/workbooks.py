"""The empty workbook in which an administrator writes units."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from app.accounts.imports import COLUMNS

EXAMPLE = ("gso-2025", "00001", "ward", "Phường Ví Dụ", "gso-2025", "01", "2025-07-01", "")
ROWS_AS_TEXT = 500


def unit_template() -> bytes:
    """Columns of type text, so that codes keep their zeros, and one example row."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Đơn vị"
    sheet.append(COLUMNS)
    sheet.append(EXAMPLE)
    for index, column in enumerate(sheet.iter_cols(max_row=ROWS_AS_TEXT, max_col=len(COLUMNS))):
        for cell in column:
            cell.number_format = "@"
        column[0].font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(index + 1)].width = 28 if COLUMNS[index] == "name_vi" else 16
    sheet.freeze_panes = "A2"
    content = BytesIO()
    book.save(content)
    return content.getvalue()
