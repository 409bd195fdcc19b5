"""A corrected checklist and the visits of running campaigns: what a move would do, who moved, what mixes versions."""

import hashlib
import re
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.campaigns.models import Visit
from app.checklists import actions as checklists
from app.domain.checklist import canonical, canonical_json, chk, parse
from app.domain.permissions import Role
from app.extensions import db
from app.findings.models import Conclusion
from app.sync.models import Head, VisitHead
from tests import factories
from tests.factories import client_of
from tests.features.findings.wards import DOCUMENT
from tests.features.overview.rounds import Round, conclude_without_a_log, make_round
from tests.features.sync.statements import counted


def corrected() -> dict[str, Any]:
    """The next version: an item less, one that asks for something else now, and a new one."""
    document = deepcopy(DOCUMENT) | {"version": "2"}
    (first, *_), *others = [section["items"] for section in document["sections"]]
    first |= {"key": "bien-moi"}
    for items in others:
        for item in items:
            if item["key"] == "noi-quy":
                item["not_applicable"] = True
    return document


@pytest.fixture
def round_(app: Flask) -> Round:
    return make_round(app, 4)


def publish(app: Flask, document: dict[str, Any]) -> str:
    with factories.writing(app):
        return checklists.publish(None, parse(document)).id


def answer(app: Flask, visit: str, path: str, value: Any) -> None:
    """A head as a push leaves it in the cache of the fold."""
    with factories.writing(app):
        hashed = hashlib.sha256(canonical_json(value)).digest()
        db.session.add(Head(visit_id=visit, path=path, op=f"{visit}.{path}", n=1, value_hash=hashed))


def line_of(page: str, unit: str) -> str:
    row = next(each for each in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if unit in each)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))


def test_each_visit_is_told_what_is_kept_asked_and_dropped_and_who_has_moved(app: Flask, round_: Round) -> None:
    first, second, third, fourth = round_.visits.values()
    answer(app, first, "item/bien/row/r1/co", "yes")
    answer(app, second, "item/bien", None)  # it was taken back
    newer = publish(app, corrected())
    with factories.writing(app):
        moved = update(Visit).where(Visit.id == third).values(checklist_version_id=newer)
        db.session.execute(moved)
        db.session.merge(VisitHead(visit_id=third, n=3, hash=bytes(32), repins=1))
        db.session.execute(update(Visit).where(Visit.id == fourth).values(state="signed"))
    page = client_of(app, round_.chair).get(f"/checklists/{newer}/visits").get_data(as_text=True)
    total = len(parse(DOCUMENT).items())
    one = line_of(page, "Phường Số 001")
    assert f" v1 {total - 1} 1 1 1 đã trả lời Chờ trưởng đoàn chuyển" in one
    assert "Bàn có biển để bàn" in one
    assert "đã trả lời" not in line_of(page, "Phường Số 002")
    assert "Đã chuyển" in line_of(page, "Phường Số 003")
    assert "Đã ký, giữ phiên bản" in line_of(page, "Phường Số 004")
    assert "2 chưa chuyển" in page
    assert "1 dùng phiên bản 2" in page


def test_nobody_sees_visits_of_others_and_the_statements_do_not_grow(app: Flask, round_: Round) -> None:
    newer = publish(app, corrected())
    stranger = factories.make_user(app, role=Role.VICE_CHAIR, unit=factories.make_unit(app, "Huyện Khác"))
    assert "Không có cuộc kiểm tra nào" in client_of(app, stranger).get(f"/checklists/{newer}/visits").get_data(
        as_text=True
    )
    lead = client_of(app, round_.lead)
    url = f"/checklists/{newer}/visits"
    lead.get(url)
    with counted(app) as few:
        assert lead.get(url).get_data(as_text=True).count("Chờ trưởng đoàn") == 4
    with factories.writing(app):
        kept = list(round_.visits.values())[:1]
        db.session.execute(update(Visit).where(Visit.id.not_in(kept)).values(state="cancelled"))
    with counted(app) as fewer:
        assert lead.get(url).get_data(as_text=True).count("Chờ trưởng đoàn") == 1
    assert len(few) == len(fewer)


def test_units_judged_by_different_versions_are_not_compared_in_silence(app: Flask, round_: Round) -> None:
    for number in (1, 2):
        conclude_without_a_log(round_, f"Phường Số {number:03d}", 97)
    url = f"/campaigns/{round_.campaign}/wards"
    chair = client_of(app, round_.chair)
    assert "Nhiều phiên bản phiếu" not in chair.get(url).get_data(as_text=True)
    newer = publish(app, corrected())
    with factories.writing(app):
        visit = round_.visits["Phường Số 002"]
        db.session.execute(update(Visit).where(Visit.id == visit).values(checklist_version_id=newer))
        by = chk(canonical(parse(corrected())))
        db.session.execute(update(Conclusion).where(Conclusion.visit_id == visit).values(chk=by))
    page = chair.get(url).get_data(as_text=True)
    assert "điểm, xếp loại và bản đồ màu chỉ so sánh được trong cùng một phiên bản" in page
