"""What fails in several units of a campaign, and what came back after an earlier conclusion asked for its repair."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_

from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain.notice import short_date
from app.extensions import db
from app.findings.models import Conclusion, Finding
from app.findings.queries import records as conclusions


@dataclass(frozen=True)
class FoundItem:
    """A finding that was not left out: the item's text as the unit's own checklist version has it."""

    unit_id: int
    unit: str
    item_key: str
    item: str
    conclusion_id: str


@dataclass(frozen=True)
class RepeatedItem:
    """A finding that stood in an earlier issued conclusion of the same unit, with what was asked then."""

    unit: str
    item: str
    before: str
    promise: str


def of_campaign(campaign_id: str) -> list[FoundItem]:
    """The findings of a campaign's conclusions: three statements however many."""
    rows = db.session.execute(
        select(Finding.item_key, Conclusion.id, Conclusion.chk, Conclusion.visit_id)
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .where(Conclusion.campaign_id == campaign_id, conclusions.counts(), Finding.excluded_reason.is_(None))
        .order_by(Conclusion.id, Finding.position)
    ).all()
    visits = campaigns.planned_visits({row.visit_id for row in rows})
    read = {chk: checklists.checklist_by_chk(chk) for chk in {row.chk for row in rows}}
    texts = {chk: {item.key: item.text.vi for item in checklist.items()} for chk, checklist in read.items()}
    return [
        FoundItem(
            visits[row.visit_id].unit_id,
            visits[row.visit_id].unit_name,
            row.item_key,
            texts[row.chk].get(row.item_key, row.item_key),
            row.id,
        )
        for row in rows
    ]


def repeated(found: Sequence[FoundItem]) -> list[RepeatedItem]:
    """Those that an earlier issued conclusion of the same unit had found, the latest quoted: one statement."""
    if not found:
        return []
    concerned = {(each.unit_id, each.item_key) for each in found}
    rows = db.session.execute(
        select(
            Finding.unit_id, Finding.item_key, Finding.remedy, Conclusion.id,
            Conclusion.number, Conclusion.symbol, Conclusion.issued_on,
        )
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .where(
            tuple_(Finding.unit_id, Finding.item_key).in_(concerned),
            Conclusion.state == "issued",
            conclusions.counts(),
            Finding.excluded_reason.is_(None),
            Conclusion.id.not_in({each.conclusion_id for each in found}),
        )
        .order_by(Conclusion.issued_on, Conclusion.id)
    )  # fmt: skip
    earlier = {(row.unit_id, row.item_key): row for row in rows}  # the last one wins: the latest
    again = []
    for each in found:
        row = earlier.get((each.unit_id, each.item_key))
        if row is not None:
            on = row.issued_on if isinstance(row.issued_on, date) else None
            before = f"Thông báo số {row.number:02d}/{row.symbol}{f' ngày {short_date(on)}' if on else ''}"
            again.append(RepeatedItem(each.unit, each.item, before, row.remedy))
    return again
