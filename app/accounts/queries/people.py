"""People, their appointments, and what was done to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts.models import Appointment, Unit
from app.extensions import db


@dataclass(frozen=True)
class Held:
    """An appointment with the unit's name. `phase` is past, present or future."""

    id: str
    user_id: str
    unit_id: int
    unit_name: str
    unit_path: str
    role: str
    title: str
    starts_on: date | None
    ends_on: date | None
    phase: str


def _phase(starts_on: date | None, ends_on: date | None, today: date) -> str:
    if ends_on is not None and ends_on < today:
        return "past"
    return "future" if starts_on is not None and starts_on > today else "present"


def appointments_of(user_ids: Sequence[str], today: date) -> dict[str, list[Held]]:
    """The appointments of several people at once, each person's latest first."""
    held: dict[str, list[Held]] = {user_id: [] for user_id in user_ids}
    rows = db.session.execute(
        select(Appointment, Unit.name, Unit.path)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.user_id.in_(user_ids))
        .order_by(Appointment.ends_on.is_not(None), Appointment.starts_on.desc(), Appointment.id)
    )
    for appointment, unit_name, unit_path in rows:
        held[appointment.user_id].append(
            Held(
                id=appointment.id,
                user_id=appointment.user_id,
                unit_id=appointment.unit_id,
                unit_name=unit_name,
                unit_path=unit_path,
                role=appointment.role,
                title=appointment.title,
                starts_on=appointment.starts_on,
                ends_on=appointment.ends_on,
                phase=_phase(appointment.starts_on, appointment.ends_on, today),
            )
        )
    return held
