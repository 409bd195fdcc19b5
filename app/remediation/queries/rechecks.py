"""Short visits on site: which tasks one may look at, which is on the way, and what a signed one saw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.campaigns import queries as campaigns
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.errors import OutOfDate
from app.domain.permissions import Actor, may
from app.domain.rechecking import Sight, sight_of
from app.domain.remediation import OPEN, TaskAct, TaskFacts, offered
from app.extensions import db
from app.findings.queries import outcomes
from app.findings.queries import records as conclusions
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
    if task.recheck_visit_id is None or task.finding_id is None:
        return None
    visit = campaigns.planned_visit(task.recheck_visit_id)
    if visit.state == "cancelled":
        return None
    key = conclusions.finding(task.finding_id).item_key
    if visit.state != "signed":
        return SiteVisit(visit, key, None)
    try:
        outcome = outcomes.compute(visit)
    except OutOfDate:  # a restored server waits for what was signed
        return SiteVisit(visit, key, None)
    sight = sight_of(key, outcome.document["score"], outcome.findings, text=task.problem or task.remedy)
    return SiteVisit(visit, key, sight, len(outcome.document["photos"].get(key, ())))


def facts_with(task: RemediationTask, site: SiteVisit | None) -> TaskFacts:
    """What the domain needs to know of a task, with what was seen on site."""
    facts = tasks.facts_of(task)
    return replace(facts, visiting=site is not None, seen=site.sight.seen if site and site.sight else None)


@dataclass(frozen=True)
class Candidate:
    """A task that a short visit may look at, and whether it is the one that was asked about."""

    task: RemediationTask
    item_text: str
    asked: bool


def candidates(actor: Actor, task_id: str) -> tuple[Candidate, ...]:
    """The tasks of the same notice that a short visit may look at, in its order. Raises NotFound.

    A fixed number of statements: each visit that waits is read once.
    """
    asked, subject = tasks.seen_by(actor, task_id)
    if asked.conclusion_id is None:
        return ()
    rows = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.conclusion_id == asked.conclusion_id, RemediationTask.finding_id.is_not(None))
        .order_by(RemediationTask.position, RemediationTask.id)
    ).all()
    free = [row for row in rows if _is_free(actor, row, rows)]
    texts = {each.id: each for each in conclusions.findings_of(asked.conclusion_id)}
    chk = conclusions.get(asked.conclusion_id)
    known = checklists.checklist_by_chk(chk.chk).by_key if chk else {}
    return tuple(
        Candidate(row, known[texts[row.finding_id or ""].item_key].text.vi, row.id == task_id)
        for row in free
        if may(actor, "task.verify", subject) and texts[row.finding_id or ""].item_key in known
    )


def _is_free(actor: Actor, row: RemediationTask, rows: Sequence[RemediationTask]) -> bool:
    """Whether the actor may plan a visit to it: not while one waits, nor while its own re-check is open."""
    facts = facts_with(row, site_visit(row))
    again = any(each.parent_id == row.id and each.state in OPEN for each in rows)
    return TaskAct.VISIT in offered(actor, tasks.subject_of(row), facts) and not again


def waits_for(visit_id: str) -> Sequence[RemediationTask]:
    """The tasks that a short visit is to look at."""
    return db.session.scalars(
        select(RemediationTask).where(RemediationTask.recheck_visit_id == visit_id).order_by(RemediationTask.id)
    ).all()
