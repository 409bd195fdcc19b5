"""Reading campaigns: who sees which, what they hold, and the trace of their planning."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitEntry, UnitFilter
from app.campaigns.models import INSPECTION, Campaign, CampaignChange, CampaignUnit, Delegation, Member, Visit
from app.campaigns.queries.visits import COVER, SEALED, Place, grounds_of, places_of
from app.domain.conclusions import ChainStep
from app.domain.errors import Invalid, NotFound
from app.domain.grounds import Grounds
from app.domain.permissions import Actor, Role, Subject, may
from app.extensions import db

STATES = ("active", "finished", "cancelled")
ON_THE_WAY = ("planned", "open", "closed")  # visits that are neither signed nor cancelled


@dataclass(frozen=True)
class CampaignEntry:
    """A campaign with its host's name and how many of its visits are in each state."""

    id: str
    title: str
    grounds: Grounds
    host_unit_id: int
    host_path: str
    host_name: str
    checklist_version_id: str
    starts_on: date
    ends_on: date
    state: str
    sample_data: bool
    revision: int
    visits: Mapping[str, int]

    @property
    def visit_count(self) -> int:
        """Visits that were not cancelled."""
        return sum(count for state, count in self.visits.items() if state != "cancelled")


@dataclass(frozen=True)
class DelegationEntry:
    """A delegation with its people, lead first; former members apart."""

    id: str
    campaign_id: str
    name: str
    places: tuple[Place, ...]
    names: Mapping[str, str]

    @property
    def present(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.removed_at is None)

    @property
    def former(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.removed_at is not None)

    @property
    def lead(self) -> Place | None:
        return next((place for place in self.present if place.is_lead), None)


@dataclass(frozen=True)
class Change:
    """One act of planning: who, when, what, why; `values` are (what, before, after)."""

    at: datetime
    actor_name: str
    action: str
    about: str
    reason: str
    values: tuple[tuple[str, Any, Any], ...]
    visit_id: str | None


def campaigns(actor: Actor, state: str = "", *, limit: int, offset: int = 0) -> tuple[CampaignEntry, ...]:
    """One page of the campaigns the actor may see, the latest first; three statements however many."""
    statement = select(Campaign).where(*_visible(actor, state)).order_by(Campaign.starts_on.desc(), Campaign.id)
    return _entries(statement.limit(limit).offset(offset))


def count_campaigns(actor: Actor, state: str = "") -> int:
    """How many campaigns the actor may see."""
    statement = select(func.count()).select_from(Campaign).where(*_visible(actor, state))
    return db.session.scalar(statement) or 0


def campaign(actor: Actor, campaign_id: str) -> CampaignEntry:
    """A campaign the actor may see; raises NotFound for a missing and for a hidden one alike."""
    found = _entries(select(Campaign).where(Campaign.id == campaign_id))
    if not found or not may(actor, "campaign.see", subject_of_campaign(campaign_id)):
        raise NotFound("not_found")
    return found[0]


def review_chain(campaign_id: str) -> tuple[ChainStep, ...]:
    """The steps that a conclusion submitted today goes through before the vice-chair; empty for none."""
    stored = db.session.scalar(select(Campaign.review_chain).where(Campaign.id == campaign_id)) or []
    return tuple(ChainStep(each["name"], tuple(each["people"])) for each in stored)


def manned_chain(campaign_id: str, on: date) -> tuple[ChainStep, ...]:
    """The chain with those of its people who still hold their role; raises `Invalid("chain_vacant")` if none does."""
    chain = review_chain(campaign_id)
    if not chain:
        return ()
    host = db.session.scalar(select(Campaign.host_path).where(Campaign.id == campaign_id)) or ""
    present = {each.id for each in checkers_for(host, on)}
    manned = tuple(ChainStep(each.name, tuple(who for who in each.people if who in present)) for each in chain)
    vacant = next((each.name for each in manned if not each.people), None)
    if vacant is not None:
        raise Invalid("chain_vacant", step=vacant)
    return manned


