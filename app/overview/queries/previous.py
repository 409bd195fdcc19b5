"""What was found at a unit the last time, for the phones of the delegation that goes there next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.campaigns import queries as campaigns
from app.campaigns.models import Campaign, Visit
from app.campaigns.queries import PlannedVisit
from app.domain.conclusions import ConclusionState, document_number
from app.domain.errors import NotFound
from app.domain.permissions import Actor, may
from app.extensions import db
from app.findings.models import Conclusion
from app.findings.queries import records
from app.remediation.models import RemediationTask
from app.sync import queries as sync

PICTURES = 20  # small ones kept on each phone: 20 of about 15 KB for each visit
OF_A_FINDING = 3


@dataclass(frozen=True)
class Before:
    """A finding of the last conclusion; `state` and `due_on` are those of its repair, empty where none was ordered."""

    item_key: str
    severity: str
    text: str
    remedy: str
    state: str
    due_on: date | None
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class Previous:
    """The last issued conclusion in force of a unit; `pictures` are all those its findings show, each once."""

    visit_id: str
    number: str
    issued_on: date | None
    visited_on: date
    basis_points: int | None
    findings: tuple[Before, ...]

    @property
    def pictures(self) -> frozenset[str]:
        return frozenset(sha256 for each in self.findings for sha256 in each.pictures)


def of_visit(actor: Actor, visit_id: str) -> Previous | None:
    """What the delegation of a visit may read of the conclusion before; None if there is none.

    Only issued conclusions, and for a delegation those of the authority that sends it. Raises NotFound for who does
    not inspect.
    """
    visit = campaigns.planned_visit(visit_id)
    if not may(actor, "visit.inspect", visit.subject):
        raise NotFound("not_found")
    return before(campaigns.uncovered([visit_id])[visit_id] if visit.sealed else visit)


def before(visit: PlannedVisit) -> Previous | None:
    """The same, whoever asks; the visit is not covered."""
    found = _last(visit)
    if found is None:
        return None
    conclusion, visited_on = found
    return Previous(
        visit_id=conclusion.visit_id,
        number=document_number(conclusion.number, conclusion.symbol) if conclusion.number else "",
        issued_on=conclusion.issued_on,
        visited_on=visited_on,
        basis_points=conclusion.basis_points,
        findings=_findings(conclusion),
    )


def _last(visit: PlannedVisit) -> tuple[Conclusion, date] | None:
    # A unit that checks itself reads every conclusion it was sent.
    is_own = visit.kind == campaigns.SELF_CHECK
    same_authority = () if is_own else (Campaign.host_path == visit.host_path,)
    row = db.session.execute(
        select(Conclusion, Visit.planned_on)
        .join(Visit, Visit.id == Conclusion.visit_id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(
            Conclusion.unit_id == visit.unit_id,
            Conclusion.visit_id != visit.id,
            Conclusion.state == ConclusionState.ISSUED,
            *same_authority,
            records.counts(),
        )
        .order_by(Conclusion.issued_at.desc(), Conclusion.id)
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def _findings(conclusion: Conclusion) -> tuple[Before, ...]:
    standing = [each for each in records.findings_of(conclusion.id) if each.excluded_reason is None]
    repairs = _repairs([each.id for each in standing])
    here = {kept.sha256 for kept in sync.blobs_of(conclusion.visit_id)}
    room = PICTURES
    found = []
    for each in standing:
        pictures = _pictures(conclusion.computed, each.item_key, here)[: min(OF_A_FINDING, room)]
        room -= len(pictures)
        state, due_on = repairs.get(each.id, ("", None))
        found.append(Before(each.item_key, each.severity, each.text, each.remedy, state, due_on, pictures))
    return tuple(found)


def _pictures(computed: Mapping[str, Any], item_key: str, here: set[str]) -> tuple[str, ...]:
    """Photos of an item whose bytes are on the server, each once, in the order they were computed."""
    shown = (computed["evidence"].get(uuid) for uuid in computed["photos"].get(item_key, []))
    return tuple(dict.fromkeys(each["sha256"] for each in shown if each and each["sha256"] in here))


def _repairs(finding_ids: list[str]) -> Mapping[str, tuple[str, date | None]]:
    """State and date of what was ordered for each finding; of a task and its re-check, the later one."""
    rows = db.session.execute(
        select(RemediationTask.finding_id, RemediationTask.state, RemediationTask.due_on)
        .where(RemediationTask.finding_id.in_(finding_ids))
        .order_by(RemediationTask.issued_on, RemediationTask.due_on, RemediationTask.id)
    )
    return {row.finding_id: (row.state, row.due_on) for row in rows}
