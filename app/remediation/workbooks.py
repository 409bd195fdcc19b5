"""The empty workbook in which an old register is written, with the units it may name."""

from collections.abc import Iterable
from io import BytesIO

from app.domain.register import NAMES, Column

WIDTHS = {Column.PROBLEM: 44, Column.REMEDY: 44, Column.UNIT: 26, Column.SOURCE: 30, Column.PROOF: 30}
LISTS = {Column.SEVERITY: "Nhẹ,Nặng,Nghiêm trọng", Column.STATE: "Chưa khắc phục,Đã khắc phục"}
DAYS = (Column.ISSUED_ON, Column.DUE_ON, Column.DONE_ON)
ROWS = 1000  # how far down the lists and formats reach


def register_template(units: Iterable[tuple[str, str, str]]) -> bytes:
    """A sheet of headings with lists to choose from, and a sheet of units: code, name, the unit above."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    bold, grey = Font(bold=True), PatternFill("solid", fgColor="E8EDF2")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sổ theo dõi"
    sheet.append([NAMES[column][0] for column in Column])
    sheet.row_dimensions[1].height = 32
    for index, column in enumerate(Column, start=1):
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = WIDTHS.get(column, 18)
        sheet.column_dimensions[letter].number_format = "dd/mm/yyyy" if column in DAYS else "@"
        cell = sheet.cell(1, index)
        cell.font, cell.fill = bold, grey
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        if column in LISTS:
            rule = DataValidation("list", formula1=f'"{LISTS[column]}"', allow_blank=True)
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{ROWS}")
    sheet.freeze_panes = "A2"
    listed = book.create_sheet("Danh sách đơn vị")
    listed.append(["Mã đơn vị", "Đơn vị", "Trực thuộc"])
    for index, width in enumerate((16, 36, 36), start=1):
        listed.column_dimensions[get_column_letter(index)].width = width
        listed.cell(1, index).font, listed.cell(1, index).fill = bold, grey
    for number, unit in enumerate(units, start=2):
        listed.append(list(unit))
        listed.cell(number, 1).number_format = "@"
    content = BytesIO()
    book.save(content)
    return content.getvalue()