def names_in(chain: Sequence[ChainStep]) -> Mapping[str, str]:
    """The names of the people of a chain, by id."""
    return directory.names_of_people({person for each in chain for person in each.people})


def checkers_for(host_path: str, on: date) -> tuple[directory.Person, ...]:
    """Who can be named for a step: people of the office, and vice-chairs, of the host or above it."""
    return directory.people_in_reach(host_path, {Role.OFFICE, Role.VICE_CHAIR}, on, below=False)


def subject_of_campaign(campaign_id: str) -> Subject:
    """Who is concerned by a campaign: its host and the people of its delegations; raises NotFound."""
    path = db.session.scalar(select(Campaign.host_path).where(Campaign.id == campaign_id))
    if path is None:
        raise NotFound("not_found")
    places = [place for each in delegations(campaign_id) for place in each.present]
    return Subject(
        unit_path=path,
        host_path=path,
        lead_ids=frozenset(place.user_id for place in places if place.is_lead),
        member_ids=frozenset(place.user_id for place in places),
    )


def delegations(campaign_id: str) -> tuple[DelegationEntry, ...]:
    """The delegations of a campaign by name, with their people; three statements however many."""
    rows = db.session.execute(
        select(Delegation.id, Delegation.campaign_id, Delegation.name)
        .where(Delegation.campaign_id == campaign_id)
        .order_by(Delegation.name, Delegation.id)
    ).all()
    places = places_of([row.id for row in rows]) if rows else {}
    names = directory.names_of_people({place.user_id for each in places.values() for place in each})
    return tuple(DelegationEntry(row.id, row.campaign_id, row.name, places[row.id], names) for row in rows)


def delegation(campaign_id: str, delegation_id: str) -> DelegationEntry:
    """One delegation of a campaign; raises NotFound."""
    found = next((each for each in delegations(campaign_id) if each.id == delegation_id), None)
    if found is None:
        raise NotFound("not_found")
    return found


def changes(campaign_id: str, *, visit_id: str | None = None, limit: int, offset: int = 0) -> tuple[Change, ...]:
    """The trace of a campaign (or of one of its visits), newest first; three statements however many.

    In a campaign's trace sealed visits are covered; that of a visit is asked for by who may know it.
    """
    statement = select(CampaignChange).where(*_trace_of(campaign_id, visit_id))
    order = (CampaignChange.at.desc(), CampaignChange.id)
    rows = db.session.scalars(statement.order_by(*order).limit(limit).offset(offset)).all()
    names = directory.names_of_people({row.actor_id for row in rows})
    planned = {row.visit_id for row in rows if row.visit_id} if visit_id is None else set()
    sealed = set(db.session.scalars(select(Visit.id).where(Visit.id.in_(planned), SEALED))) if planned else set()
    return tuple(_change(row, names, covered=row.visit_id in sealed) for row in rows)


def count_changes(campaign_id: str, *, visit_id: str | None = None) -> int:
    """How many acts the trace holds."""
    statement = select(func.count()).select_from(CampaignChange).where(*_trace_of(campaign_id, visit_id))
    return db.session.scalar(statement) or 0


# --- units --------------------------------------------------------------------------------------------------


def picked(campaign_id: str) -> Select[int]:
    """The ids of the units picked, as a selection for further queries."""
    return select(CampaignUnit.unit_id).where(CampaignUnit.campaign_id == campaign_id)


def visited(campaign_id: str) -> Select[int]:
    """The ids of the units with a visit that was not cancelled; short visits do not count."""
    whole = Visit.recheck_of.is_(None)
    return select(Visit.unit_id).where(Visit.campaign_id == campaign_id, Visit.state != "cancelled", whole)


def count_picked(campaign_id: str) -> int:
    """How many units were picked."""
    return db.session.scalar(select(func.count()).select_from(picked(campaign_id).subquery())) or 0


