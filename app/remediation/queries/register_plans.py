"""What taking over an old register would do, computed without doing it."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import select

from app.accounts.queries import naming as names
from app.accounts.queries.naming import Named, Naming
from app.domain.errors import Invalid
from app.domain.handwritten import Cell, plain
from app.domain.register import NAMES, Column, Entry, Problem, judge
from app.domain.remediation import TaskState, due_date
from app.domain.vietnamese import search_key
from app.extensions import db
from app.remediation.imports import RawRow, Sheet
from app.remediation.models import RemediationTask
from app.remediation.queries.calendars import calendars_of

AT_ONCE = 500


@dataclass(frozen=True)
class Kept:
    """A row that will become a task: whose it is, when it is due by our calendar, and what is worth knowing."""

    line: int
    entry: Entry
    unit: Named
    due_on: date
    calendar_version: str
    owner_id: str | None
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be taken over, and why."""

    line: int
    title: str
    errors: tuple[Problem, ...]


@dataclass(frozen=True)
class Plan:
    """What would be done; with any refusal, nothing is."""

    kept: tuple[Kept, ...]
    refused: tuple[Refusal, ...]
    unknown: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Names exactly what would be done, so that a confirmation means what was shown."""
        content = [[each.line, each.unit.id, repr(each.entry), str(each.due_on), each.owner_id] for each in self.kept]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def told(self) -> int:
        """How many rows have something worth knowing."""
        return sum(1 for each in self.kept if each.warnings)


def plan(sheet: Sheet, host_path: str, today: date) -> Plan:
    """Judge every row against the rules, the directory, the other rows and the tasks there are.

    The number of statements grows with chunks of units and documents, never with the rows.
    """
    judged = [(row, *judge(row.cells, today)) for row in sheet.rows]
    naming = names.naming(host_path, today)
    refused = {row.line: list(errors) for row, _, errors, _ in judged}
    told = {row.line: list(warnings) for row, _, _, warnings in judged}
    placed: list[tuple[RawRow, Entry, Named]] = []
    for row, entry, _, _ in judged:
        unit = _unit(naming, row, refused[row.line], told[row.line])
        if entry is not None and unit is not None:
            placed.append((row, entry, unit))
    _find_twins(placed, refused)
    dates = _dates(placed, refused, told)
    owners = names.staff_of([unit.id for _, entry, unit in placed if entry.owner and not entry.done_on], today)
    kept = []
    for row, entry, unit in placed:
        if refused[row.line]:
            continue
        owner = owners.get((unit.id, search_key(entry.owner)))
        if entry.owner and not owner and not entry.done_on:
            told[row.line].append(Problem(Column.OWNER, "Không có một tài khoản tên như vậy ở đơn vị: chỉ ghi tên."))
        kept.append(Kept(row.line, entry, unit, *dates[row.line], owner, tuple(told[row.line])))
    lines = [Refusal(row.line, _title(row), tuple(refused[row.line])) for row in sheet.rows if refused[row.line]]
    return Plan(tuple(kept), tuple(lines), sheet.unknown)


def _title(row: RawRow) -> str:
    return str(row.cells.get(Column.REMEDY) or row.cells.get(Column.PROBLEM) or row.cells.get(Column.UNIT) or "")[:120]


# --- the unit -------------------------------------------------------------------------------------------------


def _unit(naming: Naming, row: RawRow, errors: list[Problem], warnings: list[Problem]) -> Named | None:
    """The unit a row means; what is unclear is told."""
    code, name = row.cells.get(Column.UNIT_CODE), str(row.cells.get(Column.UNIT) or "").strip()
    if code in (None, ""):
        return _one(naming.by_name(name), naming, Column.UNIT, name, errors) if name else None
    written = _code(code)
    found = naming.by_code(written)
    if not found and written.isdigit():  # a spreadsheet drops the zeros a code begins with
        found = tuple(each for each in naming.units if each.code.isdigit() and int(each.code) == int(written))
        if len(found) == 1:
            warnings.append(Problem(Column.UNIT_CODE, f"Đọc “{written}” là mã {found[0].code}."))
    if len(found) > 1 and name:
        found = tuple(each for each in found if each in naming.by_name(name)) or found
    unit = _one(found, naming, Column.UNIT_CODE, written, errors)
    if unit and name and unit not in naming.by_name(name):
        errors.append(
            Problem(Column.UNIT, f"Mã {unit.code} là {unit.name}, không phải “{name[:60]}”: sửa một trong hai.")
        )
        return None
    return unit


def _code(cell: Cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell).strip()


def _one(found: Sequence[Named], naming: Naming, column: Column, written: str, errors: list[Problem]) -> Named | None:
    if not found:
        errors.append(
            Problem(column, f"Không có đơn vị “{written[:60]}” trong danh bạ: xem trang Danh sách đơn vị của tệp mẫu.")
        )
    elif len(found) > 1:
        which = "; ".join(f"{each.name} ({each.parent_name}), mã {each.code}" for each in found[:4])
        errors.append(
            Problem(column, f"Có {len(found)} đơn vị như vậy: {which}. Ghi mã vào cột {NAMES[Column.UNIT_CODE][0]}.")
        )
    elif found[0].valid_to is not None and found[0].valid_to < naming.on:
        heirs = f": ghi đơn vị kế thừa {' hoặc '.join(found[0].heirs)}" if found[0].heirs else ""
        errors.append(Problem(column, f"{found[0].name} đã kết thúc ngày {found[0].valid_to:%d/%m/%Y}{heirs}."))
    else:
        return found[0]
    return None


# --- what is there already ------------------------------------------------------------------------------------

Twin = tuple[int, str, str, str]


def _twin(unit_id: int, source: str, problem: str, remedy: str) -> Twin:
    return unit_id, plain(source), plain(problem), plain(remedy)


def _find_twins(placed: Iterable[tuple[RawRow, Entry, Named]], refused: Mapping[int, list[Problem]]) -> None:
    rows = list(placed)
    there = _tasks_there({entry.source for _, entry, _ in rows}, {unit.id for _, _, unit in rows})
    seen: dict[Twin, int] = {}
    for row, entry, unit in rows:
        key = _twin(unit.id, entry.source, entry.problem, entry.remedy)
        if key in there:
            text = f"Đã có nhiệm vụ này (hạn {there[key]:%d/%m/%Y}): xóa dòng khỏi tệp."
            refused[row.line].append(Problem(Column.REMEDY, text))
        elif key in seen:
            refused[row.line].append(Problem(Column.REMEDY, f"Trùng với dòng {seen[key]}: xóa một trong hai."))
        else:
            seen[key] = row.line


def _tasks_there(sources: Collection[str], unit_ids: Collection[int]) -> Mapping[Twin, date]:
    task, found = RemediationTask, {}
    remaining = iter(sorted(sources))
    while chunk := list(islice(remaining, AT_ONCE)):
        rows = db.session.execute(
            select(task.unit_id, task.source, task.problem, task.remedy, task.due_on).where(
                task.source.in_(chunk), task.state != TaskState.WITHDRAWN.value
            )
        )
        found.update({_twin(*row[:4]): row[4] for row in rows if row.unit_id in unit_ids})
    return found


# --- the date -------------------------------------------------------------------------------------------------


def _dates(
    placed: Sequence[tuple[RawRow, Entry, Named]],
    refused: Mapping[int, list[Problem]],
    told: Mapping[int, list[Problem]],
) -> Mapping[int, tuple[date, str]]:
    """When each row is due and by which calendar. What is done keeps its date; an open one is moved off days off."""
    calendars = calendars_of((entry.due_on or entry.issued_on).year for _, entry, _ in placed)
    dates = {}
    for row, entry, _ in placed:
        calendar = calendars[(entry.due_on or entry.issued_on).year]
        try:
            due_on = due_date(calendar, entry.issued_on, entry.working_days, entry.due_on)
        except Invalid:
            refused[row.line].append(Problem(Column.DUE_DAYS, "Hạn ra ngoài lịch làm việc đã biết: ghi ngày đến hạn."))
            continue
        if entry.due_on and entry.done_on:
            due_on = entry.due_on
        elif entry.due_on and due_on != entry.due_on:
            text = f"Rơi vào ngày nghỉ: hạn là {due_on:%d/%m/%Y}, ngày làm việc kế tiếp."
            told[row.line].append(Problem(Column.DUE_ON, text))
        dates[row.line] = (due_on, calendar.version)
    return dates
