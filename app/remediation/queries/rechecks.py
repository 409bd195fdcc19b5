"""Short visits on site: which tasks one may look at, which is on the way, and what a signed one saw."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.campaigns import queries as campaigns
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.errors import OutOfDate
from app.domain.permissions import Actor
from app.domain.rechecking import Sight, sight_of
from app.domain.remediation import OPEN, TaskAct, TaskFacts, offered
from app.extensions import db
from app.findings.queries import outcomes
from app.findings.queries import records as conclusions
from app.findings.queries.outcomes import Outcome
from app.remediation.models import RemediationTask
from app.remediation.queries import tasks


@dataclass(frozen=True)
class SiteVisit:
    """A short visit of a task. `sight` is empty until both parties have signed."""

    visit: PlannedVisit
    item_key: str
    sight: Sight | None
    photos: int = 0


def site_visit(task: RemediationTask) -> SiteVisit | None:
    """The short visit that waits for a task or whose outcome waits for an answer; a cancelled one is none."""
    return site_visits([task]).get(task.id)


def site_visits(rows: Collection[RemediationTask]) -> Mapping[str, SiteVisit]:
    """The same for many tasks, by task: three statements, and one reading of each signed visit's log."""
    waiting = [row for row in rows if row.recheck_visit_id is not None and row.finding_id is not None]
    if not waiting:
        return {}
    visits = campaigns.planned_visits({row.recheck_visit_id or "" for row in waiting})
    keys = conclusions.item_keys({row.finding_id or "" for row in waiting})
    seen = {key: _outcome(visit) for key, visit in visits.items() if visit.state == "signed"}
    return {
        row.id: _site(row, visits[row.recheck_visit_id or ""], keys[row.finding_id or ""], seen)
        for row in waiting
        if visits[row.recheck_visit_id or ""].state != "cancelled"
    }


def _outcome(visit: PlannedVisit) -> Outcome | None:
    try:
        return outcomes.compute(visit)
    except OutOfDate:  # a restored server waits for what was signed
        return None


def _site(task: RemediationTask, visit: PlannedVisit, key: str, seen: Mapping[str, Outcome | None]) -> SiteVisit:
    outcome = seen.get(visit.id)
    if outcome is None:
        return SiteVisit(visit, key, None)
    sight = sight_of(key, outcome.document["score"], outcome.findings, text=task.problem or task.remedy)
    return SiteVisit(visit, key, sight, len(outcome.document["photos"].get(key, ())))


def facts_with(task: RemediationTask, site: SiteVisit | None) -> TaskFacts:
    """What the domain needs to know of a task, with what was seen on site."""
    facts = tasks.facts_of(task)
    return replace(facts, visiting=site is not None, seen=site.sight.seen if site and site.sight else None)


@dataclass(frozen=True)
class Candidate:
    """A task that a short visit may look at, its item, and whether it is the one that was asked about."""

    task: RemediationTask
    item_key: str
    item_text: str
    asked: bool


def candidates(actor: Actor, task_id: str) -> tuple[Candidate, ...]:
    """The tasks of the same notice that a short visit may look at, in its order: a fixed number of statements.

    Not one for which a visit waits, nor one whose own re-check is open. Raises NotFound.
    """
    asked, subject = tasks.seen_by(actor, task_id)
    conclusion = conclusions.get(asked.conclusion_id)
    if conclusion is None:
        return ()
    rows = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.conclusion_id == conclusion.id, RemediationTask.finding_id.is_not(None))
        .order_by(RemediationTask.position, RemediationTask.id)
    ).all()
    sites, items = site_visits(rows), checklists.checklist_by_chk(conclusion.chk).by_key
    keys = conclusions.item_keys({row.finding_id or "" for row in rows})
    open_again = {row.parent_id for row in rows if row.state in OPEN}
    found = []
    for row in rows:
        key = keys[row.finding_id or ""]
        acts = offered(actor, subject, facts_with(row, sites.get(row.id)))
        if key in items and TaskAct.VISIT in acts and row.id not in open_again:
            found.append(Candidate(row, key, items[key].text.vi, row.id == task_id))
    return tuple(found)


def waits_for(visit_id: str) -> Sequence[RemediationTask]:
    """The tasks that a short visit is to look at."""
    return db.session.scalars(
        select(RemediationTask).where(RemediationTask.recheck_visit_id == visit_id).order_by(RemediationTask.id)
    ).all()
