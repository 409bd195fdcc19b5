"""The text of a conclusion notice: what stands in each block, and where each block comes from."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.carrying import Kept
from app.domain.grounds import Grounds
from app.domain.notice import (
    Assessment,
    Block,
    BlockKind,
    Notice,
    NoticeFinding,
    NoticeInstruction,
    Strength,
    VisitRecord,
    Wording,
    as_json,
    committee_of,
    compose,
    compose_report,
    long_date,
)

RECORD = VisitRecord(
    unit_name="Phường Lê Lợi",
    host_name="Thị xã Sơn Tây",
    campaign_title="Kiểm tra công vụ, cải cách hành chính năm 2020",
    checklist_title="Kiểm tra công vụ tại Bộ phận Một cửa cấp xã",
    visited_on=date(2020, 8, 17),
    cited=tuple(
        Grounds("215/QĐ-UBND", date(2020, 8, 5), plan_number="89/KH-UBND", plan_date=date(2020, 2, 5)).cited(
            "Thị xã Sơn Tây", "Kiểm tra công vụ, cải cách hành chính năm 2020"
        )
    ),
    minutes_on=date(2020, 8, 17),
    reported_on=date(2020, 8, 20),
    members=(("Trưởng đoàn", "Lãnh đạo A"), ("Thành viên", "Cán bộ B")),
    representative=("Chủ tịch", "Cán bộ L"),
    asked=40,
    not_applicable=2,
)
SIGNS = NoticeFinding(
    "f1",
    "bien-de-ban",
    "Còn 1/10 bàn làm việc chưa có biển để bàn (Bàn 10)",
    "Bổ sung biển để bàn cho 1 vị trí",
    5,
    explanation="Biển đang đặt làm",
    sources=("item/bien-de-ban/row/1/co-bien", "photo/p1"),
)
LETTERS = NoticeFinding("f2", "dung-han", "Tỷ lệ hồ sơ đúng hạn 94% (470/500)", "Rà soát 30 hồ sơ quá hạn", 10)
MEETING = NoticeInstruction("i1", "Họp kiểm điểm tập thể", 7)
FAIR = Assessment(scaled=8825, scale=100, grade_label="Khá")
BADGES = Strength("the", "bien-the", "Biển, thẻ", "Đeo thẻ khi làm nhiệm vụ", "12/12 (100%)", ("item/the/row/1/deo",))


def written(
    *findings: NoticeFinding, wording: Wording = Wording(), instructions: tuple[NoticeInstruction, ...] = ()
) -> Notice:
    return compose(RECORD, FAIR, (BADGES,), findings, instructions, wording)


def part(notice: Notice, number: str) -> list[Block]:
    """The blocks under the heading `number`."""
    starts = [i for i, block in enumerate(notice.blocks) if block.kind is BlockKind.HEADING]
    begin = next(i for i in starts if notice.blocks[i].number == number)
    end = next((i for i in starts if i > begin), len(notice.blocks))
    return list(notice.blocks[begin + 1 : end])


def test_the_seven_parts_stand_in_order() -> None:
    headings = [(b.number, b.text) for b in written(SIGNS).blocks if b.kind is BlockKind.HEADING]
    assert headings == [
        ("I", "Khái quát cuộc kiểm tra"),
        ("II", "Kết quả đạt được"),
        ("III", "Tồn tại, hạn chế"),
        ("IV", "Nguyên nhân và trách nhiệm"),
        ("V", "Kết luận, đánh giá chung"),
        ("VI", "Yêu cầu, kiến nghị"),
        ("VII", "Tổ chức thực hiện"),
    ]


def test_the_basis_is_filled_from_the_record_and_punctuated() -> None:
    assert [block.text for block in written().basis] == [
        "Căn cứ Quyết định số 215/QĐ-UBND ngày 05 tháng 8 năm 2020 của UBND thị xã Sơn Tây về việc thành lập Đoàn "
        "kiểm tra công vụ, cải cách hành chính năm 2020;",
        "Căn cứ Kế hoạch số 89/KH-UBND ngày 05 tháng 02 năm 2020 của UBND thị xã Sơn Tây về kiểm tra công vụ, "
        "cải cách hành chính năm 2020;",
        "Căn cứ Biên bản kiểm tra ngày 17 tháng 8 năm 2020 giữa Đoàn kiểm tra và UBND phường Lê Lợi;",
        "Xét báo cáo của Trưởng đoàn kiểm tra ngày 20 tháng 8 năm 2020.",
    ]


def test_a_finding_carries_its_count_its_sources_and_the_units_words() -> None:
    finding, explanation = part(written(SIGNS), "III")
    assert finding.text == "Còn 1/10 bàn làm việc chưa có biển để bàn (Bàn 10)."
    assert finding.sources == ("finding:f1", "item/bien-de-ban/row/1/co-bien", "photo/p1")
    assert explanation.text == "Ý kiến của đơn vị: Biển đang đặt làm."
    assert explanation.sources == ("sign/unit",)


def test_a_strength_carries_its_figure() -> None:
    group, strength = part(written(SIGNS), "II")
    assert (group.kind, group.text) == (BlockKind.GROUP, "Biển, thẻ")
    assert (strength.text, strength.sources) == ("Đeo thẻ khi làm nhiệm vụ: 12/12 (100%).", ("item/the/row/1/deo",))


def test_remedies_come_before_instructions_and_each_names_its_limit() -> None:
    tasks = [b for b in part(written(SIGNS, LETTERS, instructions=(MEETING,)), "VI") if b.kind is BlockKind.TASK]
    assert [(task.number, task.sources) for task in tasks] == [
        ("1", ("finding:f1",)),
        ("2", ("finding:f2",)),
        ("3", ("instruction:i1",)),
    ]
    assert tasks[2].text == "Họp kiểm điểm tập thể; thời hạn 7 ngày làm việc, kể từ ngày ban hành."


def test_once_dated_a_limit_names_its_day_and_the_calendar_it_was_counted_with() -> None:
    dated = replace(SIGNS, due_on=date(2020, 8, 31))
    record = replace(RECORD, calendar_version="VN 2020")
    notice = compose(record, FAIR, (), (dated,), (), Wording())
    texts = [block.text for block in part(notice, "VI")]
    assert texts[1].endswith("thời hạn 5 ngày làm việc, xong trước hết ngày 31 tháng 8 năm 2020.")
    assert "theo lịch làm việc VN 2020" in texts[2]


def test_a_finding_without_a_remedy_asks_for_nothing() -> None:
    notice = written(replace(SIGNS, remedy=""))
    assert [block.kind for block in part(notice, "VI")] == [BlockKind.PARAGRAPH]


def test_what_people_wrote_replaces_the_default_sentence_and_says_so() -> None:
    causes = part(written(SIGNS, wording=Wording(causes="Do thiếu kinh phí.\n\nDo chậm đặt hàng.")), "IV")
    assert [(block.text, block.sources) for block in causes] == [
        ("Do thiếu kinh phí.", ("wording:causes",)),
        ("Do chậm đặt hàng.", ("wording:causes",)),
    ]


def test_the_caps_that_bit_are_told_beside_the_score() -> None:
    capped = replace(FAIR, grade_label="Yếu", caps=("Hạ xuống Yếu vì …",))
    blocks = part(compose(RECORD, capped, (), (), (), Wording()), "V")
    assert [block.text for block in blocks] == ["Điểm kiểm tra: 88,25/100 điểm; xếp loại: Yếu.", "Hạ xuống Yếu vì …"]


def test_without_any_score_nothing_is_graded() -> None:
    blocks = part(compose(RECORD, Assessment(None, 100, ""), (), (), (), Wording()), "V")
    assert [block.text for block in blocks] == ["Không có nội dung nào được chấm điểm; không xếp loại."]


def test_the_last_sentence_ends_as_official_documents_end() -> None:
    assert written(SIGNS).blocks[-1].text.endswith("khắc phục./.")
    assert written(wording=Wording(follow_up="Giao Phòng Nội vụ theo dõi.")).blocks[-1].text.endswith("theo dõi./.")


def test_a_perfect_visit_has_text_in_every_part() -> None:
    notice = written()
    assert all(part(notice, number) for number in ("I", "II", "III", "IV", "V", "VI", "VII"))


def test_the_frozen_json_keeps_every_block_with_its_sources() -> None:
    plain = as_json(written(SIGNS))
    blocks = plain["blocks"]
    assert isinstance(blocks, list)
    assert {
        "kind": "explanation",
        "text": "Ý kiến của đơn vị: Biển đang đặt làm.",
        "sources": ["sign/unit"],
        "number": "",
    } in blocks


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2020, 1, 5), "ngày 05 tháng 01 năm 2020"),
        (date(2020, 2, 10), "ngày 10 tháng 02 năm 2020"),
        (date(2020, 3, 9), "ngày 09 tháng 3 năm 2020"),
        (date(2020, 12, 31), "ngày 31 tháng 12 năm 2020"),
    ],
)
def test_dates_take_a_leading_zero_where_decree_30_wants_one(day: date, text: str) -> None:
    assert long_date(day) == text


def test_a_committee_is_named_after_its_unit() -> None:
    assert committee_of("Phường Lê Lợi") == "UBND phường Lê Lợi"
    assert committee_of("Thành phố Hà Nội") == "UBND thành phố Hà Nội"


def test_a_replacing_notice_says_which_one_why_and_which_work_goes_on() -> None:
    done = replace(MEETING, id="i2", text="Báo cáo tuần", kept=Kept("05/TB-UBND", date(2020, 8, 24), done=True))
    record = replace(RECORD, replaces="05/TB-UBND ngày 19 tháng 8 năm 2020", replaces_why="Đếm nhầm\nhồ sơ. ")
    kept = replace(SIGNS, due_on=date(2020, 8, 26), kept=Kept("05/TB-UBND", date(2020, 8, 26)))
    notice = compose(record, FAIR, (), (kept, LETTERS), (done,), Wording())
    assert [block.text for block in part(notice, "VI") if block.kind is BlockKind.TASK] == [
        "Bổ sung biển để bàn cho 1 vị trí; đã giao tại Thông báo số 05/TB-UBND, thời hạn giữ nguyên, "
        "xong trước hết ngày 26 tháng 8 năm 2020.",
        "Rà soát 30 hồ sơ quá hạn; thời hạn 10 ngày làm việc, kể từ ngày ban hành.",
        "Báo cáo tuần; đã giao tại Thông báo số 05/TB-UBND, đã được xác nhận khắc phục.",
    ]
    assert notice.blocks[-1].text == (
        "Thông báo này thay thế Thông báo số 05/TB-UBND ngày 19 tháng 8 năm 2020, lý do: Đếm nhầm hồ sơ./."
    )
    assert "không nêu lại tại mục VI thì không phải thực hiện nữa" in notice.blocks[-2].text


# --- the delegation's report of the same outcome -------------------------------------------------------------------


def reported(*findings: NoticeFinding, record: VisitRecord = RECORD) -> Notice:
    return compose_report(record, FAIR, (BADGES,), findings, (MEETING,) if findings else (), Wording())


def test_a_report_says_what_was_found_and_proposes_what_the_notice_orders() -> None:
    report = reported(SIGNS)
    headings = [block.text for block in report.blocks if block.kind is BlockKind.HEADING]
    assert headings[4:] == ["Đánh giá chung", "Kiến nghị, đề xuất"]
    assert [part(report, number) for number in ("I", "II", "III", "IV")] == [
        part(written(SIGNS), number) for number in ("I", "II", "III", "IV")
    ]
    assert [block.text for block in part(report, "VI")] == [
        "Đoàn kiểm tra đề nghị UBND thị xã Sơn Tây yêu cầu UBND phường Lê Lợi thực hiện các nội dung sau:",
        "Bổ sung biển để bàn cho 1 vị trí; thời hạn 5 ngày làm việc.",
        "Họp kiểm điểm tập thể; thời hạn 7 ngày làm việc.",
        "Đoàn kiểm tra báo cáo, đề nghị UBND thị xã Sơn Tây xem xét, kết luận./.",
    ]


def test_a_report_does_not_rest_on_itself_and_a_notice_names_the_one_it_rests_on() -> None:
    assert [block.text[:24] for block in reported().basis] == [
        "Căn cứ Quyết định số 215",
        "Căn cứ Kế hoạch số 89/KH",
        "Căn cứ Biên bản kiểm tra",
    ]
    assert reported().basis[-1].text.endswith("UBND phường Lê Lợi.")
    rests_on = replace(RECORD, report="03/BC-ĐKT")
    assert compose(rests_on, FAIR, (), (), (), Wording()).basis[-1].text == (
        "Xét Báo cáo số 03/BC-ĐKT ngày 20 tháng 8 năm 2020 của Trưởng đoàn kiểm tra."
    )


def test_a_report_with_nothing_to_repair_says_so_and_one_for_a_new_notice_asks_for_it() -> None:
    assert part(reported(), "VI")[0].text == "Không có nội dung đề nghị yêu cầu UBND phường Lê Lợi khắc phục."
    again = replace(RECORD, replaces="05/TB-UBND ngày 05 tháng 8 năm 2020", replaces_why="Đếm thiếu một bàn.")
    assert part(reported(record=again), "VI")[1].text == (
        "Đề nghị ban hành thông báo thay thế Thông báo số 05/TB-UBND ngày 05 tháng 8 năm 2020, "
        "lý do: Đếm thiếu một bàn."
    )
    kept = replace(SIGNS, kept=Kept("05/TB-UBND"))
    assert "đã giao tại Thông báo số 05/TB-UBND, thời hạn giữ nguyên" in part(reported(kept), "VI")[1].text
