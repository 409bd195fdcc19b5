"""The queue of conclusions: what waits for whom, and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.campaigns import queries as campaigns
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.calendar import local_day
from app.domain.conclusions import ConclusionState
from app.domain.permissions import Actor, may
from app.extensions import db, now
from app.findings.models import Conclusion, ConclusionEvent, Finding
from app.findings.queries import records

# A visit that both parties signed and nobody has begun to conclude: not a state of a conclusion, but work that waits.
TO_DRAFT = "to_draft"
STATES = (TO_DRAFT, *(state.value for state in ConclusionState))


@dataclass(frozen=True)
class QueueRow:
    """A line of the queue; `conclusion_id` is empty while nobody has begun."""

    visit: PlannedVisit
    state: str
    since: datetime
    conclusion_id: str = ""
    basis_points: int | None = None
    grade: str = ""
    number: int | None = None
    symbol: str = ""
    issued_on: date | None = None
    findings: Mapping[str, int] | None = None
    may_begin: bool = False

    @property
    def since_day(self) -> date:
        """The day in Viet Nam since which it waits."""
        return local_day(self.since)


def queue(actor: Actor) -> tuple[QueueRow, ...]:
    """All conclusions the actor may see, and signed visits without one; those that wait longest first.

    A ward sees only what was issued to it. Six statements, however many lines.
    """
    stored = db.session.execute(
        select(
            Conclusion.id,
            Conclusion.visit_id,
            Conclusion.state,
            Conclusion.created_at,
            Conclusion.basis_points,
            Conclusion.grade,
            Conclusion.chk,
            Conclusion.number,
            Conclusion.symbol,
            Conclusion.issued_on,
        ).order_by(Conclusion.created_at, Conclusion.id)
    ).all()
    signed = campaigns.visits_in_state("signed")
    concluded = {row.visit_id for row in stored}
    visits = {each.id: each for each in signed} | dict(
        campaigns.planned_visits(concluded - {each.id for each in signed})
    )
    since = _last_acts()
    counts = _finding_counts()
    rows = []
    for row in stored:
        visit = visits[row.visit_id]
        if may(actor, "conclusion.see", records.subject_for(row.state, visit)):
            rows.append(
                QueueRow(
                    visit=visit,
                    state=row.state,
                    since=since.get(row.id, row.created_at),
                    conclusion_id=row.id,
                    basis_points=row.basis_points,
                    grade=_grade_label(row.chk, row.grade),
                    number=row.number,
                    symbol=row.symbol,
                    issued_on=row.issued_on,
                    findings=counts.get(row.id, {}),
                )
            )
    for visit in signed:
        if visit.id not in concluded and may(actor, "visit.see", visit.subject):
            begin = may(actor, "conclusion.prepare", visit.subject)
            rows.append(QueueRow(visit=visit, state=TO_DRAFT, since=visit.signed_at or now(), may_begin=begin))
    return tuple(sorted(rows, key=lambda row: (row.state == ConclusionState.ISSUED, row.since, row.visit.id)))


def state_counts(rows: Sequence[QueueRow]) -> tuple[tuple[str, int], ...]:
    """How many lines are in each state, in the order of a conclusion's life."""
    return tuple((state, sum(row.state == state for row in rows)) for state in STATES)


def _last_acts() -> dict[str, datetime]:
    rows = db.session.execute(
        select(ConclusionEvent.conclusion_id, func.max(ConclusionEvent.at))
        .where(ConclusionEvent.action.in_(("begin", "submit", "approve", "return", "issue")))
        .group_by(ConclusionEvent.conclusion_id)
    )
    return dict(rows.all())


def _finding_counts() -> dict[str, dict[str, int]]:
    rows = db.session.execute(
        select(Finding.conclusion_id, Finding.severity, func.count())
        .where(Finding.excluded_reason.is_(None))
        .group_by(Finding.conclusion_id, Finding.severity)
    )
    found: dict[str, dict[str, int]] = {}
    for conclusion_id, severity, count in rows:
        found.setdefault(conclusion_id, {})[severity] = count
    return found


def _grade_label(chk: str, grade: str) -> str:
    labels = {each.key: each.label.vi for each in checklists.checklist_by_chk(chk).grades}
    return labels.get(grade, "")
