"""Planning visits on days, moving and cancelling them; and the mirror of what a visit's log says.

A visit keeps its unit and its delegation for ever, and its checklist version until its lead re-pins it: a phone may
already hold it. Who planned the wrong one cancels it, with the reason, and plans another.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import bindparam, select, update

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitEntry
from app.campaigns.actions.accesses import note_access
from app.campaigns.actions.trace import Step, campaign_to_change, need_reason, record
from app.campaigns.models import Campaign, Delegation, Visit
from app.campaigns.queries.planning import ON_THE_WAY, picked_among, visited
from app.domain.errors import Invalid, NotFound
from app.domain.permissions import Actor
from app.extensions import db, new_id, now, run


def plan_visits(
    actor: Actor,
    campaign_id: str,
    revision: int,
    delegation_id: str,
    days: Mapping[int, date],
    *,
    surprise_at: str = "",
) -> tuple[str, ...]:
    """Plan one visit of the delegation at each unit on its day; returns the visits' ids in the order of `days`.

    With a time (HH:MM) they are surprises: sealed until the lead starts each. The unit's name, kind and parent are
    kept as they are now. Raises what `campaign_to_change` raises, NotFound, and
    Invalid: `no_days`, `unit_not_picked`, `unit_has_visit`, `date_outside_period`, `unit_not_valid` (on that day).
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    delegation = db.session.get(Delegation, delegation_id)
    if delegation is None or delegation.campaign_id != campaign_id:
        raise NotFound("not_found")
    if not days:
        raise Invalid("no_days")
    if picked_among(campaign_id, days) != set(days):
        raise Invalid("unit_not_picked")
    taken = set(db.session.scalars(visited(campaign_id).where(Visit.unit_id.in_(set(days)))))
    units = directory.units(days)
    if taken:
        raise Invalid("unit_has_visit", units=sorted(units[unit_id].name for unit_id in taken))
    for unit_id, day in days.items():
        _check_day(campaign, units[unit_id], day)
    visits = [_visit(campaign, delegation_id, units[unit_id], day, surprise_at) for unit_id, day in days.items()]
    db.session.add_all(visits)
    db.session.flush()
    for visit in visits:
        values: list[Step] = [("planned_on", None, visit.planned_on), ("delegation", None, delegation.name)]
        record(actor, campaign_id, "visit_planned", values=values, about=visit.unit_name, visit_id=visit.id)
        if visit.surprise:
            note_access(visit.id, actor.user_id, "planned")
    db.session.flush()
    return tuple(visit.id for visit in visits)


def move_visit(actor: Actor, visit_id: str, revision: int, day: date, reason: str) -> None:
    """Move a visit that has not begun to another day.

    Raises what `campaign_to_change` raises, NotFound, and Invalid: `reason_missing`, `visit_begun`, `same_day`,
    `date_outside_period`, `unit_not_valid`, `visit_is_recheck` (its lead plans another).
    """
    visit, campaign = _visit_to_change(actor, visit_id, revision)
    reason = need_reason(reason)
    if visit.recheck_of is not None:
        raise Invalid("visit_is_recheck")
    if visit.state != "planned":
        raise Invalid("visit_begun")
    if day == visit.planned_on:
        raise Invalid("same_day")
    _check_day(campaign, directory.units([visit.unit_id])[visit.unit_id], day)
    values = [("planned_on", visit.planned_on, day)]
    visit.planned_on = day
    record(actor, campaign.id, "visit_moved", values=values, about=visit.unit_name, reason=reason, visit_id=visit_id)
    db.session.flush()


def cancel_visit(actor: Actor, visit_id: str, revision: int, reason: str) -> None:
    """Cancel a visit that was not signed. What was recorded stays in its log.

    Raises what `campaign_to_change` raises, NotFound, and Invalid: `reason_missing`, `visit_ended`.
    """
    visit, campaign = _visit_to_change(actor, visit_id, revision)
    reason = need_reason(reason)
    if visit.state not in ON_THE_WAY:
        raise Invalid("visit_ended")
    values = [("state", visit.state, "cancelled")]
    visit.state = "cancelled"
    record(
        actor, campaign.id, "visit_cancelled", values=values, about=visit.unit_name, reason=reason, visit_id=visit_id
    )
    db.session.flush()


