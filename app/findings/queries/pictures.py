"""The pictures that visible signatures show: whose they are now, and who gave them when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.accounts.queries import authorities, directory, units
from app.domain.errors import NotFound
from app.domain.permissions import Actor
from app.extensions import db
from app.findings.models import SigningPicture

SEAL = "seal"


@dataclass(frozen=True)
class Holder:
    """The unit (its seal) or somebody who signs for it, with the picture in use, if any."""

    whose: str  # `seal`, or a person's id
    name: str
    picture_id: str = ""
    width_mm: int | None = None
    given_by: str = ""
    given_at: datetime | None = None


def in_use(unit_id: int, user_id: str | None) -> SigningPicture | None:
    """The picture of a person who signs for a unit; without a person, the unit's seal."""
    own = SigningPicture.user_id.is_(None) if user_id is None else SigningPicture.user_id == user_id
    return db.session.scalar(
        select(SigningPicture)
        .where(SigningPicture.unit_id == unit_id, own, SigningPicture.ended_at.is_(None))
        .order_by(SigningPicture.given_at.desc(), SigningPicture.id)
        .limit(1)
    )


def holders(actor: Actor, unit_id: int, today: date) -> Sequence[Holder]:
    """Of a unit the actor administers: its seal, its head, its deputies. Raises NotFound for another unit."""
    unit = units.managed_unit(actor, unit_id)
    people = {SEAL: f"Con dấu {unit.name}"}
    head = directory.heads_on([unit_id], today).get(unit_id)
    people |= {head.id: head.name} if head else {}
    people |= {each.id: each.name for each in authorities.deputies_of(unit_id, today)}
    rows = db.session.scalars(
        select(SigningPicture)
        .where(SigningPicture.unit_id == unit_id, SigningPicture.ended_at.is_(None))
        .order_by(SigningPicture.given_at, SigningPicture.id)
    ).all()
    found = {row.user_id or SEAL: row for row in rows}
    names = directory.names_of_people({row.given_by for row in rows})
    return [
        Holder(whose, name, row.id, row.width_mm, names[row.given_by], row.given_at)
        if (row := found.get(whose))
        else Holder(whose, name)
        for whose, name in people.items()
    ]


def picture(actor: Actor, unit_id: int, picture_id: str) -> bytes:
    """A picture in use, for whoever administers the unit; raises NotFound."""
    units.managed_unit(actor, unit_id)
    row = db.session.get(SigningPicture, picture_id)
    if row is None or row.unit_id != unit_id or row.ended_at is not None:
        raise NotFound("not_found")
    return row.png
