"""Devices in the field: whose they are, when they were last heard of, what they owe, which have fallen silent.

An administrator sees the devices of the people in reach; a vice-chair or a lead those that opened a visit of theirs.
However many units there are, a page of the list is two statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, not_, or_, select

from app.accounts.models import Appointment, Device, Incident, Unit, User
from app.accounts.queries.units import in_reach
from app.campaigns.models import Campaign, Member, Visit
from app.campaigns.queries.visits import SEALED, SHOWN_NAME
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Role
from app.domain.vietnamese import search_key
from app.extensions import db
from app.sync.models import VisitContact

SILENT_AFTER = timedelta(hours=24)  # with a visit under way
OWING_AFTER = timedelta(hours=4)  # with something it said it had yet to send
UNDER_WAY = ("open", "closed")
STATES = ("silent", "owing", "incidents", "revoked")


@dataclass(frozen=True)
class DeviceSearch:
    """What is looked for; empty means everything. `state` is one of `STATES`."""

    text: str = ""
    state: str = ""


@dataclass(frozen=True)
class DeviceRow:
    """A device of the list. `silent`: opened a visit under way and was not heard of for a day, or owes for hours."""

    id: str
    user_id: str
    owner: str
    name: str
    app_version: str
    enrolled_at: datetime
    last_contact_at: datetime | None
    pending_ops: int
    pending_blobs: int
    revoked_at: datetime | None
    visits: int
    incidents: int
    silent: bool


@dataclass(frozen=True)
class VisitLine:
    """A visit that a device has opened."""

    id: str
    unit_name: str
    planned_on: date
    state: str
    opened_at: datetime
    last_at: datetime
    n: int
    pending_ops: int
    pending_blobs: int
    silent: bool


@dataclass(frozen=True)
class IncidentLine:
    """Something that must not happen to a phone."""

    kind: str
    detail: str
    said_at: str
    received_at: datetime
    unit_name: str


def number_of_devices(actor: Actor, search: DeviceSearch, at: datetime) -> int:
    """How many devices the actor may see and looks for."""
    counted = select(func.count()).select_from(Device).join(User, User.id == Device.user_id)
    return db.session.scalar(counted.where(*_conditions(actor, search, at))) or 0


def devices_found(
    actor: Actor, search: DeviceSearch, at: datetime, *, limit: int, offset: int = 0
) -> Sequence[DeviceRow]:
    """One page of them: the silent ones first, then the latest heard of."""
    silent = case((_is_silent(at), 1), else_=0)
    rows = db.session.execute(
        _rows(at)
        .where(*_conditions(actor, search, at))
        .order_by(silent.desc(), Device.last_contact_at.desc().nulls_last(), Device.id)
        .limit(limit)
        .offset(offset)
    )
    return [_device(row) for row in rows]


def device_row(actor: Actor, device_id: str, at: datetime) -> DeviceRow:
    """One device. Raises NotFound for a missing and for a hidden one alike."""
    row = db.session.execute(_rows(at).where(Device.id == device_id, _is_seen(actor))).first()
    if row is None:
        raise NotFound("not_found")
    return _device(row)


def visits_of(actor: Actor, device_id: str, at: datetime, limit: int = 200) -> Sequence[VisitLine]:
    """The visits of a device that the actor oversees, the latest heard of first."""
    rows = db.session.execute(
        select(
            Visit.id,
            Visit.unit_name,
            Visit.planned_on,
            Visit.state,
            VisitContact.opened_at,
            VisitContact.last_at,
            VisitContact.n,
            VisitContact.pending_ops,
            VisitContact.pending_blobs,
            case((_contact_is_silent(at), 1), else_=0),
        )
        .join(Visit, Visit.id == VisitContact.visit_id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(VisitContact.device_id == device_id, _overseen(actor), not_(SEALED))
        .order_by(VisitContact.last_at.desc(), Visit.id)
        .limit(limit)
    )
    return [VisitLine(*_with_flag(row)) for row in rows]


def incidents_of(device_id: str, limit: int = 100) -> Sequence[IncidentLine]:
    """What happened to a device, the latest first."""
    rows = db.session.execute(
        select(Incident.kind, Incident.detail, Incident.said_at, Incident.received_at, SHOWN_NAME)
        .outerjoin(Visit, Visit.id == Incident.visit_id)
        .where(Incident.device_id == device_id)
        .order_by(Incident.received_at.desc(), Incident.id)
        .limit(limit)
    )
    return [
        IncidentLine(kind, detail, said, received, unit_name=name or "") for kind, detail, said, received, name in rows
    ]


def _with_flag(row: Row[Any]) -> Sequence[Any]:
    """A row whose last column is a number that stands for a truth."""
    return (*row[:-1], bool(row[-1]))


def _device(row: Row[Any]) -> DeviceRow:
    return DeviceRow(*_with_flag(row))


def _rows(at: datetime) -> Select[*tuple[Any, ...]]:
    contacts = select(func.count()).where(VisitContact.device_id == Device.id).correlate(Device).scalar_subquery()
    incidents = select(func.count()).where(Incident.device_id == Device.id).correlate(Device).scalar_subquery()
    return select(
        Device.id,
        Device.user_id,
        User.name,
        Device.name,
        Device.app_version,
        Device.enrolled_at,
        Device.last_contact_at,
        Device.pending_ops,
        Device.pending_blobs,
        Device.revoked_at,
        contacts,
        incidents,
        case((_is_silent(at), 1), else_=0),
    ).join(User, User.id == Device.user_id)


def _conditions(actor: Actor, search: DeviceSearch, at: datetime) -> list[ColumnElement[bool]]:
    conditions = [_is_seen(actor)]
    if search.text:
        wanted = search_key(search.text)
        found = [User.search_key.contains(wanted, autoescape=True), Device.search_key.contains(wanted, autoescape=True)]
        conditions.append(or_(*found))
    states: dict[str, ColumnElement[bool]] = {
        "silent": _is_silent(at),
        "owing": and_(or_(Device.pending_ops > 0, Device.pending_blobs > 0), Device.revoked_at.is_(None)),
        "incidents": select(Incident.id).where(Incident.device_id == Device.id).correlate(Device).exists(),
        "revoked": Device.revoked_at.is_not(None),
    }
    if search.state in states:
        conditions.append(states[search.state])
    return conditions


def _is_seen(actor: Actor) -> ColumnElement[bool]:
    """The person's own, those of people in an administrator's reach, those that opened a visit the actor directs."""
    managed = (
        select(Appointment.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.user_id == Device.user_id, in_reach(actor, Role.ADMINISTRATOR))
        .correlate(Device)
        .exists()
    )
    opened = (
        select(VisitContact.visit_id)
        .join(Visit, Visit.id == VisitContact.visit_id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(VisitContact.device_id == Device.id, _overseen(actor))
        .correlate(Device)
        .exists()
    )
    return or_(Device.user_id == actor.user_id, managed, opened)


def _overseen(actor: Actor) -> ColumnElement[bool]:
    """Visits whose delegation the actor leads, and those of campaigns run within an office's reach."""
    led = select(Member.delegation_id).where(
        Member.user_id == actor.user_id, Member.removed_at.is_(None), Member.is_lead
    )
    reach = {grant.unit_path for grant in actor.grants if grant.role in {Role.ADMINISTRATOR, Role.VICE_CHAIR}}
    hosted = [Campaign.host_path.startswith(path, autoescape=True) for path in sorted(reach)]
    return or_(Visit.delegation_id.in_(led), false(), *hosted)


def _is_silent(at: datetime) -> ColumnElement[bool]:
    """A device in use that is silent about one of its visits."""
    quiet = (
        select(VisitContact.visit_id)
        .join(Visit, Visit.id == VisitContact.visit_id)
        .where(VisitContact.device_id == Device.id, _contact_is_silent(at))
        .correlate(Device)
        .exists()
    )
    return and_(Device.revoked_at.is_(None), quiet)


def _contact_is_silent(at: datetime) -> ColumnElement[bool]:
    owes = or_(VisitContact.pending_ops > 0, VisitContact.pending_blobs > 0)
    return or_(
        and_(Visit.state.in_(UNDER_WAY), VisitContact.last_at < at - SILENT_AFTER),
        and_(owes, VisitContact.last_at < at - OWING_AFTER),
    )
