"""Each construct of XLSForm and what it becomes: kept, changed with a reason, or refused with a reason."""

import time
from typing import Any

import pytest

from app.domain.errors import Invalid
from tests.features.checklists.xlsforms import Table, at, check_honest, read, remark, sheets, survey

YES_NO = [["list_name", "name", "label"], ["yn", "1", "Có"], ["yn", "0", "Không"]]
COLOURS = [["list_name", "name", "label", "state"], ["c", "Đỏ thẫm", "Đỏ", "x"], ["c", "xanh", "Xanh", None]]
ITEM = "sections[0].items[0]"


def document(*rows: list[Any], headings: str = "type name label relevant", choices: Any = ()) -> dict[str, Any]:
    imported = read({"survey": survey(*rows, headings=headings), "choices": choices})
    assert imported.problems == ()
    return imported.document


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("text", {"type": "text"}),
        ("integer", {"type": "number", "unit": {"vi": "đơn vị"}, "whole": True}),
        ("decimal", {"type": "number", "unit": {"vi": "đơn vị"}}),
        ("date", {"type": "date"}),
        ("time", {"type": "time"}),
        ("dateTime", {"type": "date"}),
        ("acknowledge", {"type": "yes_no"}),
        ("barcode", {"type": "text"}),
        ("select_one_from_file x.csv", {"type": "text"}),
        ("select_one missing", {"type": "text"}),
    ],
)
def test_types(kind: str, answer: dict[str, Any]) -> None:
    assert at(document([kind, "a", "Tên"]), f"{ITEM}.answer") == answer


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("geopoint", "tọa độ"),
        ("audio", "ghi âm"),
        ("calculate", "không tính toán"),
        ("start", "nhật ký"),
        ("rank c", "xếp thứ tự"),
        ("csv-external", "ngoài tệp"),
        ("khác lạ", "không có loại câu hỏi “khác lạ”"),
    ],
)
def test_types_that_have_no_place_are_refused_with_every_cell(kind: str, why: str) -> None:
    imported = read({"survey": survey([kind, "b", "Nhãn"], ["text", "a", "Tên"]), "choices": COLOURS})
    assert [item["key"] for item in at(imported.document, "sections[0].items")] == ["a"]
    for address in ("A2", "B2", "C2"):
        assert remark(imported, address).fate == "refused"
        assert why in remark(imported, address).why


def test_a_list_that_says_yes_and_no_is_a_yes_no_and_conditions_follow() -> None:
    found = document(["select_one yn", "a", "Có biển"], ["text", "b", "Vì sao", "${a} = 0"], choices=YES_NO)
    assert at(found, f"{ITEM}.answer") == {"type": "yes_no"}
    assert at(found, "sections[0].items[1].when") == {"item": "a", "is": "no"}


def test_choices_become_keys_and_what_is_left_of_the_sheet_is_told() -> None:
    rows = [["select_multiple c", "a", "Màu"], ["text", "b", "Vì sao", "selected(${a}, 'Đỏ thẫm')"]]
    imported = read({"survey": survey(*rows), "choices": [*COLOURS, ["c", "xanh", "Lặp"], ["thừa", "x", "Thừa"]]})
    options = at(imported.document, f"{ITEM}.answer.choices")
    assert options == [{"key": "do-tham", "text": {"vi": "Đỏ"}}, {"key": "xanh", "text": {"vi": "Xanh"}}]
    assert at(imported.document, "sections[0].items[1].when") == {"item": "a", "is": "do-tham"}
    assert "lọc" in remark(imported, "D2", "choices").why
    assert "bị lặp" in remark(imported, "C4", "choices").why
    assert "không nội dung nào của phiếu dùng danh sách “thừa”" in remark(imported, "C5", "choices").why


def test_or_other_adds_a_choice() -> None:
    found = document(["select_one c or_other", "a", "Màu"], choices=COLOURS)
    assert at(found, f"{ITEM}.answer.choices[2]") == {"key": "other", "text": {"vi": "Khác", "en": "Other"}}


