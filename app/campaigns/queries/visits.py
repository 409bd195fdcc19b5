"""Reading campaigns, delegations and visits. What a person may not see is NotFound, like what does not exist."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, case, select

from app.campaigns.models import Campaign, Delegation, Member, Visit
from app.checklists import queries as checklists
from app.domain.errors import NotFound
from app.domain.grounds import Grounds
from app.domain.permissions import Actor, Subject, may
from app.extensions import db, run

# A surprise visit before its start. It is covered where it is read: what shows one by mistake has no name.
SEALED = and_(Visit.surprise, Visit.started_at.is_(None), Visit.state.not_in(("closed", "signed")))
COVER = "Kiểm tra đột xuất"
SHOWN_NAME = case((SEALED, COVER), else_=Visit.unit_name)

Role = str  # "lead" or "member": the place a person has in a delegation


@dataclass(frozen=True)
class Place:
    """A person's place in a delegation; `removed_at` is None while it lasts."""

    member_id: str
    delegation_id: str
    user_id: str
    is_lead: bool
    duty: str
    added_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True)
class PlannedVisit:
    """A visit with what its lists, documents and rights need. The unit's names are those of the day of planning.

    A sealed one is covered, unless `uncovered` gave it: no unit, no start code, and of its delegation only the lead.
    """

    id: str
    campaign_id: str
    campaign_title: str
    grounds: Grounds
    host_unit_id: int
    host_path: str
    delegation_id: str
    delegation_name: str
    unit_id: int
    unit_name: str
    unit_kind: str
    unit_parent_name: str
    unit_path: str
    checklist_version_id: str
    planned_on: date
    state: str
    signed_n: int | None
    signed_hash: str | None
    signed_at: datetime | None
    recheck_of: str | None  # a short visit: the one whose findings it looks at again
    sample_data: bool
    kind: str  # inspection, or self_check: made by the unit's own people
    surprise: bool
    planned_time: str  # HH:MM of a surprise visit
    start_code: str
    started_at: datetime | None  # when the server heard that a surprise visit had started
    places: tuple[Place, ...] = ()

    @property
    def called(self) -> str:
        """What it is called: a short visit is told from the one before it."""
        return f"Kiểm tra lại: {self.campaign_title}" if self.recheck_of else self.campaign_title

    @property
    def subject(self) -> Subject:
        """What the permission rules need to know of this visit."""
        whole = subject_at(self.unit_path, self.host_path, self.places)
        if not self.sealed:
            return whole
        # Nobody starts a cancelled one any more: what members wrote by its code is taken as from former ones.
        left = (whole.member_ids | whole.former_ids) - whole.lead_ids if self.called_off else frozenset()
        return replace(whole, unit_path="", member_ids=whole.lead_ids, former_ids=left, sealed=True)

    @property
    def sealed(self) -> bool:
        """A surprise that has not started: `SEALED` of one visit."""
        return self.surprise and self.started_at is None and self.state not in ("closed", "signed")

    @property
    def called_off(self) -> bool:
        """A surprise that was cancelled before the server heard of a start: it stays sealed for ever."""
        return self.sealed and self.state == "cancelled"


@dataclass(frozen=True)
class MemberVisit:
    """A visit as the sync manifest of one of its members tells it."""

    visit: PlannedVisit
    role: Role
    chk: str


@dataclass(frozen=True)
class Earlier:
    """A signed visit before another at the same unit. `signed_n` changes when its minutes are amended."""

    id: str
    planned_on: date
    signed_n: int
    checklist_version_id: str


# --- visits -------------------------------------------------------------------------------------------------


def subject_of_visit(visit_id: str) -> Subject:
    """Who is concerned by a visit: two statements; raises NotFound."""
    return planned_visit(visit_id).subject


def subjects_of_visits(visit_ids: Collection[str]) -> Mapping[str, Subject]:
    """The subjects of many visits, in two statements however many."""
    return {each.id: each.subject for each in planned_visits(visit_ids).values()}


def planned_visit(visit_id: str) -> PlannedVisit:
    """A visit, whoever asks (for actions that check rights themselves); raises NotFound."""
    found = planned_visits([visit_id]).get(visit_id)
    if found is None:
        raise NotFound("not_found")
    return found


def planned_visits(visit_ids: Collection[str]) -> Mapping[str, PlannedVisit]:
    """Visits by id with their delegations, in two statements however many."""
    return {each.id: each for each in _load(_BY_ID, ids=list(set(visit_ids)))}


