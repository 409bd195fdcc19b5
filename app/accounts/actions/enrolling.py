"""One-time links: a phone is enrolled by what is on the desk's screen, and no password is typed on it.

A link stands for its person for ten minutes and once, so it is as good as a password while it lives: it is 256 random
bits, stored hashed, ended by the next one, by a new password and by hand; who made it and what used it stay written.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from app.accounts.actions.devices import DeviceClaim
from app.accounts.actions.people import managed_person
from app.accounts.actions.sessions import NewSession, begin_session, end_offers
from app.accounts.actions.trace import record
from app.accounts.models import Device, Enrolment, User
from app.accounts.queries import sessions as queries
from app.domain.errors import Invalid, NotFound
from app.domain.permissions import Actor
from app.extensions import db, new_id, now

LIFE = timedelta(minutes=10)
A_DAY = 20  # links for one person in 24 hours: nobody has so many phones


@dataclass(frozen=True)
class Offer:
    """A link just made. `token` exists only here and on the screen."""

    token: str
    name: str
    expires_at: datetime


def offer_phone(actor: Actor, user_id: str, today: date) -> Offer:
    """Make the link for one's own phone, or for that of a person one administers; an earlier one ends.

    Raises NotFound, NotAllowed("person_elsewhere"), and Invalid: `person_disabled`, `password_first` while the
    password is one that somebody else chose, `too_many_enrolments`.
    """
    if user_id != actor.user_id:
        managed_person(actor, user_id, today)
    person = db.session.scalar(select(User).where(User.id == user_id).with_for_update())
    if person is None:
        raise NotFound("not_found")
    if not person.active:
        raise Invalid("person_disabled")
    if person.must_change_password:
        raise Invalid("password_first")
    at = now()
    recent = (Enrolment.user_id == user_id) & (Enrolment.created_at > at - timedelta(days=1))
    if (db.session.scalar(select(func.count()).select_from(Enrolment).where(recent)) or 0) >= A_DAY:
        raise Invalid("too_many_enrolments")
    end_offers(user_id)
    token = secrets.token_urlsafe(32)
    db.session.add(
        Enrolment(
            token_hash=queries.token_hash(token),
            id=new_id(),
            user_id=user_id,
            created_by=actor.user_id,
            created_at=at,
            expires_at=at + LIFE,
        )
    )
    db.session.flush()
    record(actor, "phone_offered", f"user/{user_id}", "Tạo mã QR thêm điện thoại, dùng một lần trong 10 phút")
    return Offer(token, person.name, at + LIFE)


def end_offer(actor: Actor, user_id: str, enrolment_id: str) -> None:
    """End one's own link, or that of a person one administers. Raises NotFound; ending it twice is no mistake."""
    found = db.session.scalar(select(Enrolment).where(Enrolment.id == enrolment_id, Enrolment.user_id == user_id))
    if found is None:
        raise NotFound("not_found")
    if found.used_at is None and found.revoked_at is None:
        found.revoked_at = now()
        record(actor, "phone_offer_ended", f"user/{user_id}", "Hủy mã QR thêm điện thoại")


def end_offer_of(actor: Actor, user_id: str, enrolment_id: str, today: date) -> None:
    """The same for a person one administers."""
    managed_person(actor, user_id, today)
    end_offer(actor, user_id, enrolment_id)


def offered_to(token: str) -> queries.Account:
    """Whose link it is, so that the person confirms before the phone becomes theirs. Raises Invalid("link_over")."""
    live = select(Enrolment.user_id).where(Enrolment.token_hash == queries.token_hash(token), *_live())
    user_id = db.session.scalar(live)
    account = queries.account_by_id(user_id) if user_id else None
    if account is None or not account.active or account.must_change_password:
        raise Invalid("link_over")
    return account


def use_offer(
    token: str, device: DeviceClaim, *, lasts: timedelta, user_agent: str = "", replaces: str | None = None
) -> tuple[queries.Account, NewSession]:
    """Sign the phone in as the link's person and enrol it. Of two phones with one link one gets in.

    Raises Invalid("link_over") for a link that is unknown, used, ended or too old, without saying which.
    """
    account = offered_to(token)
    digest = queries.token_hash(token)
    taken = db.session.execute(
        update(Enrolment).where(Enrolment.token_hash == digest, *_live()).values(used_at=now()).returning(Enrolment.id)
    ).scalar()
    if taken is None:
        raise Invalid("link_over")
    begun = begin_session(account, lasts=lasts, user_agent=user_agent, device=device, replaces=replaces)
    device_id = begun.device.id if begun.device else None
    db.session.execute(update(Enrolment).where(Enrolment.token_hash == digest).values(device_id=device_id))
    name = db.session.scalar(select(Device.name).where(Device.id == device_id))
    who = Actor(account.id, account.name)
    record(who, "phone_enrolled", f"user/{account.id}", f"Thêm điện thoại “{name}” bằng mã QR")
    return account, begun


def _live() -> tuple[ColumnElement[bool], ...]:
    return (Enrolment.used_at.is_(None), Enrolment.revoked_at.is_(None), Enrolment.expires_at > now())
