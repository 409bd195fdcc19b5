"""One checklist with every type of answer and everything an answer may carry, sent by a phone and read on the desk."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.domain.checklist import parse
from app.extensions import Clock
from tests.features.findings.wards import DOCUMENT, Ward, plan
from tests.features.overview.test_visit import page, text_of
from tests.features.sync.phones import phone

PERIOD = {"from": "2020-01-01", "to": "2020-06-30"}
CHOICES = [{"key": "tot", "text": {"vi": "Mức tốt"}}, {"key": "hong", "text": {"vi": "Mức hỏng"}, "fail": True}]
RATIO = {"type": "ratio", "observed": {"vi": "Đạt"}, "total": {"vi": "Tổng số"}, "period": True, "source": True}
NUMBER = {"type": "number", "unit": {"vi": "hồ sơ"}}
PAPER = {"number": "12/QĐ", "issued_on": "2020-03-02", "signer": "Chủ tịch", "kind": "Quyết định"}

# type of answer, the value, and how the desk writes it
ANSWERS: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": "yes_no"}, "yes", "Có"),
    ({"type": "choice", "choices": CHOICES}, "hong", "Mức hỏng"),
    ({"type": "choices", "choices": CHOICES}, ["tot", "hong"], "Mức tốt; Mức hỏng"),
    (RATIO, {"observed": 8, "total": 9, "period": PERIOD, "source": "Sổ theo dõi"}, "8/9 (88,89%)"),
    (NUMBER, 1_250, "12,5 hồ sơ"),
    ({"type": "text"}, "Máy hỏng từ đầu tháng", "Máy hỏng từ đầu tháng"),
    ({"type": "date"}, "2020-08-17", "17/08/2020"),
    ({"type": "time"}, "08:05", "08:05"),
    ({"type": "document"}, PAPER, "Quyết định số 12/QĐ ngày 02/03/2020 do Chủ tịch ký"),
]


def item(number: int, answer: dict[str, Any]) -> dict[str, Any]:
    zero = {"zero_total": "not_applicable"} if answer["type"] == "ratio" else {}
    return {"key": f"nd-{number}", "text": {"vi": f"Nội dung {number}"}, "answer": answer, **zero}


@pytest.fixture
def ward(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2026, 11, 22, 3, 0, tzinfo=UTC)))
    fields = [
        {"key": f"t-{number}", "text": {"vi": f"Trường {number}"}, **answer}
        for number, (answer, _, _) in enumerate(ANSWERS)
        if answer["type"] != "ratio"
    ]
    fields[1]["evidence"] = "required_on_fail"
    items = [item(number, answer | {"claimed": True}) for number, (answer, _, _) in enumerate(ANSWERS)]
    items.append(
        item(99, {"type": "roster", "row": {"label": {"vi": "Bàn"}}, "fields": fields}) | {"evidence": "required"}
    )
    items.append(item(100, {"type": "yes_no"}) | {"not_applicable": True})
    section = {"key": "s", "title": {"vi": "Phần"}, "items": items}
    ward = plan(app, parse(DOCUMENT | {"slug": "moi-loai", "sections": [section]}))
    mine = phone(ward.story, ward.member)
    row = "item/nd-99/row/0123abcd-0000-4000-8000-000000000001"
    mine.mint(f"{row}/label", "Bàn số 1")
    for number, (answer, value, _) in enumerate(ANSWERS):
        mine.mint(f"item/nd-{number}", value)
        mine.mint(f"item/nd-{number}/claimed", value)
        if answer["type"] != "ratio":
            mine.mint(f"{row}/t-{number}", value)
    mine.mint("item/nd-0/observed_at", "2020-08-17T08:05")
    mine.mint("item/nd-0/note", "Ghi ở quầy 3")
    mine.mint("item/nd-100/na", {"reason": "Không có bộ phận này"})
    assert {each["entry"]["st"] for each in mine.push()} == {"acc"}
    return ward


def test_every_type_of_answer_is_read_on_the_desk_with_all_it_carries(ward: Ward) -> None:
    visit = text_of(page(ward, ward.lead))
    for number, (_, _, told) in enumerate(ANSWERS):
        shown = text_of(page(ward, ward.lead, f"nd-{number}"))
        assert shown.count(told) >= 2, told  # what was found, and what the unit claims
        assert "Khớp với số đoàn ghi nhận" in shown
        assert told in visit
    assert "Kỳ 01/01/2020 – 30/06/2020; Nguồn: Sổ theo dõi" in text_of(page(ward, ward.lead, "nd-3"))
    assert "08:05 17/08/2020" in text_of(page(ward, ward.lead, "nd-0"))
    assert "Ghi ở quầy 3" in text_of(page(ward, ward.lead, "nd-0"))
    assert "không áp dụng: Không có bộ phận này" in visit

    roster = text_of(page(ward, ward.lead, "nd-99"))
    for answer, _, told in ANSWERS:
        assert answer["type"] == "ratio" or told in roster
    assert roster.count("Thiếu ảnh bắt buộc") == 2  # of the item, and of the row whose choice is a fail
    assert "Thiếu 2 ảnh bắt buộc" in visit
