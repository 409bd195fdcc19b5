"""How people want to be reached."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select

from app.extensions import db
from app.notices.models import Contact, PushSubscription


def contact_of(user_id: str) -> Contact:
    """A person's wishes; a fresh, unsaved row for somebody who never said anything."""
    found = db.session.get(Contact, user_id)
    return found or Contact(user_id=user_id, email="", wanted_email="", quiet_from="", quiet_to="", muted=[])


def contacts_of(user_ids: Collection[str]) -> Mapping[str, Contact]:
    """The wishes of several people, one statement; who never said anything is missing."""
    rows = db.session.scalars(select(Contact).where(Contact.user_id.in_(set(user_ids))))
    return {each.user_id: each for each in rows}


def subscriptions_of(user_id: str) -> Sequence[PushSubscription]:
    """A person's browsers, the latest first."""
    return db.session.scalars(
        select(PushSubscription)
        .where(PushSubscription.user_id == user_id)
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id)
    ).all()


def subscriptions(ids: Collection[str]) -> Mapping[str, PushSubscription]:
    """Subscriptions by id, one statement."""
    rows = db.session.scalars(select(PushSubscription).where(PushSubscription.id.in_(set(ids))))
    return {each.id: each for each in rows}


def number_of_subscriptions(user_id: str) -> int:
    return (
        db.session.scalar(select(func.count()).select_from(PushSubscription).where(PushSubscription.user_id == user_id))
        or 0
    )