def test_groups_are_sections_and_their_condition_goes_to_every_item() -> None:
    imported = read(
        {
            "survey": survey(
                ["text", "dau", "Đầu"],
                ["begin group", "g", "Phần A", None],
                ["integer", "n", "Số"],
                ["begin_group", "h", "Phần B", "${n} > 1"],
                ["text", "b", "Trong", "${dau} = 'x'"],
                ["end_group"],
                ["text", "c", "Sau"],
                ["end group"],
                ["begin_group", "trong", None, "${n} < 5"],
                ["text", "d", "Không phần"],
                ["end_group"],
            )
        }
    )
    titles = [
        (section["title"]["vi"], [item["key"] for item in section["items"]])
        for section in imported.document["sections"]
    ]
    assert titles == [
        ("Nội dung chung", ["dau"]),
        ("Phần A", ["n"]),
        ("Phần A – Phần B", ["b"]),
        ("Phần A", ["c"]),
        ("Nội dung chung", ["d"]),
    ]
    inner = at(imported.document, "sections[2].items[0].when")
    assert inner == {"all": [{"item": "n", "at_least": "2"}, {"item": "dau", "is": "x"}]}
    assert at(imported.document, "sections[4].items[0].when") == {"item": "n", "at_most": "4"}
    assert remark(imported, "C5").fate == "changed"  # the label of the inner group
    assert remark(imported, "A10").fate == "refused"  # the group without a label


def test_a_repeat_is_a_roster_whose_first_text_names_the_rows() -> None:
    found = document(
        ["begin_repeat", "ban", "Bàn làm việc"],
        ["text", "ten", "Vị trí"],
        ["note", "n", "Đếm mọi bàn"],
        ["select_one yn", "co_bien", "Có biển"],
        ["date", "ngay", "Ngày", "${co_bien} = '1'"],
        ["begin_repeat", "trong", "Trong"],
        ["text", "x", "X"],
        ["end_repeat"],
        ["end_repeat"],
        ["text", "sau", "Sau", "${co_bien} = '1'"],
        choices=YES_NO,
    )
    roster = at(found, ITEM)
    assert roster["answer"]["row"] == {"label": {"vi": "Vị trí"}}
    assert roster["guidance"] == {"vi": "Đếm mọi bàn"}
    assert [(field["key"], field.get("when")) for field in roster["answer"]["fields"]] == [
        ("co-bien", None),
        ("ngay", {"field": "co-bien", "is": "yes"}),
    ]
    assert "when" not in at(found, "sections[0].items[1]")  # a row's field is not known outside


def test_notes_and_hints_are_guidance_and_pictures_are_evidence() -> None:
    found = document(
        ["begin_group", "g", "Phần", None],
        ["note", "n", "Đọc trước", None],
        ["text", "a", "Tên", "Ghi rõ"],
        ["note", "m", "Đọc thêm", None],
        ["image", "anh", "Ảnh biển", None],
        ["note", "z", "Hết", None],
        ["end_group"],
        headings="type name label hint",
    )
    assert at(found, "sections[0].guidance") == {"vi": "Đọc trước\nHết"}
    assert at(found, f"{ITEM}.guidance") == {"vi": "Ghi rõ"}
    picture = at(found, "sections[0].items[1]")
    assert (picture["guidance"], picture["evidence"], picture["answer"]) == (
        {"vi": "Đọc thêm"},
        "optional",
        {"type": "text"},
    )


def test_constraints_are_bounds_where_they_fit() -> None:
    headings = "type name label constraint constraint_message parameters"
    rows = [
        ["integer", "a", "Số", ". > 0 and . <= 9 and . != 5", "Sai", None],
        ["text", "b", "Chữ", "string-length(.) < 51", None, None],
        ["range", "c", "Mức", None, None, "start=0 end=10 step=2"],
        ["date", "d", "Ngày", ". <= today()", None, None],
    ]
    imported = read({"survey": survey(*rows, headings=headings)})
    answers = [item["answer"] for item in at(imported.document, "sections[0].items")]
    assert (answers[0]["min"], answers[0]["max"], answers[1]["max_length"]) == ("1", "9", "50")
    assert (answers[2]["min"], answers[2]["max"], answers[2]["whole"]) == ("0", "10", True)
    assert "phép so != không phải giới hạn" in remark(imported, "D2").why
    assert [remark(imported, each).fate for each in ("D3", "F4", "D5")] == ["kept", "changed", "refused"]


