"""Drafts on the desk: every save is kept, two authors never overwrite each other, only what is right is published."""

import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.checklists import drafts, loader, queries
from app.checklists.actions import publish
from app.checklists.editing.forms import fields_of
from app.checklists.editing.parts import Part, part_of, value_at
from app.domain.permissions import Role
from tests import factories
from tests.features.checklists.test_forms import posted
from tests.features.checklists.test_yaml_text import COMMENTED


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return writer(app, "tac-gia-a")


def writer(app: Flask, login: str) -> FlaskClient:
    return factories.client_of(app, factories.make_user(app, login, Role.ADMINISTRATOR, factories.make_unit(app)))


def upload(browser: FlaskClient, content: bytes) -> TestResponse:
    token = factories.csrf_token(browser, "/checklists/drafts/new")
    data = {"csrf_token": token, "file": (io.BytesIO(content), "phieu.yaml")}
    return browser.post("/checklists/drafts/import", data=data, content_type="multipart/form-data")


@pytest.fixture
def here(admin: FlaskClient) -> str:
    """The address of a draft made from a file with comments."""
    response = upload(admin, COMMENTED.encode())
    assert response.status_code == 303
    return response.headers["Location"]


def text_of(browser: FlaskClient, here: str) -> str:
    return browser.get(f"{here}/yaml").get_data(as_text=True)


def form_of(browser: FlaskClient, here: str, path: str) -> dict[str, str]:
    """What the form of a part sends back when nothing is changed; the page was opened now."""
    document, _ = loader.read_yaml(text_of(browser, here))
    part = part_of(path)
    value = value_at(document, part)
    return posted(fields_of(part.shape, value, part.leave_out)) | {"revision": revision_of(browser, here)}


def revision_of(browser: FlaskClient, here: str) -> str:
    page = browser.get(f"{here}/saves").get_data(as_text=True)
    return page.split("Lần lưu ")[1].split(",")[0]


def edit(browser: FlaskClient, here: str, path: str, form: dict[str, str]) -> TestResponse:
    return factories.post(browser, f"{here}/edit?part={path}", form_on="/checklists/drafts/new", **form)


def press(browser: FlaskClient, here: str, do: str, revision: str = "") -> TestResponse:
    seen = revision or revision_of(browser, here)
    return factories.post(browser, f"{here}/structure", form_on="/checklists/drafts/new", revision=seen, do=do)


A, C = "sections[0].items[0]", "sections[1].items[0]"


def test_a_checklist_is_written_from_nothing_and_published_with_a_note(app: Flask, admin: FlaskClient) -> None:
    made = factories.post(
        admin, "/checklists/drafts/new", form_on="/checklists/drafts/new", title="Phiếu thử", slug="phieu-thu"
    )
    here = made.headers["Location"]
    assert edit(admin, here, A, {**form_of(admin, here, A), "points": "2.5"}).status_code == 303
    assert "Không có lỗi" in admin.get(here).get_data(as_text=True)
    seen = revision_of(admin, here)
    bare = factories.post(admin, f"{here}/publish", form_on="/checklists/drafts/new", revision=seen, note=" ")
    assert (bare.status_code, "Hãy ghi đã đổi những gì" in bare.get_data(as_text=True)) == (422, True)
    note = "Lần đầu, theo kế hoạch năm nay"
    done = factories.post(admin, f"{here}/publish", form_on="/checklists/drafts/new", revision=seen, note=note)
    with app.app_context():
        (version,) = queries.all_versions()
        assert queries.checklist_by_chk(version.chk).items()[0].points == 250
        assert (version.change_note, drafts.number_of_drafts()) == (note, 0)
    assert done.headers["Location"].endswith(version.id)
    assert note in admin.get("/checklists/").get_data(as_text=True)
    assert admin.get(here).headers["Location"] == done.headers["Location"]
    assert admin.get(f"{here}/text").status_code == 404


