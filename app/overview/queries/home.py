"""What concerns a person today, in a fixed number of statements however much there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from app.campaigns.models import INSPECTION, Campaign, Delegation, Member, Visit
from app.domain.permissions import Actor, Role
from app.extensions import db
from app.findings.models import Conclusion, ConclusionChecker
from app.remediation import queries as remediation
from app.sync.models import VisitHead

DIRECTORS = frozenset({Role.ADMINISTRATOR, Role.VICE_CHAIR})
WARD_ROLES = frozenset({Role.WARD_HEAD, Role.WARD_OFFICER})


@dataclass(frozen=True)
class CampaignCard:
    """A campaign under way: how many of its visits that the person oversees are in each state."""

    id: str
    title: str
    starts_on: date
    ends_on: date
    sample_data: bool
    visits: Mapping[str, int]
    may_compare: bool

    @property
    def total(self) -> int:
        return sum(number for state, number in self.visits.items() if state != "cancelled")


@dataclass(frozen=True)
class Home:
    """Counts within the person's reach; conclusions and tasks by state, `issued` those of the person's own units."""

    campaigns: tuple[CampaignCard, ...]
    conclusions: Mapping[str, int]
    unconcluded: int
    tasks: Mapping[str, int]
    overdue: int
    contested: int
    held: int
    visits_today: int
    issued: int
    to_check: int


@dataclass(frozen=True)
class _VisitCounts:
    unconcluded: int
    today: int
    contested: int
    held: int


def home_of(actor: Actor, today: date) -> Home:
    """What concerns the actor, in six statements."""
    overseen, owned = _overseen(actor), _owned(actor)
    visits = _visit_counts(overseen, today)
    conclusions, issued = _conclusions(overseen, owned)
    tasks = remediation.counts(actor, today)
    return Home(
        campaigns=_cards(actor, overseen),
        conclusions=conclusions,
        unconcluded=visits.unconcluded,
        tasks=tasks.states,
        overdue=tasks.overdue,
        contested=visits.contested,
        held=visits.held,
        visits_today=visits.today,
        issued=issued,
        to_check=_to_check(actor),
    )


def _below(column: Any, actor: Actor, roles: frozenset[Role]) -> list[ColumnElement[bool]]:
    paths = sorted({grant.unit_path for grant in actor.grants if grant.role in roles})
    return [column.startswith(path, autoescape=True) for path in paths]


def _overseen(actor: Actor) -> ColumnElement[bool]:
    """Visits of campaigns run from a unit in reach, or of a delegation the person is in."""
    mine = select(Member.delegation_id).where(Member.user_id == actor.user_id, Member.removed_at.is_(None))
    return or_(Visit.delegation_id.in_(mine), *_below(Campaign.host_path, actor, DIRECTORS))


def _owned(actor: Actor) -> ColumnElement[bool]:
    """Visits to the units the person works for."""
    return or_(false(), *_below(Visit.unit_path, actor, WARD_ROLES))


def _visit_counts(overseen: ColumnElement[bool], today: date) -> _VisitCounts:
    waits = and_(Visit.state == "signed", Visit.recheck_of.is_(None), Conclusion.id.is_(None))
    is_today = and_(Visit.planned_on == today, Visit.state != "cancelled")
    row = db.session.execute(
        select(
            func.coalesce(func.sum(case((waits, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_today, 1), else_=0)), 0),
            func.coalesce(func.sum(VisitHead.contested), 0),
            func.coalesce(func.sum(VisitHead.held), 0),
        )
        .select_from(Visit)
        .join(Campaign, Visit.campaign_id == Campaign.id)
        .outerjoin(Conclusion, Conclusion.visit_id == Visit.id)
        .outerjoin(VisitHead, VisitHead.visit_id == Visit.id)
        .where(overseen, Campaign.kind == INSPECTION)
    ).one()
    return _VisitCounts(*(int(number) for number in row))


def _to_check(actor: Actor) -> int:
    """How many conclusions stand at a step that the actor is named for."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ConclusionChecker)
            .join(Conclusion, Conclusion.id == ConclusionChecker.conclusion_id)
            .where(
                ConclusionChecker.user_id == actor.user_id,
                ConclusionChecker.step == Conclusion.chain_step,
                Conclusion.state == "checking",
            )
        )
        or 0
    )


def _conclusions(overseen: ColumnElement[bool], owned: ColumnElement[bool]) -> tuple[dict[str, int], int]:
    rows = db.session.execute(
        select(
            Conclusion.state,
            func.coalesce(func.sum(case((overseen, 1), else_=0)), 0),
            func.coalesce(func.sum(case((owned, 1), else_=0)), 0),
        )
        .join(Visit, Conclusion.visit_id == Visit.id)
        .join(Campaign, Visit.campaign_id == Campaign.id)
        .where(or_(overseen, owned))
        .group_by(Conclusion.state)
    ).all()
    issued = sum(int(own) for state, _, own in rows if state == "issued")
    return {state: int(number) for state, number, _ in rows}, issued


def _cards(actor: Actor, overseen: ColumnElement[bool]) -> tuple[CampaignCard, ...]:
    """Campaigns under way, those without a visit yet included, in one statement."""
    cards: dict[str, CampaignCard] = {}
    for row in _card_rows(actor, overseen):
        known = cards.get(row.id)
        directs = bool(row.leads) or actor.reaches(row.host_path, *DIRECTORS)
        cards[row.id] = CampaignCard(
            id=row.id,
            title=row.title,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            sample_data=row.sample_data,
            visits={**(known.visits if known else {}), **({row.state: row.number} if row.state else {})},
            may_compare=directs or (known is not None and known.may_compare),
        )
    return tuple(cards.values())


def _card_rows(actor: Actor, overseen: ColumnElement[bool]) -> Sequence[Any]:
    leads = select(Member.delegation_id).where(
        Member.user_id == actor.user_id, Member.removed_at.is_(None), Member.is_lead
    )
    mine = (
        select(Delegation.campaign_id)
        .join(Member, Member.delegation_id == Delegation.id)
        .where(Member.user_id == actor.user_id, Member.removed_at.is_(None))
    )
    columns = (Campaign.id, Campaign.title, Campaign.starts_on, Campaign.ends_on, Campaign.sample_data)
    statement = (
        select(
            *columns,
            Campaign.host_path,
            Visit.state,
            func.count(Visit.id).label("number"),
            func.max(case((Visit.delegation_id.in_(leads), 1), else_=0)).label("leads"),
        )
        .select_from(Campaign)
        .outerjoin(Visit, and_(Visit.campaign_id == Campaign.id, Visit.recheck_of.is_(None), overseen))
        .where(
            Campaign.state == "active",
            Campaign.kind == INSPECTION,
            or_(Campaign.id.in_(mine), *_below(Campaign.host_path, actor, DIRECTORS)),
        )
        .group_by(*columns, Campaign.host_path, Visit.state)
        .order_by(Campaign.starts_on.desc(), Campaign.id)
    )
    return db.session.execute(statement).all()
