"""A checklist on paper: everything asked has a place to write, every page says whose it is, no head stands alone."""

import re
from itertools import groupby
from pathlib import Path

import pytest

from app.checklists import loader
from app.checklists.commands import FOLDER
from app.documents.paper_forms import LETTERS, paper_form
from app.documents.reading import Measured, TextLine, measure, squeezed
from app.domain.checklist import Checklist, canonical, chk

SHIPPED = FOLDER / "mot-cua-cap-xa" / "v1.yaml"
WIDE = """
slug: rong
version: 3
title: {vi: "Phiếu có bảng rộng"}
effective_from: 2020-08-01
sections:
  - key: s
    title: {vi: "Hồ sơ"}
    items:
      - {key: co, text: {vi: "Có sổ"}, answer: {type: yes_no}}
      - key: bang
        text: {vi: "Hồ sơ mẫu"}
        when: {item: co, is: "yes"}
        answer:
          type: roster
          row: {label: {vi: "Mã hồ sơ"}}
          fields:
FIELDS
"""


@pytest.fixture(scope="module")
def checklist() -> Checklist:
    return loader.load(Path(SHIPPED).read_bytes())


@pytest.fixture(scope="module")
def printed(checklist: Checklist) -> Measured:
    return measure(paper_form(checklist))


def body_of(measured: Measured) -> list[list[TextLine]]:
    """The lines of each page between its header and its footer, from the top."""
    body = [line for line in measured.lines if 24 < line.top < 279]
    return [list(lines) for _page, lines in groupby(body, key=lambda line: line.page)]


def test_everything_asked_stands_under_the_number_of_the_phone(checklist: Checklist, printed: Measured) -> None:
    starts = []
    for s, section in enumerate(checklist.sections, start=1):
        assert squeezed(f"{s}. {section.title.vi}") in printed.stream
        for i, item in enumerate(section.items, start=1):
            place = printed.stream.find(squeezed(f"{s}.{i}{item.text.vi}"))
            assert place >= 0, item.key
            starts.append(place)
            if item.guidance:
                assert squeezed(item.guidance.vi) in printed.stream
    assert starts == sorted(starts)
    for words in (
        "Đúng mực, còn thiếu hướng dẫn (1đ)",
        "Không có dòng nào",
        "Ảnh số (bắt buộc nếu không đạt)",
        "lý do",
    ):
        assert squeezed(words) in printed.stream
    for words in ("TRƯỞNG ĐOÀN", "ĐẠI DIỆN ĐƠN VỊ", "TỜ TIẾP CỦA BẢNG KÊ"):
        assert squeezed(words) in printed.stream


def test_every_page_says_which_checklist_and_page_it_is(checklist: Checklist, printed: Measured) -> None:
    code = f"mot-cua-cap-xa · phiên bản 1 · {chk(canonical(checklist))[:12]}"
    for page in range(1, len(printed.pages) + 1):
        lines = [line.text for line in printed.lines if line.page == page]
        footer = "".join(squeezed(line) for line in lines[-3:])
        assert squeezed(code) in footer
        assert squeezed(f"Trang {page} / {len(printed.pages)}") in footer
        assert any("Số phiếu" in line for line in lines[:4])


def test_no_head_stands_alone_at_the_end_of_a_page(printed: Measured) -> None:
    """The last line of a page is a place to write, or what follows it; never a number, a title or a hint."""
    pages = body_of(printed)
    assert len(pages) > 5
    for lines in pages[:-1]:
        last = lines[-1]
        assert not last.bold, last
        assert not re.match(r"(Căn cứ|Hướng dẫn|Chỉ hỏi khi|\d+\.\d+ )", last.text), last


def test_it_can_be_read_and_is_black(printed: Measured, checklist: Checklist) -> None:
    assert {(round(width), round(height)) for width, height in printed.pages} == {(210, 297)}
    assert min(line.size for line in printed.lines) >= 9
    assert min(line.left for line in printed.lines) >= 19  # room for a binder
    assert max(line.right for line in printed.lines) <= 198
    assert paper_form(checklist) == paper_form(checklist)


def test_many_fields_turn_the_table_and_conditions_name_numbers() -> None:
    fields = "\n".join(f'            - {{key: f{n}, type: date, text: {{vi: "Ngày thứ {n}"}}}}' for n in range(24))
    wide = loader.load(WIDE.replace("FIELDS", fields))
    found = measure(paper_form(wide, draft=True)).stream
    for n in range(24):
        letter = LETTERS[n] if n < len(LETTERS) else f"{LETTERS[n - len(LETTERS)]}2"
        assert squeezed(f"({letter}) Ngày thứ {n}") in found
    assert squeezed("Chỉ hỏi khi: “1.1 Có sổ” là “Có”") in found
    assert squeezed("BẢN NHÁP") in found
    assert squeezed("Mã hồ sơ 1 2 3 4 5") in found
    assert squeezed("Mã hồ sơ 6 7 8 9 10") in found


def test_a_sample_has_room_for_what_is_drawn() -> None:
    fields = """            - {key: f, type: yes_no, text: {vi: "Đủ"}}
          sample: {frame: {vi: "Hồ sơ"}, at_most: 42}
          ratio: {counts: {field: f, is: "yes"}}
        zero_total: full"""
    found = measure(paper_form(loader.load(WIDE.replace("FIELDS", fields))))
    numbers = {line.text.split(" ")[0] for line in found.lines if line.left < 30}
    assert {str(number) for number in range(1, 46)} <= numbers
    assert "46" not in numbers
