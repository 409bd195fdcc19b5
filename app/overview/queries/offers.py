"""A corrected checklist offered to the visits of running campaigns: what a move would do to each, and who has moved.

The lead moves a visit on the phone (docs/sync.md 4, Re-pinning); the desk only tells. A fixed number of statements,
however many visits there are; which items are answered is read from the cache of heads, for one page of visits.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.campaigns import queries as campaigns
from app.campaigns.models import Campaign, Visit
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.checklists.models import ChecklistVersion
from app.domain.checklist import Checklist, canonical_json
from app.domain.permissions import Actor, may
from app.domain.repinning import Move, move_of
from app.domain.vietnamese import unit_sort_key
from app.extensions import db
from app.sync.models import Head, VisitHead

A_PAGE = 50
_CLEARED = hashlib.sha256(canonical_json(None)).digest()


@dataclass(frozen=True)
class Offer:
    """One visit: `move` is what is ahead of it, None once there is nothing to move."""

    visit: PlannedVisit
    version: int
    standing: str  # waiting, closed, signed, moved, begun (with this version), newer
    move: Move | None


@dataclass(frozen=True)
class Offered:
    """The visits that somebody may see, those still to be moved first."""

    visits: tuple[PlannedVisit, ...]
    standings: Mapping[str, str]
    versions: Mapping[str, checklists.Version]

    def number(self, *standings: str) -> int:
        """How many visits stand so."""
        return sum(each in standings for each in self.standings.values())


_ORDER = ("waiting", "closed", "moved", "begun", "newer", "signed")


def offered(actor: Actor, target: Checklist) -> Offered:
    """Every visit of a running campaign that uses some version of this checklist: five statements."""
    rows = db.session.execute(
        select(Visit.id, VisitHead.repins)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .join(ChecklistVersion, ChecklistVersion.id == Visit.checklist_version_id)
        .outerjoin(VisitHead, VisitHead.visit_id == Visit.id)
        .where(ChecklistVersion.slug == target.slug, Campaign.state == "active", Visit.state != "cancelled")
    )
    repins = {row.id: row.repins or 0 for row in rows}
    found = campaigns.planned_visits(repins) if repins else {}
    seen = [visit for visit in found.values() if may(actor, "overview.see", visit.subject)]
    versions = checklists.versions({visit.checklist_version_id for visit in seen})
    standings = {
        visit.id: _standing(visit, versions[visit.checklist_version_id].version, target.version, repins[visit.id])
        for visit in seen
    }
    seen.sort(key=lambda each: (_ORDER.index(standings[each.id]), each.planned_on, unit_sort_key(each.unit_name)))
    return Offered(tuple(seen), standings, versions)


def offers(found: Offered, target: Checklist, visits: Sequence[PlannedVisit]) -> tuple[Offer, ...]:
    """One page of them with what a move would do: one statement, and one for each checklist not read before."""
    ahead = [visit.id for visit in visits if found.standings[visit.id] in ("waiting", "closed")]
    answered = _answered(ahead)
    made = []
    for visit in visits:
        version = found.versions[visit.checklist_version_id]
        move = None
        if visit.id in ahead:
            move = move_of(checklists.checklist_by_chk(version.chk), target, answered.get(visit.id, frozenset()))
        made.append(Offer(visit, version.version, found.standings[visit.id], move))
    return tuple(made)


def _standing(visit: PlannedVisit, version: int, target: int, repins: int) -> str:
    if version == target:
        return "moved" if repins else "begun"
    if version > target:
        return "newer"
    return visit.state if visit.state in ("signed", "closed") else "waiting"


def _answered(visit_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The items of each visit in which anything stands."""
    rows = db.session.execute(
        select(Head.visit_id, Head.path)
        .where(Head.visit_id.in_(visit_ids), Head.path.like("item/%"), Head.value_hash != _CLEARED)
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for visit_id, path in rows:
        found.setdefault(visit_id, set()).add(path.split("/")[1])
    return {visit_id: frozenset(keys) for visit_id, keys in found.items()}
