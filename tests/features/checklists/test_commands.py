"""`congvu checklists`: every problem with file and line, and a lock that only ever grows."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from app.checklists import loader, queries
from app.checklists.commands import LOCK, check, export_form, import_form, publish, read_lock
from app.checklists.xlsform import import_xlsform
from tests.features.checklists.test_loader import SMALL
from tests.features.checklists.xlsforms import survey, workbook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "checklists"
    (place / "nho").mkdir(parents=True)
    (place / "nho" / "v1.yaml").write_text(SMALL, "utf-8")
    return place


def run(app: Flask, folder: Path, *arguments: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(publish, [*arguments, "--folder", str(folder)])


def test_check_names_every_problem_with_file_and_line(tmp_path: Path) -> None:
    good, bad, broken = tmp_path / "tot.yaml", tmp_path / "loi.yaml", tmp_path / "hong.yaml"
    good.write_text(SMALL, "utf-8")
    bad.write_text(SMALL.replace("points: 10", "points: 1e3").replace("key: s", "key: S s"), "utf-8")
    broken.write_text("slug: [", "utf-8")
    result = CliRunner().invoke(check, [str(good), str(bad), str(broken), str(tmp_path / "khong-co.yaml")])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"{good}: đạt"
    assert any(line.startswith(f"{bad}:12: sections[0].items[0].points: phải là số") for line in lines)
    assert any(line.startswith(f"{bad}:6: sections[0].key: chỉ gồm chữ thường") for line in lines)
    assert any(line.startswith(f"{broken}:1: phiếu: không đọc được YAML") for line in lines)
    assert any("khong-co.yaml: không mở được tệp" in line for line in lines)
    assert "Có 4 lỗi." in result.stderr


def test_check_passes_what_is_shipped_and_says_what_it_costs() -> None:
    result = CliRunner().invoke(check, [])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "v1.yaml: đạt\n  40 nội dung, khoảng 98 ô trả lời (24 dòng bảng kê)" in result.stdout
    assert "nặng trên máy cũ" not in result.stdout


def test_what_is_heavy_on_an_old_phone_is_said_and_published(app: Flask, folder: Path) -> None:
    many = "".join(f"      - {{key: b-{n}, text: {{vi: Có}}, answer: {{type: yes_no}}}}\n" for n in range(400))
    path = folder / "nho" / "v1.yaml"
    path.write_text(SMALL + many, "utf-8")
    warning = "Cảnh báo: sections[0]: nặng trên máy cũ: phần này có khoảng 401 ô trên một màn hình"
    result = CliRunner().invoke(check, [str(path)])
    assert result.exit_code == 0
    assert warning in result.stdout
    published = run(app, folder, "nho")
    assert published.exit_code == 0
    assert warning in published.stderr


def test_a_file_must_stand_where_its_slug_and_version_say(app: Flask, folder: Path) -> None:
    (folder / "nho" / "v2.yaml").write_text(SMALL, "utf-8")
    result = run(app, folder, "nho")
    assert result.exit_code == 1
    assert "version là 1 nhưng tệp tên v2.yaml" in result.output
    assert not (folder / LOCK).exists()


def test_publishing_is_done_once_and_locks(app: Flask, folder: Path) -> None:
    first = run(app, folder, "nho")
    assert first.exit_code == 0, first.output
    locked = (folder / LOCK).read_text("utf-8")
    again = run(app, folder, "nho", "--version", "1")
    assert again.exit_code == 0, again.output
    assert (folder / LOCK).read_text("utf-8") == locked
    with app.app_context():
        (version,) = queries.all_versions()
    assert read_lock(folder) == {("nho", 1): version.chk}


def test_a_published_file_that_was_changed_is_refused_by_the_lock(app: Flask, folder: Path) -> None:
    run(app, folder, "nho")
    (folder / "nho" / "v1.yaml").write_text(SMALL.replace("Có biển", "Có thẻ"), "utf-8")
    result = run(app, folder, "nho")
    assert result.exit_code == 1
    assert "đã đóng băng trong published.lock với nội dung khác" in result.output
    with app.app_context():
        assert len(queries.all_versions()) == 1


def test_other_bytes_in_the_database_are_refused_and_not_locked(app: Flask, folder: Path) -> None:
    run(app, folder, "nho")
    (folder / LOCK).unlink()
    (folder / "nho" / "v1.yaml").write_text(SMALL.replace("Có biển", "Có thẻ"), "utf-8")
    result = run(app, folder, "nho")
    assert result.exit_code == 1
    assert "đã xuất bản trong cơ sở dữ liệu với nội dung khác" in result.output
    assert not (folder / LOCK).exists()


def test_the_newest_version_is_published_unless_one_is_named(app: Flask, folder: Path) -> None:
    for number in (2, 10):
        text = SMALL.replace("version: 1", f"version: {number}")
        (folder / "nho" / f"v{number}.yaml").write_text(text, "utf-8")
    assert "phiên bản 10" in run(app, folder, "nho").output
    assert "không có phiếu nho phiên bản 3" in run(app, folder, "nho", "--version", "3").output
    assert "không có phiếu khac" in run(app, folder, "khac").output


@pytest.mark.parametrize("line", ["nho 1", "nho x " + "0" * 64, "nho 1 abc"])
def test_a_lock_that_cannot_be_read_stops_everything(app: Flask, folder: Path, line: str) -> None:
    (folder / LOCK).write_text(line + "\n", "utf-8")
    result = run(app, folder, "nho")
    assert result.exit_code == 1
    assert "published.lock, dòng 1" in result.output
    with app.app_context():
        assert queries.all_versions() == ()


def test_an_xlsform_becomes_yaml_and_what_was_lost_is_told(app: Flask, tmp_path: Path) -> None:
    form, out = tmp_path / "form.xlsx", tmp_path / "phieu.yaml"
    form.write_bytes(workbook({"survey": survey(["integer", "a_b", "Số", None], ["geopoint", "g", "Nơi", None])}))
    with app.app_context():
        result = CliRunner().invoke(import_form, [str(form), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert loader.load(out.read_bytes()).items()[0].key == "a-b"
    assert "survey!B2 [Đổi] 'a_b': khóa thành “a-b”" in result.stderr
    assert "survey!A3 [Không nhập] 'geopoint': phiếu không ghi tọa độ" in result.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"type,name", "không phải bảng tính .xlsx"),
        (workbook({"Sheet1": [["a"]]}), "cần một trang tính tên survey"),
        (workbook({"survey": [["type"], ["=1+1"]]}), "có công thức, mà công thức thì không được tính"),
        (workbook({"survey": survey(["geopoint", "g", "Nơi", None])}), "không có câu hỏi nào"),
    ],
)
def test_what_is_no_xlsform_is_refused_and_nothing_written(
    app: Flask, tmp_path: Path, content: bytes, words: str
) -> None:
    form, out = tmp_path / "form.xlsx", tmp_path / "phieu.yaml"
    form.write_bytes(content)
    with app.app_context():
        result = CliRunner().invoke(import_form, [str(form), "-o", str(out)])
    assert result.exit_code == 1
    assert words in result.stderr
    assert not out.exists()


def test_a_published_checklist_becomes_an_xlsform(app: Flask, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "nho.xlsx"
    run(app, folder, "nho")
    with app.app_context():
        result = CliRunner().invoke(export_form, ["nho", "-o", str(out)])
        missing = CliRunner().invoke(export_form, ["nho", "--version", "9", "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert import_xlsform(out.read_bytes(), date(2020, 8, 1)).checklist == loader.load(SMALL)
    assert "không có trong XLSForm: điểm" in result.stderr
    assert "chưa xuất bản phiếu nho phiên bản 9" in missing.output
