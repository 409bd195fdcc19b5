"""The links that enrol phones, as their person and the administrator see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Device, Enrolment, User
from app.extensions import db

SHOWN = 10


@dataclass(frozen=True)
class EnrolmentRow:
    """A link by its id: never what opens it."""

    id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    made_by: str
    device_name: str | None

    def is_open(self, at: datetime) -> bool:
        """Whether it could still be used."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > at


def enrolments_of(user_id: str) -> Sequence[EnrolmentRow]:
    """The latest links of a person, the newest first."""
    rows = db.session.execute(
        select(
            Enrolment.id,
            Enrolment.created_at,
            Enrolment.expires_at,
            Enrolment.used_at,
            Enrolment.revoked_at,
            User.name,
            Device.name,
        )
        .join(User, User.id == Enrolment.created_by)
        .outerjoin(Device, Device.id == Enrolment.device_id)
        .where(Enrolment.user_id == user_id)
        .order_by(Enrolment.created_at.desc(), Enrolment.id)
        .limit(SHOWN)
    )
    return [EnrolmentRow(*row) for row in rows]
