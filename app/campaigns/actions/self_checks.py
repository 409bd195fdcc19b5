"""A unit checks itself with the checklist it is inspected with: begun by its own people, or ordered by a campaign.

Each self-check is a campaign of its own with one visit, so that nothing which counts, ranks or concludes the visits of
an inspection ever meets it, and nobody sees another unit's through a shared one.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitEntry
from app.campaigns.actions.trace import campaign_to_change, record
from app.campaigns.actions.visits import check_unit
from app.campaigns.models import SELF_CHECK, Campaign, Delegation, Member, Visit
from app.campaigns.queries.planning import ON_THE_WAY, picked
from app.checklists import queries as checklists
from app.domain.errors import Invalid, NotAllowed
from app.domain.permissions import Actor, Role, Subject, may
from app.extensions import db, new_id, now

OPEN_FOR = timedelta(days=30)  # one that its own people begin; an ordered one has a date


def begin_self_check(actor: Actor, unit_id: int, version_id: str, *, today: date) -> str:
    """Begin a self-check of one's own unit; who begins leads it. Returns the visit's id.

    Raises NotAllowed, and Invalid: `checklist_withdrawn`, `unit_not_valid`, and `self_check_open` while one with the
    same checklist is under way.
    """
    unit = directory.units([unit_id]).get(unit_id)
    if unit is None or not may(actor, "self_check.begin", Subject(unit_path=unit.path, host_path=unit.path)):
        raise NotAllowed("not_allowed")
    version = checklists.version(version_id)
    if version.withdrawn:
        raise Invalid("checklist_withdrawn")
    check_unit(unit, today)
    if unit_id in _under_way([unit_id], version.slug):
        raise Invalid("self_check_open")
    people = _people([unit_id], today)[unit_id]
    team = (actor.user_id, *(each for each in people if each != actor.user_id))
    return _make(actor, unit, version.id, version.title, team, (today, today + OPEN_FOR), unit.id, unit.path)


def order_self_checks(actor: Actor, campaign_id: str, revision: int, due_on: date, *, today: date) -> tuple[int, int]:
    """Order a self-check of every unit picked for a campaign; its head leads it. Returns how many were ordered, and
    how many units were passed over for having no head, or one under way.

    Raises what `campaign_to_change` raises, and Invalid: `due_past`, `no_self_checks` when nothing is left to order.
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    if due_on < today:
        raise Invalid("due_past")
    version = checklists.version(campaign.checklist_version_id)
    units = directory.units(db.session.scalars(picked(campaign_id)).all())
    heads, people = directory.heads_on(units, today), _people(list(units), today)
    busy = _under_way(list(units), version.slug)
    ready = [unit for unit in units.values() if unit.id in heads and unit.id not in busy]
    if not ready:
        raise Invalid("no_self_checks")
    for unit in sorted(ready, key=lambda each: each.id):
        head = heads[unit.id].id
        team = (head, *(each for each in people[unit.id] if each != head))
        _make(
            actor, unit, version.id, campaign.title, team, (today, due_on), campaign.host_unit_id, campaign.host_path,
            ordered_by=campaign.id, sample_data=campaign.sample_data,
        )  # fmt: skip
    record(actor, campaign_id, "self_checks_ordered", values=[("ends_on", None, due_on)], about=f"{len(ready)} đơn vị")
    return len(ready), len(units) - len(ready)


def _under_way(unit_ids: Sequence[int], slug: str) -> frozenset[int]:
    """Which of these units have a self-check with this checklist that is neither signed nor cancelled."""
    versions = [each.id for each in checklists.versions_of(slug)]
    found = (
        select(Visit.unit_id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(
            Campaign.kind == SELF_CHECK,
            Visit.unit_id.in_(set(unit_ids)),
            Visit.state.in_(ON_THE_WAY),
            Visit.checklist_version_id.in_(versions),
        )
    )
    return frozenset(db.session.scalars(found))


def _people(unit_ids: Sequence[int], on: date) -> dict[int, tuple[str, ...]]:
    """The head and staff of each unit, each person once."""
    heads = directory.holders(Role.WARD_HEAD, on, unit_ids)
    staff = directory.holders(Role.WARD_OFFICER, on, unit_ids)
    return {each: tuple(dict.fromkeys((*heads.get(each, ()), *staff.get(each, ())))) for each in unit_ids}


def _make(
    actor: Actor, unit: UnitEntry, version_id: str, about: str, team: Sequence[str], period: tuple[date, date],
    host_unit_id: int, host_path: str, *, ordered_by: str | None = None, sample_data: bool = False,
) -> str:  # fmt: skip
    """The campaign, its delegation of the unit's own people (the first leads) and the visit."""
    at, starts_on, ends_on = now(), *period
    campaign = Campaign(
        id=new_id(),
        title=f"Tự kiểm tra: {about}"[:300],
        host_unit_id=host_unit_id,
        host_path=host_path,
        checklist_version_id=version_id,
        starts_on=starts_on,
        ends_on=ends_on,
        kind=SELF_CHECK,
        ordered_by_id=ordered_by,
        sample_data=sample_data,
        created_by=actor.user_id,
        created_at=at,
        state="active",
        revision=1,
    )
    delegation = Delegation(id=new_id(), campaign_id=campaign.id, name=f"{unit.name} tự kiểm tra"[:200])
    visit = Visit(
        id=new_id(),
        campaign_id=campaign.id,
        delegation_id=delegation.id,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        unit_parent_name=unit.parent_name,
        unit_path=unit.path,
        checklist_version_id=version_id,
        planned_on=ends_on if ordered_by else starts_on,
        state="planned",
        created_at=at,
    )
    db.session.add(campaign)
    db.session.flush()
    db.session.add(delegation)
    db.session.flush()
    db.session.add_all(
        Member(
            id=new_id(), delegation_id=delegation.id, user_id=each, is_lead=place == 0, added_at=at,
            duty="Người phụ trách" if place == 0 else "Người tham gia",
        )
        for place, each in enumerate(team)
    )  # fmt: skip
    db.session.add(visit)
    db.session.flush()
    record(actor, campaign.id, "self_check_begun", about=unit.name, visit_id=visit.id)
    return visit.id
