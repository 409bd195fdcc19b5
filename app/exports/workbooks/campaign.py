"""The workbook of a campaign: what each visit found, cell by cell, and what came of it.

Visits are read one after the other, one fold each, and written at once: memory does not grow with their number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO

from app.campaigns.queries import CampaignEntry, PlannedVisit
from app.checklists import queries as checklists
from app.checklists.queries import Version
from app.domain.checklist import Checklist
from app.exports.queries import records, visits
from app.exports.queries.matters import MatterLine
from app.exports.queries.records import FindingRow, Outcome, TaskRow
from app.exports.queries.visits import AnswerLine, VisitRecord
from app.exports.workbooks.columns import ANSWERS, CONCLUSIONS, DECISIONS, FINDINGS, SOURCES, TASKS
from app.exports.workbooks.sheets import Book, Sheet, Value
from app.web.labels import label

STATE_LATE, STATE_HELD, STATE_CONTESTED = "Đến muộn, không tính", "Giữ lại, không tính", "Khác nhau"
FROM_CONCLUSION, PROVISIONAL = "Kết luận", "Tạm tính từ nhật ký"


@dataclass(frozen=True)
class Export:
    """What to export, for whom, and when; `visits` are those the person may export."""

    campaign: CampaignEntry
    visits: tuple[PlannedVisit, ...]
    by: str
    at: datetime
    today: date


def write(export: Export, file: IO[bytes], *, row_limit: int | None = None) -> None:
    """Write the workbook: a fixed number of statements, and one for each visit."""
    limits = {} if row_limit is None else {"row_limit": row_limit}
    versions = checklists.versions({visit.checklist_version_id for visit in export.visits})
    with Book(title=export.campaign.title, creator=export.by, **limits) as book:
        conclusions, answers = book.sheet("Kết luận", CONCLUSIONS), book.sheet("Câu trả lời", ANSWERS)
        decisions = book.sheet("Quyết định", DECISIONS)
        findings, tasks = book.sheet("Tồn tại", FINDINGS), book.sheet("Nhiệm vụ khắc phục", TASKS)
        sources = book.sheet("Nguồn", SOURCES)
        _write_visits(export, versions, _Sheets(conclusions, answers, decisions, sources))
        units = {visit.id: visit.unit_name for visit in export.visits}
        texts = _item_texts(export.visits, versions)
        _write_rows(findings, (_finding(row, units, texts) for row in records.findings_of(export.campaign.id)
                               if row.visit_id in units))  # fmt: skip
        _write_rows(tasks, (_task(row, units) for row in records.tasks_of(export.campaign.id, export.today)
                            if row.visit_id in units))  # fmt: skip
        book.save(file)


@dataclass(frozen=True)
class _Sheets:
    """The sheets that are written visit by visit."""

    conclusions: Sheet
    answers: Sheet
    decisions: Sheet
    sources: Sheet


def _write_visits(export: Export, versions: Mapping[str, Version], sheets: _Sheets) -> None:
    positions = visits.positions_of([visit.id for visit in export.visits])
    names = records.people_of(export.campaign.id)
    outcomes = records.outcomes_of(export.campaign.id, export.today)
    for visit in export.visits:
        record = visits.record_of(visit, positions[visit.id], versions[visit.checklist_version_id])
        sheets.conclusions.add(_conclusion(record, outcomes.get(visit.id)))
        _write_rows(sheets.answers, (_answer(visit, line, names) for line in record.lines()))
        _write_rows(sheets.decisions, (_decision(visit, line, names) for line in record.matters()))
        sheets.sources.add(_source(export, record))


def _write_rows(sheet: Sheet, rows: Iterable[tuple[Value, ...]]) -> None:
    for row in rows:
        sheet.add(row)


def _item_texts(planned: Iterable[PlannedVisit], versions: Mapping[str, Version]) -> Mapping[str, Mapping[str, str]]:
    """The text of each item, by visit: the same table for all visits with one checklist version."""
    by_version = {key: _texts(checklists.checklist_by_chk(version.chk)) for key, version in versions.items()}
    return {visit.id: by_version[visit.checklist_version_id] for visit in planned}


def _texts(checklist: Checklist) -> Mapping[str, str]:
    return {item.key: item.text.vi for item in checklist.items()}


def _conclusion(record: VisitRecord, outcome: Outcome | None) -> tuple[Value, ...]:
    """The score of the conclusion, or what the log gives now where there is none yet, and which of the two."""
    visit, score, checklist = record.visit, record.score, record.checklist
    basis_points = outcome.basis_points if outcome else score.basis_points
    grade = outcome.grade if outcome else score.grade
    labels = {each.key: each.label.vi for each in checklist.grades}
    found = outcome.findings if outcome else {}
    share = None if basis_points is None else basis_points / 10_000
    return (
        visit.unit_name,
        label("unit_kind", visit.unit_kind),
        visit.unit_parent_name,
        visit.planned_on,
        visit.delegation_name,
        label("visit_state", record.source.state),
        label("conclusion_state", outcome.state) if outcome else "",
        outcome.number if outcome else "",
        outcome.issued_on if outcome else None,
        None if share is None else round(share * checklist.scale, 2),
        checklist.scale,
        share,
        labels.get(grade or "", ""),
        "" if share is None else FROM_CONCLUSION if outcome else PROVISIONAL,
        *((found.get(severity, 0) if outcome else None) for severity in ("critical", "major", "minor")),
        outcome.tasks if outcome else None,
        outcome.verified if outcome else None,
        outcome.overdue if outcome else None,
        score.counts.unanswered,
        record.contested,
        record.held,
    )


def _answer(visit: PlannedVisit, line: AnswerLine, names: Mapping[str, str]) -> tuple[Value, ...]:
    mark, why = _mark(line)
    return (
        visit.unit_name,
        visit.planned_on,
        line.section,
        line.item_key,
        line.item,
        line.row,
        line.field,
        line.text,
        line.observed,
        line.total,
        line.number,
        line.details,
        line.na_reason,
        line.note,
        line.photos,
        label("item_state", line.state) if line.state else "",
        line.earned,
        line.possible,
        names.get(line.author_id, line.author_id),
        line.device_time,
        line.received_at,
        line.n,
        mark,
        why,
    )


KINDS = {"contested": "Câu trả lời khác nhau", "held": "Thay đổi bị giữ lại"}
DECIDED = {"resolve": "Đã chọn", "adopt": "Đã nhận vào", "dismiss": "Không nhận", "": "Đang chờ"}


def _decision(visit: PlannedVisit, line: MatterLine, names: Mapping[str, str]) -> tuple[Value, ...]:
    return (
        visit.unit_name,
        visit.planned_on,
        KINDS[line.kind],
        line.item_key,
        line.item,
        line.place,
        label("hold_reason", line.why_held) if line.why_held else "",
        "\n".join(f"{names.get(author, author)}: {text}" for author, text in line.sides),
        ", ".join(dict.fromkeys(names.get(author, author) for author, _ in line.sides)),
        line.latest_at,
        DECIDED[line.decision],
        line.chosen,
        line.reason,
        names.get(line.decided_by, line.decided_by),
        line.decided_at,
        line.n,
    )


def _mark(line: AnswerLine) -> tuple[str, str]:
    if line.why_not == visits.LATE:
        return STATE_LATE, label("hold_reason", line.why_not)
    if line.why_not:
        return STATE_HELD, label("hold_reason", line.why_not)
    if line.rivals:
        return f"{STATE_CONTESTED} {line.position}/{line.rivals}", "Chờ trưởng đoàn chọn"
    return "", ""


def _finding(row: FindingRow, units: Mapping[str, str], texts: Mapping[str, Mapping[str, str]]) -> tuple[Value, ...]:
    return (
        units[row.visit_id],
        row.number,
        label("conclusion_state", row.state),
        row.item_key,
        texts[row.visit_id].get(row.item_key, ""),
        label("severity", row.severity),
        row.text,
        row.remedy,
        row.due_working_days,
        row.counts.get("observed"),
        row.counts.get("total"),
        row.computed_text,
        row.excluded_reason,
    )


def _task(row: TaskRow, units: Mapping[str, str]) -> tuple[Value, ...]:
    return (
        units[row.visit_id],
        row.number,
        label("severity", row.severity) if row.severity else "",
        row.problem,
        row.remedy,
        row.head_name,
        row.issued_on,
        row.due_working_days,
        row.due_on,
        label("task_state", row.state),
        "Có" if row.overdue else "Không",
        row.reported_at,
        row.report,
        row.evidence,
        row.verified_at,
    )


def _source(export: Export, record: VisitRecord) -> tuple[Value, ...]:
    visit, source = record.visit, record.source
    return (
        export.campaign.title,
        visit.grounds.plan_number,
        visit.grounds.plan_date,
        visit.unit_name,
        visit.id,
        label("visit_state", source.state),
        source.version.slug,
        source.version.version,
        source.version.chk,
        source.n,
        source.log_hash,
        visit.signed_at,
        export.at,
        export.by,
        "Có" if visit.sample_data else "Không",
    )
