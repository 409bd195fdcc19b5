"""Writing down who could know of a surprise visit before it started."""

from typing import Literal

from sqlalchemy.dialects import postgresql, sqlite

from app.campaigns.models import VisitAccess
from app.extensions import db, is_postgresql, now

How = Literal["planned", "opened", "phone", "pack"]


def note_access(visit_id: str, user_id: str, how: How) -> None:
    """One row for a person and a way; the next time of it moves `last_at` and is counted."""
    at = now()
    row = {"visit_id": visit_id, "user_id": user_id, "how": how, "first_at": at, "last_at": at, "times": 1}
    dialect = postgresql if is_postgresql() else sqlite
    again = {"last_at": at, "times": VisitAccess.times + 1}
    db.session.execute(
        dialect.insert(VisitAccess)
        .values(**row)
        .on_conflict_do_update(index_elements=["visit_id", "user_id", "how"], set_=again)
    )
