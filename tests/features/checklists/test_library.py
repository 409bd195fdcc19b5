"""The shipped library: its files, what publishing checks against it, and which versions ask what."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from app.checklists import actions, library, loader, queries
from app.checklists.commands import FOLDER, check
from app.domain.checklist import Checklist
from app.domain.errors import Invalid
from tests import factories
from tests.features.checklists.test_loader import SMALL

FILE = """\
title: {vi: "Nhóm"}
entries:
  - code: bien
    text: {vi: "Có biển"}
    answer: yes_no
    basis: [{vi: "Kế hoạch kiểm tra quy định"}]
    guidance: {vi: "Đếm"}
"""


def coded(code: str, slug: str = "nho", version: int = 1) -> Checklist:
    """The small checklist with a library code on its first item, whose answer is yes or no."""
    text = SMALL.replace("slug: nho", f"slug: {slug}").replace("version: 1", f"version: {version}")
    checklist = loader.load(text)
    section = checklist.sections[0]
    first = section.items[0].model_copy(update={"code": code})
    assert first.answer.type == "yes_no"
    changed = section.model_copy(update={"items": (first, *section.items[1:])})
    return checklist.model_copy(update={"sections": (changed, *checklist.sections[1:])})


def codes_in(app: Flask, code: str) -> list[tuple[str, int, str]]:
    with app.app_context():
        found = queries.uses(code, limit=50)
        assert queries.number_of_uses(code) == len(found)
        return [(each.version.slug, each.version.version, each.item_key) for each in found]


def test_the_committed_schema_is_current() -> None:
    committed = (library.FOLDER / "schema.json").read_text("utf-8")
    assert committed == library.schema_text(), "write app.checklists.library.schema_text() to library/schema.json"


def test_check_names_what_is_wrong_in_a_library_file_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "a.yaml").write_text(FILE, "utf-8")
    (folder / "b.yaml").write_text(FILE.replace("yes_no", "percent"), "utf-8")
    (folder / "c.yaml").write_text(FILE, "utf-8")
    result = CliRunner().invoke(check, [str(each) for each in library.files_of(folder)])
    assert result.exit_code == 1
    good, unread, twice = result.stdout.splitlines()
    assert good == f"{folder / 'a.yaml'}: đạt"
    assert unread.startswith(f"{folder / 'b.yaml'}:5: entries[0].answer: chỉ nhận một trong")
    assert twice == f"{folder / 'c.yaml'}:3: entries[0].code: mã bien đã dùng ở tệp a.yaml"
    with pytest.raises(Invalid, match="checklist_invalid"):
        library.read(folder)


def test_a_checklist_is_held_against_the_library_with_its_line() -> None:
    text = SMALL.replace('text: {vi: "Có biển"}', 'text: {vi: "Có biển"}\n        code: khong-co-ma-nay')
    assert "khong-co-ma-nay" in text
    with pytest.raises(Invalid) as caught:
        loader.load(text, library.problems)
    (problem,) = caught.value.details["problems"]
    assert (problem.path, problem.code) == ("sections[0].items[0].code", "unknown_code")
    assert text.splitlines()[problem.line - 1].strip() == "code: khong-co-ma-nay"


def test_what_disagrees_with_the_library_is_not_published(app: Flask) -> None:
    for code, problem in (("khong-co-ma-nay", "unknown_code"), ("bien-de-ban", "code_answer")):
        with app.app_context(), pytest.raises(Invalid) as caught, factories.writing(app):
            actions.publish(None, coded(code))
        assert [each.code for each in caught.value.details["problems"]] == [problem]
    assert codes_in(app, "bien-de-ban") == []


def test_where_an_entry_is_asked_is_known_for_old_and_new_versions(app: Flask) -> None:
    frozen = loader.load((FOLDER / "mot-cua-cap-xa" / "v1.yaml").read_bytes())
    with factories.writing(app):
        actions.publish(None, frozen)
        actions.publish(None, coded("bien-ten-co-quan"))
        actions.publish(None, coded("bien-ten-co-quan", version=2))
    asked = [("mot-cua-cap-xa", 1, "bien-ten-co-quan"), ("nho", 2, "a"), ("nho", 1, "a")]
    key = coded("bien-ten-co-quan").items()[0].key
    assert codes_in(app, "bien-ten-co-quan") == [each if each[0] != "nho" else (*each[:2], key) for each in asked]
    assert codes_in(app, "deo-the") == [("mot-cua-cap-xa", 1, "the-cong-chuc")]
    with app.app_context():
        assert queries.checklists_using(["bien-ten-co-quan", "deo-the", "nguoi-vang-mat"]) == {
            "bien-ten-co-quan": 2, "deo-the": 1
        }  # fmt: skip


def test_a_cut_keeps_the_codes_and_is_no_use_of_its_own(app: Flask) -> None:
    from app.checklists.models import ItemCode
    from app.extensions import db

    frozen = loader.load((FOLDER / "mot-cua-cap-xa" / "v1.yaml").read_bytes())
    with factories.writing(app):
        parent = actions.publish(None, frozen)
        short = actions.keep_cut(parent, ["the-cong-chuc", "may-lay-so"])
    with app.app_context():
        kept = db.session.query(ItemCode).filter_by(version_id=short.id).all()
        assert [(each.item_key, each.code) for each in kept] == [("the-cong-chuc", "deo-the")]
    assert len(codes_in(app, "deo-the")) == 1


def test_a_code_stays_with_its_key_through_the_versions(app: Flask) -> None:
    with factories.writing(app):
        actions.publish(None, coded("bien-ten-co-quan"))
    with app.app_context(), pytest.raises(Invalid) as caught, factories.writing(app):
        actions.publish(None, coded("noi-quy-niem-yet", version=2))
    (problem,) = caught.value.details["problems"]
    assert problem.code == "code_moved"
    assert "ở phiên bản 1 mang mã bien-ten-co-quan" in problem.message


def test_items_have_a_name_that_lasts_across_checklists() -> None:
    frozen = loader.load((FOLDER / "mot-cua-cap-xa" / "v1.yaml").read_bytes())
    names = queries.lasting_names(frozen)
    assert (names["the-cong-chuc"], names["may-lay-so"]) == ("deo-the", "mot-cua-cap-xa/may-lay-so")
    assert names["bien-ten-co-quan"] in queries.lasting_names(coded("bien-ten-co-quan")).values()


def test_an_entry_is_found_without_diacritics() -> None:
    shipped = library.shipped()
    assert [each.code for each in shipped.found("bien de ban")] == ["bien-de-ban"]
    assert {each.code for each in shipped.found("THƯ xin lỗi")} == {"thu-xin-loi"}
    assert "lich-tiep-cong-dan" in {each.code for each in shipped.found("nghi dinh 154/2026")}
    assert shipped.found("khong co dau ca") == ()
    assert {each.index for entry in shipped.found("", "papi") for each in entry.indices} >= {"papi"}
    assert len(shipped.found("")) == len(shipped.entries)
