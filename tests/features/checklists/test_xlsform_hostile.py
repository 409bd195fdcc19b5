"""Hostile and broken workbooks are refused with a reason, in little time and memory, before a cell is believed."""

import io
import time
import zipfile
from collections.abc import Callable

import pytest

from app.checklists.xlsform import import_xlsform
from app.web.labels import label
from app.web.workbooks import Refused
from tests.features.checklists.xlsforms import TODAY, survey, workbook

GOOD = workbook({"survey": survey(["text", "a", "Tên", None])})


def part(name: str, content: Callable[[bytes], bytes], *, level: int = zipfile.ZIP_DEFLATED, of: bytes = GOOD) -> bytes:
    """A workbook with one part rewritten, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(of)) as old, zipfile.ZipFile(out, "w", level) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry.filename))
        new.writestr(name, content(old.read(name) if name in old.namelist() else b""))
    return out.getvalue()


SHEET, END = "xl/worksheets/sheet1.xml", b"</sheetData>"


def shared(strings: bytes, rows: bytes = b"", *, level: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook whose first cell is the first of its shared strings."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    first = b'<c r="A1" t="s"><v>0</v></c>'
    inline = b'<c r="A1" t="inlineStr"><is><t>type</t></is></c>'
    content = part("[Content_Types].xml", lambda old: old.replace(b"</Types>", named))
    content = part(SHEET, lambda old: old.replace(inline, first).replace(b"</sheetData>", rows + END), of=content)
    return part("xl/sharedStrings.xml", lambda _: strings, level=level, of=content)


def sst(text: bytes, head: bytes = b"") -> bytes:
    """A part of shared strings with this text."""
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return head + b'<sst xmlns="' + space + b'" count="1" uniqueCount="1"><si><t>' + text + b"</t></si></sst>"


def bomb() -> bytes:
    return shared(sst(b" " * 60_000_000))


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
FILE = '<!ENTITY a9 SYSTEM "file:///etc/passwd">'


def in_strings(entities: str) -> bytes:
    return shared(sst(b"&a9;", f"<!DOCTYPE sst [{entities}]>".encode()))


def in_sheet(entities: str) -> bytes:
    head = f"<!DOCTYPE worksheet [{entities}]><worksheet".encode()
    return part(SHEET, lambda old: old.replace(b"<worksheet", head, 1).replace(b"<t>type</t>", b"<t>&a9;</t>"))


def many_rows() -> bytes:
    rows = b"".join(b'<row r="%d"/>' % number for number in range(3, 1_000_001))
    return part(SHEET, lambda old: old.replace(END, rows + END))


def last_row() -> bytes:
    row = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    return part(SHEET, lambda old: old.replace(END, row + END))


def last_column() -> bytes:
    row = b'<row r="3"><c r="XFD3" t="inlineStr"><is><t>x</t></is></c></row>'
    return part(SHEET, lambda old: old.replace(END, row + END))


def huge_strings() -> bytes:
    """One long text named by many cells."""
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(3, 903))
    return shared(sst(b"x" * 32_000), cells, level=zipfile.ZIP_STORED)


def formula() -> bytes:
    return workbook({"survey": survey(["text", "a", '=HYPERLINK("http://x")', None])})


CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (bomb, "workbook_too_heavy"),
    "billion laughs in the sheet": (lambda: in_sheet(LAUGHS), "not_a_workbook"),
    "external entity": (lambda: in_strings(FILE), "not_a_workbook"),
    "macros": (lambda: part("xl/vbaProject.bin", lambda _: b"x"), "workbook_with_macros"),
    "xlsm": (
        lambda: part("[Content_Types].xml", lambda old: old.replace(b"sheet.main", b"sheet.macroEnabled.main")),
        "workbook_with_macros",
    ),
    "a million empty rows": (many_rows, "workbook_too_long"),
    "one cell in the last row": (last_row, "workbook_too_long"),
    "one cell in the last column": (last_column, "workbook_too_wide"),
    "a long text in many cells": (huge_strings, "workbook_too_heavy"),
    "formula": (formula, "workbook_formula"),
    "links": (lambda: part("xl/externalLinks/externalLink1.xml", lambda _: b"<x/>"), "workbook_links"),
    "old format": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 5000, "workbook_old"),
    "password": (
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le"),
        "workbook_password",
    ),
    "truncated": (lambda: GOOD[: len(GOOD) // 2], "not_a_workbook"),
    "csv": (lambda: "type,name,label\ntext,a,Tên\n".encode(), "not_a_workbook"),
    "no workbook inside": (lambda: GOOD.replace(b"xl/workbook.xml", b"xl/workbook.xmx"), "not_a_workbook"),
    "broken xml": (lambda: part(SHEET, lambda old: old[:-40]), "not_a_workbook"),
    "empty": (lambda: b"", "not_a_workbook"),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_is_refused_with_a_reason(name: str) -> None:
    make, code = CASES[name]
    content = make()
    begun = time.process_time()
    with pytest.raises(Refused) as refused:
        import_xlsform(content, TODAY)
    assert refused.value.code == code
    assert label("error", code) != code
    assert time.process_time() - begun < 5
    if code == "workbook_formula":
        assert refused.value.place == "survey!C2"


def test_a_bare_truth_is_no_formula_and_honest_workbooks_get_in() -> None:
    content = workbook({"survey": [["type", "name", "label", "required"], ["text", "a", "Tên", "=TRUE()"]]})
    imported = import_xlsform(content, TODAY)
    assert imported.problems == ()
    assert [each.fate.value for each in imported.report if each.cell.row == 2] == ["kept"] * 4
