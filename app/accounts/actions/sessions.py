"""Signing in and out, and a person's own password."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.accounts import passwords
from app.accounts.actions.devices import DeviceClaim, EnrolledDevice, enrol
from app.accounts.actions.trace import record
from app.accounts.models import Enrolment, Session, User
from app.accounts.queries import sessions as queries
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.permissions import Actor
from app.extensions import db, new_id, now

PERSONAL_ABSOLUTE = timedelta(days=90)


@dataclass(frozen=True)
class NewSession:
    """A session just begun. `token` exists only here and in the browser."""

    token: str
    session_id: str
    user_id: str
    device: EnrolledDevice | None
    must_change_password: bool
    expires_at: datetime


def check_password(login: str, password: str) -> queries.Account:
    """The account, if login and password fit and it is active.

    The hash is computed outside any transaction, and an unknown login costs the same time as a known one.
    Raises Invalid("wrong_password") without saying what was wrong.
    """
    account = queries.account_by_login(login.strip().casefold())
    db.session.rollback()  # nothing is locked while the hash is computed
    fits = passwords.hasher().verify(account.password_hash if account else None, password)
    if account is None or not fits or not account.active:
        raise Invalid("wrong_password")
    return account


def sign_in(
    account: queries.Account,
    password: str,
    *,
    lasts: timedelta,
    user_agent: str = "",
    device: DeviceClaim | None = None,
    replaces: str | None = None,
) -> NewSession:
    """Begin a session for a person whose password was checked; the browser's former session ends.

    `lasts` is the longest the session may live, `replaces` the token the browser held before.
    """
    outdated = passwords.hasher().is_outdated(account.password_hash)
    rehashed = passwords.hasher().hash(password) if outdated else None
    if rehashed is not None:
        same = (User.id == account.id) & (User.password_hash == account.password_hash)
        db.session.execute(update(User).where(same).values(password_hash=rehashed))
    if not db.session.scalar(select(User.id).where(User.id == account.id, User.active).with_for_update()):
        raise Invalid("wrong_password")  # disabled while the hash was computed
    return begin_session(account, lasts=lasts, user_agent=user_agent, device=device, replaces=replaces)


def begin_session(
    account: queries.Account,
    *,
    lasts: timedelta,
    user_agent: str = "",
    device: DeviceClaim | None = None,
    replaces: str | None = None,
) -> NewSession:
    """Begin a session for a person who has proven to be one, by a password or by a link from the desk."""
    if replaces is not None:
        end_by_token(replaces)
    at = now()
    enrolled = enrol(account.id, device, at) if device is not None else None
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=queries.token_hash(token),
        id=new_id(),
        user_id=account.id,
        device_id=enrolled.id if enrolled else None,
        created_at=at,
        last_seen_at=at,
        expires_at=at + lasts,
        user_agent=user_agent[:300],
    )
    db.session.add(session)
    db.session.flush()
    return NewSession(token, session.id, account.id, enrolled, account.must_change_password, session.expires_at)


def end_by_token(token: str) -> None:
    """Sign out: the session of this token ends, if it lives."""
    db.session.execute(
        update(Session)
        .where(Session.token_hash == queries.token_hash(token), Session.ended_at.is_(None))
        .values(ended_at=now())
    )


def end_all(user_id: str, *, but: str | None = None) -> None:
    """Every session of a person ends, except the one named, and every link that could begin another."""
    end_offers(user_id)
    ended = update(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
    if but is not None:
        ended = ended.where(Session.id != but)
    db.session.execute(ended.values(ended_at=now()))


def end_offers(user_id: str) -> None:
    """Every link that could still enrol a phone of a person ends."""
    usable = (Enrolment.user_id == user_id) & Enrolment.used_at.is_(None) & Enrolment.revoked_at.is_(None)
    db.session.execute(update(Enrolment).where(usable).values(revoked_at=now()))


def seen(session_id: str) -> None:
    """Note that a session was used."""
    db.session.execute(update(Session).where(Session.id == session_id).values(last_seen_at=now()))


def end_session(actor: Actor, user_id: str, session_id: str) -> None:
    """End one session of a person. Raises NotFound if it is not theirs; ending it twice is no mistake."""
    session = db.session.scalar(select(Session).where(Session.id == session_id, Session.user_id == user_id))
    if session is None:
        raise NotFound("not_found")
    if session.ended_at is None:
        session.ended_at = now()
        record(actor, "session_ended", f"user/{user_id}", f"Kết thúc phiên đăng nhập mở lúc {_moment(session)}")


def _moment(session: Session) -> str:
    return session.created_at.strftime("%d/%m/%Y %H:%M UTC")


def change_password(actor: Actor, session_id: str, current: str, chosen: str) -> None:
    """Change one's own password; every other session ends.

    Raises NotAllowed("wrong_current_password"), or Invalid with the code of what is wrong with the new one.
    """
    account = queries.account_by_id(actor.user_id)
    db.session.rollback()
    if account is None or not passwords.hasher().verify(account.password_hash, current):
        raise NotAllowed("wrong_current_password")
    if current == chosen:
        raise Invalid("password_same")
    code = passwords.problem(chosen, account.login)
    if code is not None:
        raise Invalid(code)
    hashed = passwords.hasher().hash(chosen)
    db.session.execute(
        update(User).where(User.id == account.id).values(password_hash=hashed, must_change_password=False)
    )
    end_all(account.id, but=session_id)
    record(actor, "password_changed", f"user/{account.id}", "Tự đổi mật khẩu; các phiên khác đã kết thúc")
