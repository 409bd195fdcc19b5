"""A person's own list of notices."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.extensions import db
from app.notices.models import Notice

MOST_UNREAD = 100  # counted no further


def unread(user_id: str) -> int:
    """How many that are still true are not read yet, at most 100: it stands on every page."""
    new = (Notice.user_id == user_id, Notice.read_at.is_(None), Notice.lapsed_at.is_(None))
    few = select(Notice.id).where(*new).limit(MOST_UNREAD)
    return db.session.scalar(select(func.count()).select_from(few.subquery())) or 0


def number_of(user_id: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Notice).where(Notice.user_id == user_id)) or 0


def page_of(user_id: str, *, limit: int, offset: int) -> Sequence[Notice]:
    """One page, the newest first."""
    return db.session.scalars(
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(Notice.created_at.desc(), Notice.id)
        .limit(limit)
        .offset(offset)
    ).all()
