"""Devices: enrolling one, noticing that its store was lost, its tickets, and what it says it still owes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, bindparam, delete, select, update

from app.accounts.actions.incidents import ToldIncident, record_incidents
from app.accounts.actions.trace import record
from app.accounts.models import Device, DeviceTicket, Session
from app.accounts.queries import sessions as queries
from app.domain.errors import NotFound
from app.domain.permissions import Actor
from app.domain.vietnamese import search_key
from app.extensions import db, new_id, now, run

SEEN_EVERY = timedelta(minutes=5)
TICKETS_KEPT = 8  # of one device; an exported file may carry an older one


@dataclass(frozen=True)
class DeviceClaim:
    """What an installed field client says of itself.

    `id` if its store remembers one; `remembered` are the devices the browser's cookie names, the latest first;
    `wants_ticket`: the store holds no ticket.
    """

    id: str | None
    name: str
    app_version: str
    wants_ticket: bool = False
    remembered: Sequence[str] = ()


@dataclass(frozen=True)
class LostStore:
    """What a device last said it owed before its store was lost; `last_contact_at` says when that was."""

    incident_id: str
    device_name: str
    pending_ops: int
    pending_blobs: int
    last_contact_at: datetime | None


@dataclass(frozen=True)
class EnrolledDevice:
    """A device with the ticket that was just issued to it, which exists only here and on the device."""

    id: str
    ticket: str | None = None
    lost: LostStore | None = None


def enrol(user_id: str, claim: DeviceClaim, at: datetime) -> EnrolledDevice:
    """Continue the person's own device, or enrol a new one. A revoked or foreign id is never continued.

    A store that remembers no device although the browser has been one was thrown away: that is written down and told.
    """
    device = _own(user_id, [claim.id]) if claim.id else None
    lost = None
    if device is None and claim.id is None:
        device = _own(user_id, claim.remembered)
        if device is not None and _has_spoken(device):
            lost = _note_lost_store(device, at)
    if device is None:
        device = Device(id=new_id(), user_id=user_id, enrolled_at=at, pending_ops=0, pending_blobs=0)
        db.session.add(device)
    device.name = claim.name[:150]
    device.search_key = search_key(device.name)[:200]
    device.app_version = claim.app_version[:40]
    device.last_contact_at = at
    db.session.flush()
    # A ticket that its store holds from a device it cannot continue says nothing for this one.
    wanted = claim.wants_ticket or claim.id not in (None, device.id)
    return EnrolledDevice(device.id, _issue_ticket(device.id, at) if wanted else None, lost)


def _own(user_id: str, ids: Sequence[str]) -> Device | None:
    """The first of these devices that is the person's and still in use."""
    mine = select(Device).where(Device.id.in_(ids), Device.user_id == user_id, Device.revoked_at.is_(None))
    found = {device.id: device for device in db.session.scalars(mine)}
    return next((found[each] for each in ids if each in found), None)


def _has_spoken(device: Device) -> bool:
    """Whether it was heard of after its enrolment; else the reply may have been lost, and nothing with it."""
    return device.last_contact_at is not None and device.last_contact_at > device.enrolled_at


def _note_lost_store(device: Device, at: datetime) -> LostStore:
    lost = LostStore(new_id(), device.name, device.pending_ops, device.pending_blobs, device.last_contact_at)
    when = lost.last_contact_at.isoformat(timespec="seconds") if lost.last_contact_at else "–"
    detail = f"Lần liên lạc cuối ({when}) máy còn nợ {lost.pending_ops} thay đổi và {lost.pending_blobs} ảnh"
    record_incidents(device.user_id, device.id, [ToldIncident(lost.incident_id, "storage_lost", detail=detail)], at)
    device.pending_ops = device.pending_blobs = 0
    return lost


def _issue_ticket(device_id: str, at: datetime) -> str:
    """A new ticket of 256 random bits; the oldest of many is forgotten."""
    ticket = secrets.token_urlsafe(32)
    db.session.add(DeviceTicket(ticket_hash=queries.token_hash(ticket), device_id=device_id, issued_at=at))
    db.session.flush()
    of_device = select(DeviceTicket.ticket_hash).where(DeviceTicket.device_id == device_id)
    kept = of_device.order_by(DeviceTicket.issued_at.desc(), DeviceTicket.ticket_hash).limit(TICKETS_KEPT)
    old = db.session.scalars(of_device.where(DeviceTicket.ticket_hash.not_in(kept))).all()
    if old:
        db.session.execute(delete(DeviceTicket).where(DeviceTicket.ticket_hash.in_(old)))
    return ticket


def enrol_device(actor: Actor, session_id: str, claim: DeviceClaim) -> EnrolledDevice:
    """Tie a session that began on the desk to the field client that now uses it."""
    session = db.session.scalar(select(Session).where(Session.id == session_id, Session.user_id == actor.user_id))
    if session is None:
        raise NotFound("not_found")
    enrolled = enrol(actor.user_id, claim, now())
    session.device_id = enrolled.id
    db.session.flush()
    return enrolled


def revoke_device(actor: Actor, user_id: str, device_id: str) -> None:
    """Revoke a person's device: its sessions and tickets end at once, and it is told so when it speaks next."""
    device = db.session.scalar(select(Device).where(Device.id == device_id, Device.user_id == user_id))
    if device is None:
        raise NotFound("not_found")
    if device.revoked_at is not None:
        return
    at = now()
    device.revoked_at = at
    device.revoked_by = actor.user_id
    db.session.execute(
        update(Session).where(Session.device_id == device_id, Session.ended_at.is_(None)).values(ended_at=at)
    )
    record(actor, "device_revoked", f"user/{user_id}", f"Thu hồi thiết bị “{device.name}”")


def note_contact(device_id: str, *, pending_ops: Any, pending_blobs: Any) -> None:
    """Note that a device was heard of and what it still owes: at most every five minutes unless that changes.

    The numbers may be SQL expressions over `:device_id`, so that whoever keeps them by visit has them added up here.
    """
    at = now()
    run(_noting(pending_ops, pending_blobs), device_id=device_id, at=at, due=at - SEEN_EVERY)


@lru_cache(maxsize=8)
def _noting(pending_ops: Any, pending_blobs: Any) -> Executable:
    changed = (Device.pending_ops != pending_ops) | (Device.pending_blobs != pending_blobs)
    last = Device.last_contact_at
    stale = last.is_(None) | (last <= bindparam("due")) | (last <= Device.enrolled_at)
    return (
        update(Device)
        .where(Device.id == bindparam("device_id"), changed | stale)
        .values(last_contact_at=bindparam("at"), pending_ops=pending_ops, pending_blobs=pending_blobs)
    )