def uncovered(visit_ids: Collection[str]) -> Mapping[str, PlannedVisit]:
    """Visits by id with what is sealed of them. Only for who may know: whoever calls this sees to it."""
    return {each.id: each for each in _load(_BY_ID, cover=False, ids=list(set(visit_ids)))}


def visit_to_plan(actor: Actor, visit_id: str) -> PlannedVisit:
    """A visit with what is sealed of it, for who plans, orders or leads it; raises NotFound like `visit`."""
    found = uncovered([visit_id]).get(visit_id)
    if found is None or not may(actor, "visit.see_sealed" if found.sealed else "visit.see", found.subject):
        raise NotFound("not_found")
    return found


def visit(actor: Actor, visit_id: str) -> PlannedVisit:
    """A visit the actor may see; raises NotFound for a missing and for a hidden one alike."""
    found = planned_visit(visit_id)
    if not may(actor, "visit.see", found.subject):
        raise NotFound("not_found")
    return found


def visits_of_campaign(campaign_id: str) -> tuple[PlannedVisit, ...]:
    """The visits of a campaign by day, then unit; cancelled ones included, short ones not."""
    return _load(_visits().where(Visit.campaign_id == campaign_id, Visit.recheck_of.is_(None)))


def page_of_campaign(campaign_id: str, *, limit: int, offset: int = 0) -> tuple[PlannedVisit, ...]:
    """One page of a campaign's visits, in the same order; two statements."""
    whole = Visit.recheck_of.is_(None)
    return _load(_visits().where(Visit.campaign_id == campaign_id, whole).limit(limit).offset(offset))


def visits_of_member(user_id: str) -> tuple[MemberVisit, ...]:
    """The visits a person inspects now, by day: what the phone's manifest lists. Cancelled ones included."""
    visits = _load(_OF_MEMBER, user_id=user_id)
    return tuple(
        MemberVisit(
            visit=each,
            role="lead" if user_id in each.subject.lead_ids else "member",
            chk=checklists.chk_of(each.checklist_version_id),
        )
        for each in visits
    )


def earlier_visits(visit: PlannedVisit, *, at_most: int) -> tuple[Earlier, ...]:
    """The last signed visits of the same unit up to the day of this one, the latest first; one statement.

    Only what the same authority, or one below it, inspected: an authority's findings are not told to those under it.
    Sample data and real visits never meet.
    """
    rows = run(
        _SIGNED_BEFORE,
        visit_id=visit.id,
        unit_id=visit.unit_id,
        day=visit.planned_on,
        host=f"{visit.host_path}%",
        kind=visit.kind,
        sample=visit.sample_data,
        at_most=at_most,
    )
    return tuple(Earlier(*row) for row in rows)


def visits_left_by(user_id: str) -> tuple[str, ...]:
    """The ids of visits whose delegation the person has left: what the manifest lists as gone."""
    return tuple(run(_LEFT, user_id=user_id).scalars())


def places_of(delegation_ids: Collection[str]) -> Mapping[str, tuple[Place, ...]]:
    """The places of delegations, lead first, then as they were added; former ones included."""
    rows = run(_PLACES, delegation_ids=list(set(delegation_ids)))
    found: dict[str, list[Place]] = {each: [] for each in delegation_ids}
    for row in rows:
        found[row.delegation_id].append(Place(*row))
    return {key: tuple(places) for key, places in found.items()}


def _visits() -> Select[*tuple[Any, ...]]:
    """Every visit with its campaign and delegation, under the names of `PlannedVisit`."""
    return (
        select(
            Visit.id,
            Campaign.id.label("campaign_id"),
            Campaign.title.label("campaign_title"),
            *(getattr(Campaign, each.name) for each in fields(Grounds)),
            Campaign.host_unit_id,
            Campaign.host_path,
            Visit.delegation_id,
            Delegation.name.label("delegation_name"),
            Visit.unit_id,
            Visit.unit_name,
            Visit.unit_kind,
            Visit.unit_parent_name,
            Visit.unit_path,
            Visit.checklist_version_id,
            Visit.planned_on,
            Visit.state,
            Visit.signed_n,
            Visit.signed_hash,
            Visit.signed_at,
            Visit.recheck_of,
            Campaign.sample_data,
            Campaign.kind,
            Visit.surprise,
            Visit.planned_time,
            Visit.start_code,
            Visit.started_at,
        )
        .join(Campaign, Visit.campaign_id == Campaign.id)
        .join(Delegation, Visit.delegation_id == Delegation.id)
        .order_by(Visit.planned_on, SHOWN_NAME, Visit.id)
    )


