"""Devices, as other features may ask about them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.models import Device
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
