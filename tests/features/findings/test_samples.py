"""Dossiers drawn by lot, from the phone's draw to review, item page and minutes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.campaigns import queries as campaigns
from app.domain import sampling
from app.domain.checklist import parse
from app.extensions import Clock, db
from app.findings import papers
from app.findings.models import Conclusion
from tests.features.findings.steps import begun
from tests.features.findings.wards import DOCUMENT, Ward, plan, sign
from tests.features.sync.phones import phone

ITEM: dict[str, Any] = {
    "key": "mau",
    "text": {"vi": "Hồ sơ trả đúng hạn"},
    "answer": {
        "type": "roster",
        "row": {"label": {"vi": "Hồ sơ"}},
        "sample": {"frame": {"vi": "Hồ sơ đã trả trong kỳ"}, "period": True, "source": True},
        "fields": [
            {"key": "hen", "type": "date", "text": {"vi": "Ngày hẹn"}},
            {"key": "tra", "type": "date", "text": {"vi": "Ngày trả"}},
        ],
        "ratio": {"counts": {"field": "tra", "not_after": "hen"}},
        "claimed": True,
    },
    "zero_total": "not_applicable",
    "points": "5",
    "score": "proportional",
    "finding": {
        "severity": "major",
        "text": {"vi": "{missing}/{total} hồ sơ quá hạn ({exceptions}), cả kỳ {interval}"},
    },
}
DRAW = {
    "frame": 212,
    "size": 30,
    "seed": "v/mau/212",
    "period": {"from": "2020-01-01", "to": "2020-06-30"},
    "source": "Sổ theo dõi hồ sơ",
}


@pytest.fixture
def ward(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """30 of 212 drawn, 26 on time; the unit claims 210 of 212; one row that nobody drew."""
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2026, 11, 22, 3, 0, tzinfo=UTC)))
    section = {"key": "s", "title": {"vi": "Hồ sơ"}, "items": [ITEM]}
    ward = plan(app, parse(DOCUMENT | {"slug": "mau", "sections": [section]}))
    mine = phone(ward.story, ward.lead)
    mine.mint("item/mau/sample", DRAW)
    for number, (uuid, ordinal) in enumerate(sampling.drawn_rows(DRAW).items()):
        path = f"item/mau/row/{uuid}"
        mine.mint(f"{path}/order", sampling.order_of(ordinal))
        mine.mint(f"{path}/label", f"Hồ sơ {ordinal}")
        mine.mint(f"{path}/hen", "2020-03-10")
        mine.mint(f"{path}/tra", "2020-03-12" if number < 4 else "2020-03-09")
    mine.mint("item/mau/row/0123abcd-0000-4000-8000-000000000001/label", "Hồ sơ thêm tay")
    mine.mint("item/mau/row/0123abcd-0000-4000-8000-000000000001/hen", "2020-03-10")
    mine.mint("item/mau/claimed", {"observed": 210, "total": 212})
    sign(mine)
    return ward


def test_a_sample_is_read_on_the_desk_with_its_interval_its_draw_and_what_it_says_of_the_claim(ward: Ward) -> None:
    browser = ward.browser(ward.lead)
    review = " ".join(browser.get(begun(ward, browser)).get_data(as_text=True).split())
    found = "26/30 (86,67%) của mẫu rút từ 212; cả kỳ từ 71,69% đến 94,35% (độ tin cậy 95%)"
    late = ", ".join(f"Hồ sơ {ordinal}" for ordinal in sorted(sampling.draw("v/mau/212", 212, 30))[:4])
    assert found in review
    assert f"4/30 hồ sơ quá hạn ({late}), cả kỳ từ 71,69% đến 94,35%" in review
    assert "<td>210/212 (99,06%)</td>" in review
    assert "≠ cao hơn mức mẫu cho thấy" in review
    assert "Theo tỷ lệ: 5 × 26/30; mẫu 30 rút từ 212" in review

    page = " ".join(browser.get(f"/visits/{ward.visit_id}/items/mau").get_data(as_text=True).split())
    assert found in page
    assert "Rút 30 trong 212, mã rút v/mau/212; Kỳ 01/01/2020 – 30/06/2020; Nguồn: Sổ theo dõi hồ sơ" in page
    assert "Cao hơn mức mẫu cho thấy" in page
    assert page.count("Ngoài mẫu, không tính") == 1

    with ward.app.app_context():
        conclusion = db.session.query(Conclusion).one()
        minutes = papers.minutes_paper(campaigns.visit(ward.actor(ward.lead), ward.visit_id), conclusion)
        text = " ".join(minutes.texts())
    assert "Hồ sơ trả đúng hạn: rút 30 trong 212 (Hồ sơ đã trả trong kỳ), mã rút v/mau/212" in text
    assert "SHA-256(“congvu-mau-1|mã rút|k”)" in text
