"""How the visited units of a campaign compare.

The number of statements is the same for five units and for three thousand. Only light columns are read for all of
them; the points of sections, which stand in the computed conclusion, are read for one page of units only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select

from app.campaigns import queries as campaigns
from app.campaigns.models import Visit
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.checklist import Checklist, Grade, Section
from app.domain.permissions import Actor, may
from app.domain.scoring import half_up
from app.extensions import db
from app.findings.models import Conclusion, Finding
from app.findings.queries import records as conclusions
from app.remediation import queries as remediation
from app.remediation.queries import Tally
from app.sync.models import VisitHead

STEPS = 4  # of the heat map


@dataclass(frozen=True)
class WardRow:
    """One visited unit in the comparison; `grade` is the key of the class, empty without a conclusion."""

    visit: PlannedVisit
    conclusion_id: str | None = None
    conclusion_state: str = ""
    basis_points: int | None = None
    grade: str = ""
    findings: Mapping[str, int] | None = None  # severity → number of findings that were not left out
    chk: str = ""  # the checklist it was concluded by
    tasks: int = 0
    verified: int = 0
    waiting: int = 0
    overdue: int = 0
    contested: int = 0
    held: int = 0

    @property
    def finding_count(self) -> int:
        return sum((self.findings or {}).values())


@dataclass(frozen=True)
class Comparison:
    """The units the actor may compare, and how many of the campaign are left out because they may not."""

    rows: tuple[WardRow, ...]
    hidden: int

    @property
    def mixed(self) -> bool:
        """Whether units were concluded by different checklist versions, so that their scores do not compare."""
        return len({row.chk for row in self.rows if row.chk}) > 1


def compare(actor: Actor, campaign_id: str, today: date) -> Comparison:
    """Every visit of a campaign that was not cancelled, with its outcome: seven statements however many there are."""
    visits = [visit for visit in campaigns.visits_of_campaign(campaign_id) if visit.state != "cancelled"]
    seen = [visit for visit in visits if may(actor, "overview.see", visit.subject)]
    concluded, findings = _conclusions(campaign_id), _finding_counts(campaign_id)
    tasks, marks = remediation.tallies(campaign_id, today), _marks(campaign_id)
    rows = []
    for visit in seen:
        contested, held = marks.get(visit.id, (0, 0))
        conclusion = concluded.get(visit.id)
        if conclusion is None:
            rows.append(WardRow(visit, contested=contested, held=held))
            continue
        counted = tasks.get(conclusion.id, Tally())
        rows.append(
            WardRow(
                visit=visit,
                conclusion_id=conclusion.id,
                conclusion_state=conclusion.state,
                basis_points=conclusion.basis_points,
                grade=conclusion.grade,
                findings=findings.get(conclusion.id, {}),
                chk=conclusion.chk,
                tasks=counted.total,
                verified=counted.verified,
                waiting=counted.waiting,
                overdue=counted.overdue,
                contested=contested,
                held=held,
            )
        )
    return Comparison(tuple(rows), len(visits) - len(seen))


def _conclusions(campaign_id: str) -> dict[str, Any]:
    light = ("visit_id", "id", "state", "basis_points", "grade", "chk")
    rows = db.session.execute(
        select(*(getattr(Conclusion, each) for each in light)).where(
            Conclusion.campaign_id == campaign_id, conclusions.counts()
        )
    )
    return {row.visit_id: row for row in rows}


def _finding_counts(campaign_id: str) -> dict[str, dict[str, int]]:
    statement = (
        select(Finding.conclusion_id, Finding.severity, func.count())
        .join(Conclusion, Finding.conclusion_id == Conclusion.id)
        .where(Conclusion.campaign_id == campaign_id, conclusions.counts(), Finding.excluded_reason.is_(None))
        .group_by(Finding.conclusion_id, Finding.severity)
    )
    counts: dict[str, dict[str, int]] = {}
    for conclusion_id, severity, number in db.session.execute(statement):
        counts.setdefault(conclusion_id, {})[severity] = number
    return counts


def _marks(campaign_id: str) -> dict[str, tuple[int, int]]:
    statement = (
        select(VisitHead.visit_id, VisitHead.contested, VisitHead.held)
        .join(Visit, VisitHead.visit_id == Visit.id)
        .where(Visit.campaign_id == campaign_id)
    )
    return {visit_id: (contested, held) for visit_id, contested, held in db.session.execute(statement)}


# --- the heat map -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeatCell:
    """The share of a section in basis points, None where nothing applied; `step` 1 (worst) to 4 (best), 0 for none."""

    section: str
    basis_points: int | None
    step: int
    asked: bool  # the unit's checklist version has this section


@dataclass(frozen=True)
class HeatMap:
    """Units as rows, sections as columns: it grows downwards, and a phone scrolls sideways by a few columns only."""

    sections: tuple[Section, ...]
    cells: Mapping[str, tuple[HeatCell, ...]]  # visit → one per section; no entry without a conclusion
    grades: tuple[Grade, ...]
    steps: Mapping[str, int]  # grade → step


def heat_map(rows: Sequence[WardRow]) -> HeatMap:
    """The sections of these visits side by side: two statements, and one for each checklist not read before."""
    read = checklists.checklists_of_versions({row.visit.checklist_version_id for row in rows})
    shares = _section_shares({row.conclusion_id for row in rows if row.conclusion_id})
    sections: dict[str, Section] = {}
    for checklist in read.values():
        for section in checklist.sections:
            sections.setdefault(section.key, section)
    cells = {}
    for row in rows:
        if row.conclusion_id in shares:
            own = read[row.visit.checklist_version_id]
            cells[row.visit.id] = tuple(_cell(key, shares[row.conclusion_id], own) for key in sections)
    grades = next(iter(read.values())).grades if read else ()
    return HeatMap(tuple(sections.values()), cells, grades, _steps(grades))


def _cell(key: str, shares: Mapping[str, int | None], checklist: Checklist) -> HeatCell:
    share = shares.get(key)
    if share is None:
        return HeatCell(key, None, 0, key in shares)
    steps = _steps(checklist.grades)
    grade = next((each for each in _ordered(checklist.grades) if share >= each.at_least), None)
    return HeatCell(key, share, steps[grade.key] if grade else 1, True)


def _ordered(grades: Sequence[Grade]) -> list[Grade]:
    return sorted(grades, key=lambda grade: grade.at_least, reverse=True)


def _steps(grades: Sequence[Grade]) -> dict[str, int]:
    """Spread the checklist's own classes over the steps: the best class is the best step, the worst the worst."""
    ordered = _ordered(grades)
    most = max(1, len(ordered) - 1)
    return {grade.key: STEPS - place * (STEPS - 1) // most for place, grade in enumerate(ordered)}


def _section_shares(conclusion_ids: Collection[str]) -> dict[str, dict[str, int | None]]:
    sections = Conclusion.computed[("score", "sections")]
    rows = db.session.execute(select(Conclusion.id, sections).where(Conclusion.id.in_(conclusion_ids)))
    return {
        conclusion_id: {each["key"]: share_of(Fraction(each["earned"]), each["possible"]) for each in computed or ()}
        for conclusion_id, computed in rows
    }


def share_of(earned: Fraction, possible: int) -> int | None:
    """The share of `possible` that was earned, in basis points half up; None when nothing was possible."""
    return half_up(earned * 10_000 / possible) if possible > 0 else None