def _load(statement: Select[*tuple[Any, ...]], *, cover: bool = True, **values: Any) -> tuple[PlannedVisit, ...]:
    rows = run(statement, **values).all()
    places = places_of({row.delegation_id for row in rows}) if rows else {}
    found = (_planned(row._asdict(), places[row.delegation_id]) for row in rows)
    return tuple(_covered(each) if cover and each.sealed else each for each in found)


def _covered(visit: PlannedVisit) -> PlannedVisit:
    return replace(
        visit, unit_id=0, unit_name=COVER, unit_kind="", unit_parent_name="", unit_path="", planned_time="",
        start_code="",
    )  # fmt: skip


def _planned(row: dict[str, Any], places: tuple[Place, ...]) -> PlannedVisit:
    grounds = {each.name: row.pop(each.name) for each in fields(Grounds)}
    return PlannedVisit(**row, grounds=Grounds(**grounds), places=places)


def grounds_of(campaign: Campaign) -> Grounds:
    """What a campaign's documents cite."""
    return Grounds(**{each.name: getattr(campaign, each.name) for each in fields(Grounds)})


_BY_ID = _visits().where(Visit.id.in_(bindparam("ids", expanding=True)))
_OF_MEMBER = _visits().where(
    Visit.delegation_id.in_(
        select(Member.delegation_id).where(Member.user_id == bindparam("user_id"), Member.removed_at.is_(None))
    )
)
_SIGNED_BEFORE = (
    select(Visit.id, Visit.planned_on, Visit.signed_n, Visit.checklist_version_id)
    .join(Campaign, Visit.campaign_id == Campaign.id)
    .where(
        Visit.unit_id == bindparam("unit_id"),
        Visit.id != bindparam("visit_id"),
        Visit.planned_on <= bindparam("day"),
        Visit.state == "signed",
        Visit.signed_n.is_not(None),
        Campaign.kind == bindparam("kind"),  # what a unit says of itself is no inspection's last time, nor the reverse
        Campaign.sample_data == bindparam("sample"),
        Campaign.host_path.like(bindparam("host")),  # paths are digits and slashes
    )
    .order_by(Visit.planned_on.desc(), Visit.signed_at.desc(), Visit.id)
    .limit(bindparam("at_most", type_=Integer))
)
_LEFT = (
    select(Visit.id)
    .where(
        Visit.delegation_id.in_(
            select(Member.delegation_id).where(Member.user_id == bindparam("user_id"), Member.removed_at.is_not(None))
        )
    )
    .order_by(Visit.id)
)
_PLACES = (
    select(
        Member.id,
        Member.delegation_id,
        Member.user_id,
        Member.is_lead,
        Member.duty,
        Member.added_at,
        Member.removed_at,
    )
    .where(Member.delegation_id.in_(bindparam("delegation_ids", expanding=True)))
    .order_by(Member.is_lead.desc(), Member.added_at, Member.id)
)


def delegations_of(user_id: str) -> Select[str]:
    """The delegations in which the person has a place now, as a selection."""
    return select(Member.delegation_id).where(Member.user_id == user_id, Member.removed_at.is_(None))


def subject_at(unit_path: str, host_path: str, places: tuple[Place, ...]) -> Subject:
    """What the permission rules need to know of something inspected by the people at those places."""
    present = [place for place in places if place.removed_at is None]
    return Subject(
        unit_path=unit_path,
        host_path=host_path,
        lead_ids=frozenset(place.user_id for place in present if place.is_lead),
        member_ids=frozenset(place.user_id for place in present),
        former_ids=frozenset(place.user_id for place in places if place.removed_at is not None),
    )


@dataclass(frozen=True)
class Booking:
    """Somebody of a delegation is already expected elsewhere on a day."""

    day: date
    user_id: str
    unit_name: str
    campaign_title: str


def bookings(delegation_id: str, days: Collection[date], *, but_visit: str = "") -> tuple[Booking, ...]:
    """Where the delegation's people are expected on those days, in any campaign, by day and unit."""
    people = select(Member.user_id).where(Member.delegation_id == delegation_id, Member.removed_at.is_(None))
    rows = db.session.execute(
        select(Visit.planned_on, Member.user_id, SHOWN_NAME, Campaign.title)
        .join(Member, Member.delegation_id == Visit.delegation_id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(
            Member.user_id.in_(people),
            Member.removed_at.is_(None),
            Visit.planned_on.in_(set(days)),
            Visit.state.in_(("planned", "open")),
            Visit.id != but_visit,
        )
        .order_by(Visit.planned_on, SHOWN_NAME, Visit.id, Member.user_id)
    )
    return tuple(Booking(*row) for row in rows)
