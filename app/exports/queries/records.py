"""Conclusions, findings and tasks of a campaign: a fixed number of statements, read row by row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from app.accounts.models import User
from app.campaigns.models import Visit
from app.domain.conclusions import document_number
from app.domain.remediation import TaskState, overdue
from app.extensions import db
from app.findings.models import Conclusion, Finding
from app.findings.queries import records as conclusions
from app.remediation import queries as remediation
from app.remediation.models import RemediationTask, TaskEvent, TaskEvidence
from app.remediation.queries import Tally
from app.sync.models import Entry

AT_ONCE = 500  # rows in memory


@dataclass(frozen=True)
class Outcome:
    """The conclusion of a visit without its document; `findings` and `tasks` are counts."""

    state: str
    number: str
    issued_on: date | None
    basis_points: int | None
    grade: str
    findings: Mapping[str, int]
    tasks: int
    verified: int
    overdue: int


@dataclass(frozen=True)
class FindingRow:
    """A finding as it stands in its conclusion, those left out included."""

    visit_id: str
    number: str
    state: str
    item_key: str
    severity: str
    text: str
    computed_text: str
    remedy: str
    due_working_days: int
    counts: Mapping[str, int]
    excluded_reason: str


@dataclass(frozen=True)
class TaskRow:
    """A remediation task with its latest report."""

    visit_id: str
    number: str
    severity: str
    problem: str
    remedy: str
    head_name: str
    issued_on: date
    due_working_days: int
    due_on: date
    state: str
    overdue: bool
    reported_at: datetime | None
    report: str
    evidence: int
    verified_at: datetime | None


def people_of(campaign_id: str) -> Mapping[str, str]:
    """The names of everybody who wrote to a visit of the campaign."""
    authors = (
        select(Entry.actor_id)
        .join(Visit, Entry.visit_id == Visit.id)
        .where(Visit.campaign_id == campaign_id)
        .distinct()
    )
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(authors)))
    return {row.id: row.name for row in rows}


def outcomes_of(campaign_id: str, today: date) -> Mapping[str, Outcome]:
    """The outcome of each visit that has a conclusion, by visit."""
    findings, tasks = _finding_counts(campaign_id), remediation.tallies(campaign_id, today)
    rows = db.session.execute(
        select(
            Conclusion.visit_id,
            Conclusion.id,
            Conclusion.state,
            Conclusion.number,
            Conclusion.symbol,
            Conclusion.issued_on,
            Conclusion.basis_points,
            Conclusion.grade,
        ).where(Conclusion.campaign_id == campaign_id, conclusions.counts())
    )
    found = {}
    for row in rows:
        counted = tasks.get(row.id, Tally())
        found[row.visit_id] = Outcome(
            state=row.state,
            number=_number(row.number, row.symbol),
            issued_on=row.issued_on,
            basis_points=row.basis_points,
            grade=row.grade,
            findings=findings.get(row.id, {}),
            tasks=counted.total,
            verified=counted.verified,
            overdue=counted.overdue,
        )
    return found


def findings_of(campaign_id: str) -> Iterator[FindingRow]:
    """Every finding of the campaign in the order of the visits."""
    rows = db.session.execute(
        select(
            Conclusion.visit_id,
            Conclusion.number,
            Conclusion.symbol,
            Conclusion.state,
            Finding.item_key,
            Finding.severity,
            Finding.text,
            Finding.computed_text,
            Finding.remedy,
            Finding.due_working_days,
            Finding.sources,
            Finding.excluded_reason,
        )
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .join(Visit, Conclusion.visit_id == Visit.id)
        .where(Conclusion.campaign_id == campaign_id, conclusions.counts())
        .order_by(Visit.planned_on, Visit.unit_name, Visit.id, Finding.position, Finding.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        yield FindingRow(
            visit_id=row.visit_id,
            number=_number(row.number, row.symbol),
            state=row.state,
            item_key=row.item_key,
            severity=row.severity,
            text=row.text,
            computed_text=row.computed_text,
            remedy=row.remedy,
            due_working_days=row.due_working_days,
            counts=row.sources.get("counts", {}),
            excluded_reason=row.excluded_reason or "",
        )


def tasks_of(campaign_id: str, today: date) -> Iterator[TaskRow]:
    """Every remediation task of the campaign in the order of the visits."""
    rows = db.session.execute(
        select(
            Conclusion.visit_id,
            Conclusion.number,
            Conclusion.symbol,
            RemediationTask,
            _latest_report(TaskEvent.at).label("reported_at"),
            _latest_report(TaskEvent.text).label("report"),
            _evidence().label("evidence"),
        )
        .join(Conclusion, RemediationTask.conclusion_id == Conclusion.id)
        .join(Visit, Conclusion.visit_id == Visit.id)
        .where(RemediationTask.campaign_id == campaign_id)
        .order_by(Visit.planned_on, Visit.unit_name, Visit.id, RemediationTask.position, RemediationTask.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        task: RemediationTask = row.RemediationTask
        yield TaskRow(
            visit_id=row.visit_id,
            number=_number(row.number, row.symbol),
            severity=task.severity,
            problem=task.problem,
            remedy=task.remedy,
            head_name=task.head_name,
            issued_on=task.issued_on,
            due_working_days=task.due_working_days,
            due_on=task.due_on,
            state=task.state,
            overdue=overdue(TaskState(task.state), task.due_on, today, reported_on=task.reported_on),
            reported_at=row.reported_at,
            report=row.report or "",
            evidence=row.evidence,
            verified_at=task.verified_at,
        )


def _number(number: int | None, symbol: str) -> str:
    return document_number(number, symbol) if number else ""


def _latest_report(column: Any) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(TaskEvent.task_id == RemediationTask.id, TaskEvent.action == "report")
        .order_by(TaskEvent.at.desc(), TaskEvent.id.desc())
        .limit(1)
        .correlate(RemediationTask)
        .scalar_subquery()
    )


def _evidence() -> ScalarSelect[Any]:
    counted = select(func.count()).where(TaskEvidence.task_id == RemediationTask.id).correlate(RemediationTask)
    return counted.scalar_subquery()


def _finding_counts(campaign_id: str) -> dict[str, dict[str, int]]:
    rows = db.session.execute(
        select(Finding.conclusion_id, Finding.severity, func.count())
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .where(Conclusion.campaign_id == campaign_id, conclusions.counts(), Finding.excluded_reason.is_(None))
        .group_by(Finding.conclusion_id, Finding.severity)
    )
    counts: dict[str, dict[str, int]] = {}
    for conclusion_id, severity, number in rows:
        counts.setdefault(conclusion_id, {})[severity] = number
    return counts
