"""Who could know of a surprise visit before it started."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.queries import directory
from app.campaigns.models import VisitAccess
from app.extensions import db


@dataclass(frozen=True)
class Access:
    """One person, one way (see `VisitAccess`), from when to when, how often."""

    user_id: str
    name: str
    how: str
    first_at: datetime
    last_at: datetime
    times: int


def accesses_of(visit_id: str) -> tuple[Access, ...]:
    """In the order in which they came to know; two statements."""
    rows = db.session.scalars(
        select(VisitAccess)
        .where(VisitAccess.visit_id == visit_id)
        .order_by(VisitAccess.first_at, VisitAccess.user_id, VisitAccess.how)
    ).all()
    names = directory.names_of_people({row.user_id for row in rows})
    return tuple(
        Access(row.user_id, names.get(row.user_id, "–"), row.how, row.first_at, row.last_at, row.times) for row in rows
    )


def known_on_phones(visit_ids: Collection[str], user_id: str) -> frozenset[str]:
    """Those of the visits that the person's phone has already been told of."""
    found = select(VisitAccess.visit_id).where(
        VisitAccess.visit_id.in_(set(visit_ids)), VisitAccess.user_id == user_id, VisitAccess.how == "phone"
    )
    return frozenset(db.session.scalars(found)) if visit_ids else frozenset()
