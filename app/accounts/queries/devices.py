"""Devices, as other features may ask about them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Device, User
from app.extensions import db


@dataclass(frozen=True, slots=True)
class Described:
    """What a device said of itself, and whether it was revoked."""

    id: str
    name: str
    app_version: str
    revoked: bool


def described(device_ids: Collection[str]) -> Mapping[str, Described]:
    """Devices by id, in one statement."""
    rows = db.session.execute(
        select(Device.id, Device.name, Device.app_version, Device.revoked_at).where(Device.id.in_(set(device_ids)))
    )
    return {row.id: Described(row.id, row.name, row.app_version, row.revoked_at is not None) for row in rows}


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A device in use by somebody who may sign in, and when it was last heard of."""

    id: str
    user_id: str
    name: str
    last_contact_at: datetime | None


def seen_since(moment: datetime, only: str | None = None) -> tuple[SeenDevice, ...]:
    """Devices in use that were heard of after a moment (or just one of them), the latest first."""
    seen = (
        select(Device.id, Device.user_id, Device.name, Device.last_contact_at)
        .join(User, User.id == Device.user_id)
        .where(Device.last_contact_at > moment, Device.revoked_at.is_(None), User.active)
    )
    if only is not None:
        seen = seen.where(Device.id == only)
    return tuple(
        SeenDevice(*row) for row in db.session.execute(seen.order_by(Device.last_contact_at.desc(), Device.id))
    )