def units_filter(entry: CampaignEntry, search: str = "", kind: str = "") -> UnitFilter:
    """The units a campaign may go to: below its host, valid on the day it starts."""
    return UnitFilter(entry.host_path, entry.starts_on, search, (kind,) if kind else ())


def picked_among(campaign_id: str, unit_ids: Collection[int]) -> frozenset[int]:
    """Which of the units named were picked."""
    return frozenset(db.session.scalars(picked(campaign_id).where(CampaignUnit.unit_id.in_(set(unit_ids)))))


def units_without_visit(wanted: UnitFilter, campaign_id: str, *, limit: int, offset: int) -> tuple[UnitEntry, ...]:
    """One page of the picked units that have no visit yet."""
    return directory.units_below(_without_visit(wanted, campaign_id), limit=limit, offset=offset)


def count_units_without_visit(wanted: UnitFilter, campaign_id: str) -> int:
    """How many picked units have no visit yet."""
    return directory.count_units_below(_without_visit(wanted, campaign_id))


def _without_visit(wanted: UnitFilter, campaign_id: str) -> UnitFilter:
    return UnitFilter(wanted.path, wanted.on, wanted.search, wanted.kinds, picked(campaign_id), visited(campaign_id))


# --- who sees what, and how rows become entries -------------------------------------------------------------


def _visible(actor: Actor, state: str) -> list[ColumnElement[bool]]:
    paths = {grant.unit_path for grant in actor.grants if grant.role in (Role.ADMINISTRATOR, Role.VICE_CHAIR)}
    mine = (
        select(Delegation.campaign_id)
        .join(Member, Member.delegation_id == Delegation.id)
        .where(Member.user_id == actor.user_id, Member.removed_at.is_(None))
    )
    conditions = [
        Campaign.kind == INSPECTION,
        or_(Campaign.id.in_(mine), *(Campaign.host_path.startswith(path) for path in sorted(paths))),
    ]
    if state:
        conditions.append(Campaign.state == state)
    return conditions


def _entries(statement: Select[Campaign]) -> tuple[CampaignEntry, ...]:
    rows = db.session.scalars(statement.execution_options(populate_existing=True)).all()
    hosts = directory.units({row.host_unit_id for row in rows})
    counts = _visit_counts([row.id for row in rows])
    return tuple(
        CampaignEntry(
            id=row.id,
            title=row.title,
            grounds=grounds_of(row),
            host_unit_id=row.host_unit_id,
            host_path=row.host_path,
            host_name=hosts[row.host_unit_id].name,
            checklist_version_id=row.checklist_version_id,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            state=row.state,
            sample_data=row.sample_data,
            revision=row.revision,
            visits=counts.get(row.id, {}),
        )
        for row in rows
    )


def _visit_counts(campaign_ids: list[str]) -> Mapping[str, Mapping[str, int]]:
    rows = db.session.execute(
        select(Visit.campaign_id, Visit.state, func.count())
        .where(Visit.campaign_id.in_(campaign_ids), Visit.recheck_of.is_(None))
        .group_by(Visit.campaign_id, Visit.state)
    )
    counts: dict[str, Counter[str]] = {}
    for campaign_id, state, count in rows:
        counts.setdefault(campaign_id, Counter())[state] = count
    return counts


def _trace_of(campaign_id: str, visit_id: str | None) -> list[ColumnElement[bool]]:
    conditions = [CampaignChange.campaign_id == campaign_id]
    if visit_id is not None:
        conditions.append(CampaignChange.visit_id == visit_id)
    return conditions


def _change(row: CampaignChange, names: Mapping[str, str], *, covered: bool) -> Change:
    detail: dict[str, Any] = dict(row.detail)
    values = tuple((what, before, after) for what, before, after in detail.get("values", ()))
    about, reason = (COVER, "") if covered else (str(detail.get("about", "")), row.reason)
    # A covered act leads nowhere: who may know finds the visit in the list.
    visit_id = None if covered else row.visit_id
    return Change(row.at, names.get(row.actor_id, "–"), row.action, about, reason, values, visit_id)