def set_visit_state(
    visit_id: str, state: str, *, signed_n: int | None = None, signed_hash: str | None = None, at: datetime
) -> None:
    """Mirror on the visit what its log says; sync alone calls this, inside the push's transaction.

    `state` is planned, open, closed or signed; `signed_n` and `signed_hash` name the entry that completed the
    signatures, `at` the moment it was received. A cancelled visit stays cancelled unless both parties have signed:
    signed minutes prove that the visit took place. Raises NotFound.
    """
    signed = state == "signed"
    mirrored = run(
        _MIRROR_SIGNED if signed else _MIRROR_STATE,
        of=visit_id,
        to_state=state,
        n=signed_n if signed else None,
        hash=signed_hash if signed else None,
        at=at if signed else None,
    )
    if mirrored.rowcount == 0 and db.session.get(Visit, visit_id) is None:
        raise NotFound("not_found")


_MIRROR_SIGNED = (
    update(Visit)
    .where(Visit.id == bindparam("of"))
    .values(
        state=bindparam("to_state"), signed_n=bindparam("n"), signed_hash=bindparam("hash"), signed_at=bindparam("at")
    )
)
_MIRROR_STATE = _MIRROR_SIGNED.where(Visit.state != "cancelled")


def set_visit_started(visit_id: str, at: datetime) -> None:
    """Mirror on the visit that its lead has started it, received `at`; sync alone calls this. The first start counts.

    Raises NotFound.
    """
    visit = db.session.get(Visit, visit_id, with_for_update=True)
    if visit is None:
        raise NotFound("not_found")
    if visit.started_at is None:
        visit.started_at = at
        db.session.flush()


def set_visit_checklist(visit_id: str, version_id: str) -> None:
    """Mirror on the visit the checklist its log was re-pinned to; sync alone calls this. Raises NotFound."""
    visit = db.session.get(Visit, visit_id, with_for_update=True)
    if visit is None:
        raise NotFound("not_found")
    visit.checklist_version_id = version_id
    db.session.flush()


def _visit_to_change(actor: Actor, visit_id: str, revision: int) -> tuple[Visit, Campaign]:
    """Lock the campaign, then the visit, whose state a push may be changing."""
    campaign_id = db.session.scalar(select(Visit.campaign_id).where(Visit.id == visit_id))
    if campaign_id is None:
        raise NotFound("not_found")
    campaign = campaign_to_change(actor, campaign_id, revision)
    visit = db.session.scalars(
        select(Visit).where(Visit.id == visit_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return visit, campaign


def fresh_code() -> str:
    """Twelve digits to be read out in a hall: 40 bits, each guess of which costs 600,000 rounds (sync/packs.py)."""
    return f"{secrets.randbelow(10**12):012d}"


def _check_day(campaign: Campaign, unit: UnitEntry, day: date) -> None:
    if not campaign.starts_on <= day <= campaign.ends_on:
        raise Invalid("date_outside_period", unit=unit.name)
    check_unit(unit, day)


def check_unit(unit: UnitEntry, day: date) -> None:
    """Raise Invalid("unit_not_valid") unless the unit exists on that day."""
    begun = unit.valid_from is None or unit.valid_from <= day
    if not begun or (unit.valid_to is not None and unit.valid_to < day):
        raise Invalid("unit_not_valid", unit=unit.name)


def _visit(campaign: Campaign, delegation_id: str, unit: UnitEntry, day: date, surprise_at: str) -> Visit:
    return Visit(
        id=new_id(),
        campaign_id=campaign.id,
        delegation_id=delegation_id,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        unit_parent_name=unit.parent_name,
        unit_path=unit.path,
        checklist_version_id=campaign.checklist_version_id,
        planned_on=day,
        planned_time=surprise_at,
        surprise=bool(surprise_at),
        start_code=fresh_code() if surprise_at else "",
        state="planned",
        created_at=now(),
    )
