"""The page of what waits for a decision, and the sheet that keeps the reasons."""

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from app.campaigns import queries as campaigns
from app.domain.permissions import Role
from tests import factories
from tests.features.sync.conftest import story as story_on_each
from tests.features.sync.phones import Story, phone, remove
from tests.features.sync.statements import counted

story = story_on_each  # a visit to write to, on each database


def page(story: Story, user: factories.MadeUser, query: str = "") -> str:
    reply = factories.client_of(story.app, user).get(f"/matters{query}")
    assert reply.status_code == 200
    return reply.get_data(as_text=True)


def disagree(story: Story, item: str = "muc-1") -> tuple[str, str]:
    a, b = phone(story, story.a), phone(story, story.b)
    ops = a.mint(f"item/{item}", "yes"), b.mint(f"item/{item}", "no")
    a.push()
    b.push()
    return ops


def held(story: Story) -> str:
    """A removed member's answer, held."""
    a = phone(story, story.a)
    op = a.mint("item/muc-2", "no")
    remove(story, story.a)
    a.push()
    return op


def test_both_answers_stand_side_by_side_with_authors_and_times(story: Story) -> None:
    assert "Không có gì đang chờ" in page(story, story.lead)
    disagree(story)
    shown = page(story, story.lead)
    for words in ("Phường Số 1", "Mục 1", story.a.name, story.b.name, "giờ thiết bị", "giờ máy chủ", "Khác nhau"):
        assert words in shown
    assert f"/field/visits/{story.visit}/contested" in shown, "the lead is led to the phone"
    other = page(story, story.b)
    assert "Khác nhau" in other
    assert "/field/visits" not in other, "others only see"
    assert "Phường Số 1" not in page(story, story.stranger)


def test_what_is_held_is_seen_by_its_author_and_those_who_direct_and_is_only_named_to_others(story: Story) -> None:
    held(story)
    chair = factories.make_user(story.app, "pct", Role.VICE_CHAIR, factories.make_unit(story.app))
    assert "Phường Số 1" not in page(story, chair), "from another town"
    lead = page(story, story.lead)
    assert "Đã rời đoàn" in lead or "không còn" in lead
    assert "chỉ tác giả" not in lead.casefold()
    member = page(story, story.b)
    assert "Chỉ tác giả và người điều hành" in member
    assert "Mục 2" in member


def test_decided_ones_keep_the_reason_and_who_decided(story: Story) -> None:
    first, second = disagree(story)
    op = held(story)
    lead = phone(story, story.lead)
    lead.pull()
    lead.mint("item/muc-1", {"value": "no", "reason": "Đã cùng xem lại tại chỗ"}, first, second, kind="resolve")
    lead.mint(f"held/{op}", {"reason": "Trùng với câu đã có"}, kind="dismiss")
    assert [each["r"] for each in lead.push()] == ["ok", "ok"]
    assert "Không có gì đang chờ" in page(story, story.lead)
    decided = page(story, story.lead, "?state=decided")
    for words in ("Đã cùng xem lại tại chỗ", "Trùng với câu đã có", story.lead.name, "Đã chọn", "Không nhận"):
        assert words in decided
    assert "Trùng với" not in page(story, story.lead, "?state=decided&kind=contested")
    assert "Đã chọn" not in page(story, story.lead, "?state=decided&kind=held")


