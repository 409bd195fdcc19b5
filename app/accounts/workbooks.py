"""The empty workbook in which an administrator writes units."""

from io import BytesIO

from app.accounts.imports import COLUMNS


def unit_template() -> bytes:
    """One header row over columns of type text, so that codes keep their zeros."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Đơn vị"
    sheet.append(COLUMNS)
    for index, column in enumerate(COLUMNS, start=1):
        dimension = sheet.column_dimensions[get_column_letter(index)]
        dimension.width = 28 if column == "name_vi" else 16
        dimension.number_format = "@"
        sheet.cell(1, index).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    content = BytesIO()
    book.save(content)
    return content.getvalue()