def test_an_imported_file_keeps_its_comments_through_an_edit_a_publication_and_the_next_draft(
    app: Flask, admin: FlaskClient, here: str
) -> None:
    assert text_of(admin, here) == COMMENTED
    edit(admin, here, A, {**form_of(admin, here, A), "points": "12"})
    expected = COMMENTED.replace("points: 10   # theo", "points: 12   # theo")
    assert text_of(admin, here) == expected
    factories.post(admin, f"{here}/publish", form_on="/checklists/drafts/new", revision="2", note="Sửa điểm")
    with app.app_context():
        (version,) = queries.all_versions()
    assert admin.get(f"/checklists/{version.id}/yaml").get_data(as_text=True) == expected
    page = f"/checklists/{version.id}"
    following = factories.post(admin, f"{page}/draft", form_on=page, **{"as": "version"}).headers["Location"]
    assert text_of(admin, following) == expected.replace("version: 1", "version: 2")
    edit(admin, following, A, {**form_of(admin, following, A), "points": "14"})
    told = admin.get(f"{following}/publish").get_data(as_text=True)
    assert all(words in told for words in ("So với phiên bản 1", "Điểm tối đa đổi từ 12 thành 14", "1 sửa"))
    factories.post(admin, f"{following}/publish", form_on="/checklists/drafts/new", revision="2", note="Nâng điểm")
    with app.app_context():
        newest = queries.all_versions()[0]
    assert f"/compare/{version.id}" in admin.get(f"/checklists/{newest.id}").get_data(as_text=True)
    compared = admin.get(f"/checklists/{newest.id}/compare/{version.id}").get_data(as_text=True)
    assert all(words in compared for words in ("Nâng điểm", "Có: 12 điểm", "Có: 14 điểm", "giữ câu trả lời"))
    copy = factories.post(admin, f"{page}/draft", form_on=page, **{"as": "copy"}).headers["Location"]
    assert "slug: nho-ban-sao   # mã" in text_of(admin, copy)


def test_a_broken_draft_is_kept_shown_at_its_fields_and_not_published(
    app: Flask, admin: FlaskClient, here: str
) -> None:
    edit(admin, here, A, {**form_of(admin, here, A), "points": "mười", "key": "Sai Khóa"})
    page = admin.get(f"{here}/edit?part={A}").get_data(as_text=True)
    assert 'id="points-problem" data-problem="points">phải là số thập phân' in page
    assert 'value="mười"' in page
    outline = admin.get(here).get_data(as_text=True)
    assert "Còn 2 lỗi, chưa xuất bản được" in outline
    text = text_of(admin, here)
    line = text[: text.index('points: "mười"')].count("\n") + 1
    assert f"<strong>Dòng {line}</strong> · <code>sections[0].items[0].points</code>" in outline
    refused = factories.post(
        admin, f"{here}/publish", form_on="/checklists/drafts/new", revision="2", note="Vẫn cứ xuất bản"
    )
    assert (refused.status_code, "Chưa xuất bản được: còn 2 lỗi" in refused.get_data(as_text=True)) == (422, True)
    with app.app_context():
        assert queries.all_versions() == ()


def test_what_published_versions_forbid_is_said_while_writing(app: Flask, admin: FlaskClient, here: str) -> None:
    with factories.writing(app):
        publish(
            None,
            loader.load(COMMENTED.replace("answer: {type: yes_no}\n        points: 10   ", "answer: {type: text} ")),
        )
    page = admin.get(here).get_data(as_text=True)
    assert "phiên bản 1 đã xuất bản; hãy ghi số 2" in page
    assert "nghĩa khác thì phải dùng khóa mới" in page


def test_two_authors_of_different_parts_both_keep_what_they_wrote(app: Flask, admin: FlaskClient, here: str) -> None:
    other = writer(app, "tac-gia-b")
    mine, theirs = form_of(admin, here, A), form_of(other, here, C)
    assert edit(other, here, C, {**theirs, "text.vi": "Con số"}).status_code == 303
    press(other, here, f"up:{A.replace('items[0]', 'items[1]')}")  # my item is the second one now
    assert edit(admin, here, A, {**mine, "points": "7"}).status_code == 303
    text = text_of(admin, here)
    assert text == text_of(other, here)
    document, _ = loader.read_yaml(text)
    assert [each.get("points") for each in document["sections"][0]["items"]] == ["5", "7"]
    assert document["sections"][1]["items"][0]["text"]["vi"] == "Con số"
    told = admin.get(f"{here}/edit?part={A}").get_data(as_text=True)
    assert "Cán bộ Tac-Gia-B cũng vừa lưu bản nháp này" in told