def test_what_cannot_be_read_is_said_to_be_so_and_may_be_dismissed(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    op = a.mint("", None, raw="xin chào")
    a.push()
    waiting = page(story, story.lead)
    for words in (
        "ký tự không đọc được",
        "Thay đổi không đọc được",
        "(không đọc được)",
        story.a.name,
        "giờ máy chủ",
        "thay đổi số 2",
    ):
        assert words in waiting
    assert "(trống)" not in waiting, "it is not known to be empty"
    visit = factories.client_of(story.app, story.lead).get(f"/visits/{story.visit}").get_data(as_text=True)
    assert "(không đọc được)" in visit
    assert "(trống)" not in visit
    lead = phone(story, story.lead)
    lead.mint(f"held/{op}", {"reason": "Đã hỏi và ghi lại"}, kind="dismiss")
    assert [each["r"] for each in lead.push()] == ["ok"]
    assert "Không có gì đang chờ" in page(story, story.lead)
    decided = page(story, story.lead, "?state=decided")
    for words in ("(không đọc được)", "Đã hỏi và ghi lại", "Không nhận"):
        assert words in decided


def test_filters_and_odd_questions(story: Story) -> None:
    disagree(story)
    assert "Mục 1" in page(story, story.lead, "?q=phuong so")
    assert "Không có gì khớp" in page(story, story.lead, "?q=khong-co")
    assert "Không có gì khớp" in page(story, story.lead, "?kind=held")
    for query in ("?kind=x&state=y&page=-1", "?visit=%00&q=%25_%5C", "?page=99999999", "?q=" + "x" * 500):
        assert "Chờ quyết định" in page(story, story.lead, query)
    assert "Mục 1" in page(story, story.lead, f"?visit={story.visit}")


@pytest.mark.parametrize("many", [1, 40])
def test_the_number_of_statements_does_not_grow_with_the_matters(story: Story, many: int) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    for number in range(many):
        a.mint("item/muc-3/note", f"A {number}", kind="set")
        b.mint("item/muc-3/note", f"B {number}", kind="set")
    a.push()
    b.push()
    client = factories.client_of(story.app, story.lead)
    client.get("/matters")
    with counted(story.app) as statements:
        client.get("/matters")
    assert len([each for each in statements if each.startswith("SELECT")]) <= 18


def test_a_long_queue_of_one_visit_is_shown_whole_in_pages(story: Story) -> None:
    a = phone(story, story.a)
    remove(story, story.a)
    for number in range(120):
        a.mint("item/muc-3/note", f"Ghi chú số {number:03}.")
    a.push()
    client = factories.client_of(story.app, story.lead)
    first = client.get("/matters").get_data(as_text=True)
    assert "Còn 100 mục nữa của đơn vị này" in first
    [link] = re.findall(r'href="(/matters\?visit=[^"]+)"', first)
    seen: list[str] = []
    asked = set()
    for number in (1, 2, 3):
        with counted(story.app) as statements:
            shown = client.get(f"{link}&kind=held&page={number}").get_data(as_text=True)
        asked.add(len([each for each in statements if each.startswith("SELECT")]))
        assert f"Trang {number} / 3 · 120 mục" in shown
        assert f"visit={story.visit}" in shown[shown.index('class="pager') :], "the neighbours keep the filters"
        seen += re.findall(r"Ghi chú số (\d+)\.", shown)
    assert seen == [f"{number:03}" for number in range(120)]
    assert [len(asked), max(asked) <= 18] == [1, True]
    assert client.get(f"{link}&page=9").get_data(as_text=True).count("Ghi chú số") == 20


def test_the_workbook_has_a_sheet_of_decisions(story: Story) -> None:
    first, second = disagree(story)
    held(story)
    lead = phone(story, story.lead)
    lead.pull()
    lead.mint("item/muc-1", {"value": "no", "reason": "=Đã xem lại"}, first, second, kind="resolve")
    lead.push()
    with story.app.app_context():
        campaign = campaigns.planned_visit(story.visit).campaign_id
    reply = factories.client_of(story.app, story.lead).get(f"/campaigns/{campaign}/workbook.xlsx")
    sheet: Any = load_workbook(io.BytesIO(reply.data))["Quyết định"]
    head, *rows = sheet.iter_rows(values_only=True)
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(line["Loại"], line["Quyết định"], line["Lý do"]) for line in lines] == [
        ("Thay đổi bị giữ lại", "Đang chờ", None),
        ("Câu trả lời khác nhau", "Đã chọn", "=Đã xem lại"),
    ]
    assert lines[1]["Các câu trả lời"] == f"{story.a.name}: Có\n{story.b.name}: Không"
    assert lines[1]["Người quyết định"] == story.lead.name
