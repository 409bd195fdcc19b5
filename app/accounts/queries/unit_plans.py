"""What an import of units would do, computed without doing it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy import select, tuple_

from app.accounts.imports import RawRow, UnitRow, judge
from app.accounts.models import Unit
from app.domain.permissions import Actor, Subject, may
from app.extensions import db

Key = tuple[str, str]
AT_ONCE = 500
RANKS = {"province": 1, "district": 2, "ward": 3, "commune": 3, "special_zone": 3}


@dataclass(frozen=True)
class Change:
    """A known unit whose facts the row corrects: (column, before, after)."""

    row: UnitRow
    unit_id: int
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Refusal:
    """A row that will not be taken, and why."""

    line: int
    name: str
    reasons: tuple[str, ...]


@dataclass
class Plan:
    """New units in an order in which every parent comes before its children."""

    new: list[UnitRow] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Names exactly what would be done, so that a confirmation means what was shown."""
        content = [
            [[row.line, *row.key, row.kind, row.name, row.parent, str(row.valid_from), str(row.valid_to)]
             for row in self.new],
            [[change.unit_id, change.differences] for change in self.changed],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


def units_by_key(keys: Iterable[Key]) -> dict[Key, Unit]:
    """Known units by scheme and code, some hundred at a time."""
    found: dict[Key, Unit] = {}
    remaining = iter(sorted(set(keys)))
    while chunk := list(islice(remaining, AT_ONCE)):
        rows = db.session.scalars(select(Unit).where(tuple_(Unit.scheme, Unit.code).in_(chunk)))
        found.update({(unit.scheme, unit.code): unit for unit in rows})
    return found


def plan(raw_rows: Sequence[RawRow], actor: Actor | None) -> Plan:
    """Judge every row against the rules, the others and the database. Without an actor it is the operator."""
    result = Plan()
    rows = _sensible(raw_rows, result)
    known = units_by_key([row.key for row in rows] + [row.parent for row in rows if row.parent])
    fresh: list[UnitRow] = []
    for row in rows:
        unit = known.get(row.key)
        if unit is None:
            fresh.append(row)
        else:
            _compare(row, unit, known, actor, result)
    _place(fresh, known, actor, result)
    result.refused.sort(key=lambda refusal: refusal.line)
    return result


def _sensible(raw_rows: Sequence[RawRow], result: Plan) -> list[UnitRow]:
    rows: list[UnitRow] = []
    seen: dict[Key, int] = {}
    for raw in raw_rows:
        judged = judge(raw)
        if isinstance(judged, list):
            result.refused.append(Refusal(raw.line, raw.cells["name_vi"][:80], tuple(judged)))
        elif judged.key in seen:
            result.refused.append(_refusal(judged, f"Trùng với dòng {seen[judged.key]} (cùng scheme và code)."))
        else:
            seen[judged.key] = judged.line
            rows.append(judged)
    return rows


def _refusal(row: UnitRow, *reasons: str) -> Refusal:
    return Refusal(row.line, row.name, reasons)


def _reaches(actor: Actor | None, path: str) -> bool:
    return actor is None or may(actor, "unit.manage", Subject(unit_path=path, host_path=path))


def _compare(row: UnitRow, unit: Unit, known: dict[Key, Unit], actor: Actor | None, result: Plan) -> None:
    if not _reaches(actor, unit.path):
        result.refused.append(_refusal(row, "Đơn vị này nằm ngoài phạm vi bạn quản lý."))
        return
    parent = known.get(row.parent) if row.parent else None
    if (parent.id if parent else None) != unit.parent_id:
        reason = "Đơn vị đã có không được đổi cấp trên: hãy kết thúc đơn vị cũ và lập đơn vị mới."
        result.refused.append(_refusal(row, reason))
        return
    pairs = (
        ("Tên", unit.name, row.name),
        ("Loại", unit.kind, row.kind),
        ("Hiệu lực từ", _iso(unit.valid_from), _iso(row.valid_from)),
        ("Hiệu lực đến", _iso(unit.valid_to), _iso(row.valid_to)),
    )
    differences = tuple(pair for pair in pairs if pair[1] != pair[2])
    if not differences:
        result.unchanged += 1
    elif parent is not None and not _fits_below(row.kind, parent.kind):
        result.refused.append(_refusal(row, "Loại đơn vị không thể nằm dưới đơn vị cấp trên này."))
    else:
        result.changed.append(Change(row, unit.id, differences))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _fits_below(kind: str, parent_kind: str) -> bool:
    return kind == "department" or RANKS.get(parent_kind, 0) < RANKS[kind]


def _place(fresh: list[UnitRow], known: dict[Key, Unit], actor: Actor | None, result: Plan) -> None:
    """Walk down from what is known, so that the order of the rows in the file does not matter."""
    waiting: dict[Key, list[UnitRow]] = defaultdict(list)
    for row in fresh:
        if row.parent is not None and row.parent not in known:
            waiting[row.parent].append(row)
        else:
            _place_directly(row, known[row.parent] if row.parent else None, actor, result)
    for above in result.new:  # grows while it is walked
        for row in waiting.pop(above.key, []):
            _accept(row, above.kind, result)
    orphans = [row for rows in waiting.values() for row in rows]
    result.refused += [
        _refusal(row, "Không tìm thấy đơn vị cấp trên (hoặc dòng của nó bị từ chối).") for row in orphans
    ]


def _place_directly(row: UnitRow, parent: Unit | None, actor: Actor | None, result: Plan) -> None:
    if parent is None and actor is None:
        result.new.append(row)
    elif parent is None:
        result.refused.append(_refusal(row, "Thiếu đơn vị cấp trên: đơn vị gốc do người vận hành hệ thống lập."))
    elif not _reaches(actor, parent.path):
        result.refused.append(_refusal(row, "Đơn vị cấp trên nằm ngoài phạm vi bạn quản lý."))
    else:
        _accept(row, parent.kind, result)


def _accept(row: UnitRow, parent_kind: str, result: Plan) -> None:
    if _fits_below(row.kind, parent_kind):
        result.new.append(row)
    else:
        result.refused.append(_refusal(row, "Loại đơn vị không thể nằm dưới đơn vị cấp trên này."))