def test_two_authors_of_one_part_are_told_and_nothing_is_lost(app: Flask, admin: FlaskClient, here: str) -> None:
    other = writer(app, "tac-gia-b")
    mine, theirs = form_of(admin, here, A), form_of(other, here, A)
    edit(other, here, A, {**theirs, "points": "3"})
    refused = edit(admin, here, A, {**mine, "points": "7", "text.vi": "Có biển tên"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "Cán bộ Tac-Gia-B đã lưu chính phần này trong lúc bạn sửa" in page
    assert 'name="points" aria-describedby="points-hint points-problem" type="text" value="7"' in page
    assert "<pre>points: 3" in page
    assert "points: 3   # theo" in text_of(admin, here)
    assert edit(admin, here, A, {**mine, "points": "7", "revision": "2"}).status_code == 303
    assert "points: 7   # theo" in text_of(admin, here)
    assert "points: 3   # theo" in admin.get(f"{here}/saves/2").get_data(as_text=True)


def test_an_edit_of_a_part_that_was_removed_meanwhile_is_shown_for_copying(
    app: Flask, admin: FlaskClient, here: str
) -> None:
    mine = form_of(admin, here, A)
    press(writer(app, "tac-gia-b"), here, f"remove:{A}")
    refused = edit(admin, here, A, {**mine, "text.vi": "Câu của tôi"})
    assert refused.status_code == 409
    assert "Câu của tôi" in refused.get_data(as_text=True)
    assert "Câu của tôi" not in text_of(admin, here)


def test_a_stale_button_or_text_changes_nothing(app: Flask, admin: FlaskClient, here: str) -> None:
    other = writer(app, "tac-gia-b")
    edit(other, here, A, {**form_of(other, here, A), "points": "3"})
    stands = text_of(admin, here)
    for do in ("remove:sections[0]", "up:sections[1]", "copy:sections[0]", "add:"):
        assert press(admin, here, do, revision="1").status_code == 303
    for step in ("publish", "discard", "saves/1/restore"):
        form = {"revision": "1", "note": "Không thấy bản mới"}
        factories.post(admin, f"{here}/{step}", form_on="/checklists/drafts/new", **form)
    mine = "slug: cua-toi # chưa xong ["
    refused = factories.post(admin, f"{here}/text", form_on="/checklists/drafts/new", revision="1", text=mine)
    assert refused.status_code == 409
    assert mine in refused.get_data(as_text=True)
    assert text_of(admin, here) == stands
    press(admin, here, "add:", revision="1")
    assert "Cán bộ Tac-Gia-B đã lưu bản nháp này trong lúc bạn xem" in admin.get(here).get_data(as_text=True)


def test_buttons_reorder_copy_add_and_remove(admin: FlaskClient, here: str) -> None:
    press(admin, here, "up:sections[1]")
    press(admin, here, "down:sections[0].items[0]")  # the only item of the first section goes into the next
    press(admin, here, "copy:sections[1].items[1]")
    press(admin, here, "add:sections[1]")
    press(admin, here, "remove:sections[0]")
    press(admin, here, "add:")
    document, _ = loader.read_yaml(text_of(admin, here))
    keys = [[section["key"], *(item["key"] for item in section["items"])] for section in document["sections"]]
    assert keys == [["mot", "c", "a", "a-2", "b", "noi-dung-moi"], ["phan-moi", "noi-dung-moi-2"]]
    assert press(admin, here, "remove:sections[7]").status_code == 422
    assert press(admin, here, "burn:sections[0]").status_code == 422


def test_every_save_is_kept_with_its_author_and_may_be_taken_back(app: Flask, admin: FlaskClient, here: str) -> None:
    edit(admin, here, A, form_of(admin, here, A))  # nothing changed, nothing saved
    edit(admin, here, A, {**form_of(admin, here, A), "points": "3"})
    page = admin.get(f"{here}/saves").get_data(as_text=True)
    assert all(words in page for words in ("Nhập từ tệp YAML", "Sửa nội dung “Có biển”", "Cán bộ Tac-Gia-A"))
    factories.post(admin, f"{here}/saves/1/restore", form_on="/checklists/drafts/new", revision="2")
    assert text_of(admin, here) == COMMENTED
    assert revision_of(admin, here) == "3"
    factories.post(admin, f"{here}/discard", form_on="/checklists/drafts/new", revision="3")
    assert admin.get(here).status_code == 404
    with app.app_context():
        assert drafts.number_of_drafts() == 0


def test_text_that_is_no_yaml_is_kept_and_only_the_text_can_be_edited(admin: FlaskClient, here: str) -> None:
    factories.post(admin, f"{here}/text", form_on="/checklists/drafts/new", revision="1", text="slug: [\r\n")
    assert "Sửa văn bản YAML" in admin.get(here).get_data(as_text=True)
    assert admin.get(f"{here}/edit").headers["Location"].endswith("/text")
    assert "không đọc được YAML" in admin.get(f"{here}/text").get_data(as_text=True)
    assert press(admin, here, "add:", revision="2").status_code == 422


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "tệp trống"),
        (b"a: &x [1]\nb: [*x, *x]", "không dùng neo"),
        (b"[" * 5000, "lồng nhau quá 20 tầng"),
        (b"a: !!python/object/apply:os.system ['true']", "nhãn kiểu dữ liệu"),
        (b"a: " + b"x" * (257 * 1024), "tệp lớn hơn 256 KiB"),
        (b"[" + b"1," * 20_001 + b"]", "có hơn 20000 giá trị"),
        (b"a: x\0y", "ký tự điều khiển"),
    ],
)
def test_hostile_text_is_refused_by_import_and_harmless_in_the_editor(
    admin: FlaskClient, here: str, content: bytes, words: str
) -> None:
    refused = upload(admin, content)
    assert (refused.status_code, words in refused.get_data(as_text=True)) == (422, True)
    text = content.decode()
    told = factories.post(admin, f"{here}/check", form_on="/checklists/drafts/new", text=text).get_json()
    assert words in told["problems"][0]["message"]
    assert told["shown"] is None
    saved = factories.post(admin, f"{here}/text", form_on="/checklists/drafts/new", revision="1", text=text)
    assert saved.status_code in (303, 422)
    for page in ("", "/text", "/saves", "/publish"):
        assert admin.get(f"{here}{page}").status_code == 200


