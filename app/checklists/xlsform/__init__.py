"""Checklists to and from XLSForm, the spreadsheet in which ODK and Kobo forms are written."""

from app.checklists.xlsform.exporting import Exported, Lost, export_xlsform
from app.checklists.xlsform.importing import Imported, import_sheets, import_xlsform
from app.checklists.xlsform.report import Fate, Remark
from app.checklists.xlsform.writing import report_workbook

__all__ = [
    "Exported",
    "Fate",
    "Imported",
    "Lost",
    "Remark",
    "export_xlsform",
    "import_sheets",
    "import_xlsform",
    "report_workbook",
]
