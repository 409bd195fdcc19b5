"""Sample answers for a visit: what a faultless unit would show, and where the scenario's figures differ from it.

Everything here is invented unless the scenario says that the article says it; the demo shows it as sample data.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.answer_types import Choice, Choices
from app.domain.checklist import Checklist, Item

NAMESPACE = uuid.UUID("6f0d8a53-0c5b-4c5e-9d0e-2b6f3a1c7e11")
QUARTER = {"from": "2020-04-01", "to": "2020-06-30"}


@dataclass(frozen=True)
class SampleCell:
    """One cell to be written: its path and its value."""

    path: str
    value: Any

    @property
    def item_key(self) -> str:
        return self.path.split("/")[1]


@dataclass(frozen=True)
class SampleVisit:
    """The figures of one unit, as the scenario gives them, and what differs from a faultless answer."""

    key: str
    desks: int
    desks_with_sign: int
    staff: int
    staff_with_badge: int
    dossiers: int
    on_time: int
    posting: tuple[int, int] = (15, 15)
    online: tuple[int, int] = (60, 60)
    differs: Mapping[str, Any] | None = None
    notes: Mapping[str, str] | None = None


def row_id(visit_key: str, item_key: str, number: int) -> str:
    """The same uuid for the same row each time, so that a demo made twice is the same."""
    return str(uuid.uuid5(NAMESPACE, f"{visit_key}/{item_key}/{number}"))


def cells_of(checklist: Checklist, sample: SampleVisit, period: Mapping[str, str]) -> Iterator[SampleCell]:
    """The cells of a whole visit in checklist order."""
    differs = sample.differs or {}
    for section in checklist.sections:
        for item in section.items:
            if item.key in differs:
                if differs[item.key] is not None:
                    yield SampleCell(f"item/{item.key}", differs[item.key])
            elif item.answer.type == "roster":
                yield from _rows(item, sample)
            elif item.when is None:
                yield SampleCell(f"item/{item.key}", _value(item, sample, period))
            if item.key in (sample.notes or {}):
                yield SampleCell(f"item/{item.key}/note", (sample.notes or {})[item.key])
            if item.key == "ho-so-dung-han":
                yield SampleCell(f"item/{item.key}/claimed", _claimed(sample, period))


def _claimed(sample: SampleVisit, period: Mapping[str, str]) -> dict[str, Any]:
    """What the unit itself reports: a little better than what was found where something was late."""
    late = sample.dossiers - sample.on_time
    return {"observed": sample.dossiers - late // 2, "total": sample.dossiers, "period": dict(period)}


def _value(item: Item, sample: SampleVisit, period: Mapping[str, str]) -> Any:
    late = sample.dossiers - sample.on_time
    known: dict[str, Any] = {
        "gio-diem-danh": "08:05",
        "quan-so-co-mat": _ratio(sample.staff, sample.staff),
        "linh-vuc-niem-yet": _ratio(*sample.posting),
        "ho-so-dung-han": _ratio(sample.on_time, sample.dossiers, period),
        "thu-xin-loi": _ratio(late, late, period),
        "truc-tuyen-muc-do-3": _ratio(*sample.online, period),
        "ngay-cap-nhat-niem-yet": "2020-07-15",
        "hinh-thuc-niem-yet": ["tap-giay-bang-treo"],
        "kenh-tuyen-truyen": ["loa-truyen-thanh", "niem-yet-tru-so"],
        "kien-nghi-cua-don-vi": "Đề nghị cấp trên bổ sung kinh phí thay thế máy tính đã cũ.",
    }
    return known[item.key] if item.key in known else _faultless(item)


def _ratio(observed: int, total: int, period: Mapping[str, str] | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {"observed": observed, "total": total}
    if period:
        value |= {"period": dict(period), "source": "Phần mềm một cửa"}
    return value


def _faultless(item: Item) -> Any:
    answer = item.answer
    if answer.type == "yes_no":
        return "no" if answer.inverted else "yes"
    if isinstance(answer, Choice):
        return max(answer.choices, key=lambda choice: choice.points or 0).key
    if isinstance(answer, Choices):
        return sorted(choice.key for choice in answer.choices if choice.points)
    if answer.type == "ratio":
        return _ratio(12, 12)
    if answer.type == "number":
        return 0
    if answer.type == "document":
        return {"number": "58/QĐ-UBND", "issued_on": "2020-01-06", "signer": "Chủ tịch UBND", "kind": "Quyết định"}
    raise ValueError(f"no sample for {item.key}")


def _rows(item: Item, sample: SampleVisit) -> Iterator[SampleCell]:
    """Desks and staff, the ones that lack something last but two, as in life."""
    desks = item.key == "bien-de-ban"
    total, good = (sample.desks, sample.desks_with_sign) if desks else (sample.staff, sample.staff_with_badge)
    first, second = ("co-bien", "dung-noi-dung") if desks else ("deo-the", "the-dung-mau")
    missing = set(range(total - 3, total - 3 + (total - good)))
    for number in range(total):
        base = f"item/{item.key}/row/{row_id(sample.key, item.key, number)}"
        yield SampleCell(
            f"{base}/label", f"Bàn số {number + 1}" if desks else f"Quầy {number % 6 + 1}, vị trí {number + 1}"
        )
        yield SampleCell(f"{base}/order", f"{number:03d}")
        yield SampleCell(f"{base}/{first}", "no" if number in missing else "yes")
        if number not in missing:
            yield SampleCell(f"{base}/{second}", "yes")
        if not desks:
            yield SampleCell(f"{base}/trang-phuc", "yes")
