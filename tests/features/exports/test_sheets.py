"""Sheets as a file: what is too long goes on elsewhere, what XML cannot hold goes away, and an error leaves no rest."""

import io
import tempfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.exports.workbooks.sheets import TEXT_LIMIT, Book, Column, clean

COLUMNS = (Column("Tên", 20), Column("Số", 10, "0.00"))


def test_a_full_sheet_goes_on_with_its_heading_on_the_next() -> None:
    file = io.BytesIO()
    with Book(title="Thử", creator="Cán bộ A", row_limit=3) as book:
        sheet = book.sheet("Bảng", COLUMNS)
        for number in range(5):
            sheet.add((f"dòng {number}", number / 4))
        book.save(file)
    read = load_workbook(file)
    assert read.sheetnames == ["Bảng", "Bảng (2)", "Bảng (3)"]
    assert [[row[0] for row in each.iter_rows(values_only=True)] for each in read] == [
        ["Tên", "dòng 0", "dòng 1"],
        ["Tên", "dòng 2", "dòng 3"],
        ["Tên", "dòng 4"],
    ]
    assert read["Bảng"].auto_filter.ref == "A1:B3"
    assert read["Bảng (3)"].auto_filter.ref == "A1:B2"
    assert read["Bảng"]["B3"].value == 0.25
    assert read["Bảng"]["B3"].number_format == "0.00"


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert clean("a\x00b\x0bc\ud800d\ufffee\uffff") == "abcde"
    assert clean("dòng 1\r\ndòng 2\tcột") == "dòng 1\ndòng 2\tcột"
    assert clean("_x0041_ và _xyz_") == "_x005F_x0041_ và _xyz_"


def test_a_text_longer_than_a_cell_says_that_it_was_cut() -> None:
    cut = clean("á" * (TEXT_LIMIT + 1))
    assert len(cut) == TEXT_LIMIT
    assert cut.endswith("… (còn nữa)")
    assert clean("á" * TEXT_LIMIT) == "á" * TEXT_LIMIT


def test_an_error_on_the_way_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ZeroDivisionError):
        write_and_fail(tmp_path)
    assert list(tmp_path.iterdir()) == []


def write_and_fail(folder: Path) -> None:
    with Book(title="Thử", creator="Cán bộ A") as book:
        sheet = book.sheet("Bảng", COLUMNS)
        book.sheet("Trống", COLUMNS)
        sheet.add(("x", 1))
        assert list(folder.iterdir())  # openpyxl writes rows to a file as they come
        raise ZeroDivisionError