def test_the_linter_answers_while_one_types_and_stores_nothing(admin: FlaskClient, here: str) -> None:
    form = {**form_of(admin, here, A), "points": "x", "text.vi": ""}
    url = f"{here}/check?part={A}"
    told = factories.post(admin, url, form_on="/checklists/drafts/new", **form).get_json()
    assert {each["field"] for each in told["problems"]} == {"points", "text"}
    assert told["left_out"] == 1
    shown: dict[str, Any] = json.loads(told["shown"])
    assert [item["key"] for section in shown["sections"] for item in section["items"]] == ["b", "c"]
    assert text_of(admin, here) == COMMENTED
    right = factories.post(admin, url, form_on="/checklists/drafts/new", **(form | {"points": "4", "text.vi": "Ổn"}))
    assert right.get_json()["problems"] == []
    assert json.loads(right.get_json()["shown"])["sections"][0]["items"][0]["points"] == 400
    assert json.loads(admin.get(f"{here}/document").get_json()["shown"])["slug"] == "nho"


def test_a_part_that_does_not_exist_is_refused_and_not_an_error(admin: FlaskClient, here: str) -> None:
    for path in ("sections[9]", "sections[0].items[99]", "grades", "x" * 300):
        assert admin.get(f"{here}/edit?part={path}").status_code == 422
        assert edit(admin, here, path, {"revision": "1"}).status_code == 422


def test_the_head_is_edited_without_touching_the_sections(admin: FlaskClient, here: str) -> None:
    form = {**form_of(admin, here, ""), "grades#": "1", "grades[0].key": "dat", "grades[0].at_least": "0"}
    edit(admin, here, "", {**form, "grades[0].label.vi": "Đạt", "scale": "10"})
    text = text_of(admin, here)
    document, _ = loader.read_yaml(text)
    assert (document["scale"], document["grades"]) == ("10", [{"key": "dat", "at_least": "0", "label": {"vi": "Đạt"}}])
    assert text[text.index("sections:") :] == COMMENTED[COMMENTED.index("sections:") :]
    assert Part().path == ""


@pytest.mark.parametrize("role", [Role.VICE_CHAIR, Role.INSPECTOR])
def test_who_may_not_publish_sees_no_draft(app: Flask, here: str, role: Role) -> None:
    reader = factories.client_of(app, factories.make_user(app, "nguoi-doc", role, factories.make_unit(app)))
    assert "Bản nháp" not in reader.get("/checklists/").get_data(as_text=True)
    for page in ("", "/edit", "/text", "/yaml", "/saves", "/publish", "/document"):
        assert reader.get(f"{here}{page}").status_code == 403