def test_languages() -> None:
    headings = "type name label::English label::Tiếng_Việt_(vi) label::French"
    rows = [["text", "a", "Sign", "Biển", "Panneau"], ["text", "b", "Board", None, None]]
    table = survey(*rows, headings=headings)
    imported = read({"survey": [[str(each).replace("_", " ") for each in table[0]], *table[1:]]})
    assert at(imported.document, f"{ITEM}.text") == {"vi": "Biển", "en": "Sign"}
    assert at(imported.document, "sections[0].items[1].text") == {"vi": "Board", "en": "Board"}
    assert "tạm dùng “English”" in remark(imported, "C3").why
    assert "chỉ có tiếng Việt và tiếng Anh" in remark(imported, "E2").why


def test_settings() -> None:
    settings = [
        ["form_title", "form_id", "version", "style", "default_language"],
        ["Phiếu số 1", "Phiếu_1", 2020080101, "pages", "vi"],
    ]
    imported = read({"survey": survey(["text", "a", "Tên"]), "settings": settings})
    found = imported.document
    assert (found["title"], found["slug"], found["version"]) == ({"vi": "Phiếu số 1"}, "phieu-1", "1")
    assert found["effective_from"] == "2020-08-01"
    assert [remark(imported, each, "settings").fate.value for each in ("A2", "B2", "C2", "D2")] == [
        "kept",
        "changed",
        "changed",
        "refused",
    ]


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        ({"Sheet1": [["type"], ["text"]]}, "xlsform_no_survey"),
        ({"survey": [["a", "b"], ["text", "x"]]}, "xlsform_no_survey"),
        ({"survey": survey(*[["begin_group", f"g{n}", "G"] for n in range(40)])}, "xlsform_too_deep"),
        (
            {
                "survey": survey(
                    *[
                        row
                        for n in range(101)
                        for row in (["begin_group", f"g{n}", "G"], ["text", f"t{n}", "T"], ["end_group"])
                    ]
                )
            },
            "xlsform_too_long",
        ),
    ],
)
def test_what_is_no_form_is_refused(tables: dict[str, Table], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        read(tables)


def test_limits_are_kept() -> None:
    many = [["list_name", "name", "label"], *[["c", f"o{n}", f"Lựa chọn {n}"] for n in range(101)]]
    fields = [["integer", f"f{n}", "Cột"] for n in range(41)]
    rows = [["select_one c", "a", "x" * 5000], ["begin_repeat", "r", "Bảng"], *fields, ["end_repeat"]]
    imported = read({"survey": survey(*rows, *[["text", f"t{n}", "T"] for n in range(600)]), "choices": many})
    assert imported.problems == ()
    assert at(imported.document, f"{ITEM}.answer") == {"type": "text"}
    assert len(at(imported.document, f"{ITEM}.text.vi")) == 4000
    assert len(at(imported.document, "sections[0].items[1].answer.fields")) == 40
    assert [len(section["items"]) for section in imported.document["sections"]] == [500, 102]
    assert "cắt bớt" in remark(imported, "C2").why
    assert "tối đa 40 cột" in remark(imported, "B44").why


def test_a_long_form_of_like_names_is_read_in_seconds() -> None:
    choices = [["list_name", "name", "label"], *[["dai", f"o{n}", "Ô"] for n in range(2000)]]
    tables = {"survey": survey(*[["text", "Ô", "Câu hỏi"] for _ in range(2000)]), "choices": choices}
    begun = time.process_time()
    imported = read(tables)
    assert time.process_time() - begun < 10  # a square of the rows would take far longer
    assert len({item["key"] for section in imported.document["sections"] for item in section["items"]}) == 2000


def test_of_two_sheets_with_nearly_one_name_both_are_told() -> None:
    tables = {"survey": survey(["text", "a", "Tên"]), "survey ": survey(["text", "b", "Khác"])}
    imported = read(tables)
    check_honest(imported, sheets(tables))
    assert remark(imported, "C2", "survey ").fate == "refused"


def test_more_options_than_a_checklist_holds_are_refused() -> None:
    choices = [["list_name", "name", "label"], *[["c", f"o{n}", "Ô"] for n in range(100)]]
    with pytest.raises(Invalid, match="xlsform_too_long"):
        read({"survey": survey(*[["select_one c", f"q{n}", "Hỏi"] for n in range(101)]), "choices": choices})
