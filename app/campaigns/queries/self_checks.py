"""Self-checks: whose a person may see, and which one stands beside an inspection."""

from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from app.campaigns.models import SELF_CHECK, Campaign, Visit
from app.campaigns.queries.visits import PlannedVisit, delegations_of, planned_visit, planned_visits
from app.checklists import queries as checklists
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role, may
from app.extensions import db

OVERSEERS = (Role.ADMINISTRATOR, Role.VICE_CHAIR)
WARD = (Role.WARD_HEAD, Role.WARD_OFFICER)


def self_check(actor: Actor, visit_id: str) -> PlannedVisit:
    """A self-check the actor may see; raises NotFound for a missing one, a hidden one and an inspection alike."""
    found = planned_visit(visit_id)
    if found.kind != SELF_CHECK or not may(actor, "self_check.see", found.subject):
        raise NotFound("not_found")
    return found


def count_self_checks(actor: Actor) -> int:
    """How many self-checks the actor may see."""
    return db.session.scalar(select(func.count()).select_from(_seen(actor).subquery())) or 0


def self_checks(actor: Actor, *, limit: int, offset: int = 0) -> tuple[PlannedVisit, ...]:
    """One page of them, the latest first."""
    ids = list(db.session.scalars(_seen(actor).limit(limit).offset(offset)))
    visits = planned_visits(ids)
    return tuple(visits[each] for each in ids)


def beside(visit: PlannedVisit) -> PlannedVisit | None:
    """The last finished self-check of the unit with the same checklist that was begun before this inspection's day
    was over; for a self-check, the next inspection of it. None if there is none."""
    slug = checklists.version(visit.checklist_version_id).slug
    same = [each.id for each in checklists.versions_of(slug)]
    is_self = visit.kind == SELF_CHECK
    conditions = [
        Visit.unit_id == visit.unit_id,
        Visit.checklist_version_id.in_(same),
        Visit.recheck_of.is_(None),
        Campaign.kind != SELF_CHECK if is_self else Campaign.kind == SELF_CHECK,
        Visit.state == "signed" if is_self else Visit.state.in_(("closed", "signed")),
        Visit.planned_on >= visit.planned_on if is_self else Visit.planned_on <= visit.planned_on,
    ]
    order = Visit.planned_on if is_self else Visit.planned_on.desc()
    found = db.session.scalar(
        select(Visit.id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(*conditions)
        .order_by(order, Visit.id)
        .limit(1)
    )
    return planned_visit(found) if found else None


def _seen(actor: Actor) -> Select[str]:
    """The ids of the self-checks in reach: `self_check.see` as a condition."""
    return (
        select(Visit.id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(
            Campaign.kind == SELF_CHECK,
            or_(
                Visit.delegation_id.in_(delegations_of(actor.user_id)),
                *_below(Campaign.host_path, actor, OVERSEERS),
                *_below(Visit.unit_path, actor, WARD),
                false(),
            ),
        )
        .order_by(Visit.created_at.desc(), Visit.id)
    )


def _below(column: Any, actor: Actor, roles: tuple[Role, ...]) -> list[ColumnElement[bool]]:
    paths = sorted({grant.unit_path for grant in actor.grants if grant.role in roles})
    return [column.startswith(path, autoescape=True) for path in paths]
