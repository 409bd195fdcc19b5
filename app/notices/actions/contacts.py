"""How people want to be reached: a confirmed address, what they turned off, their quiet hours, their browsers."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, func, select

from app.accounts.queries import people
from app.domain.addresses import read_email
from app.domain.calendar import local_day
from app.domain.errors import Invalid, NotAllowed, NotFound, OutOfDate, TooMuch
from app.domain.permissions import Actor
from app.domain.reminders import CHOSEN, Channel, NoticeKind, parse_quiet
from app.extensions import db, new_id, now, run
from app.notices.actions.telling import Message, Told, lapse, tell_all
from app.notices.models import Contact, Notice, PushSubscription, Sending
from app.notices.push import Browser
from app.notices.queries import contacts as queries

MOST_BROWSERS = 10
MOST_CODES = 5  # letters with a code in a day
LONGEST_QUIET = 20 * 60  # minutes; what is left must be enough for somebody to be reached
CODE_HOLDS = timedelta(hours=24)


def _contact(user_id: str) -> Contact:
    found = queries.contact_of(user_id)
    db.session.add(found)
    return found


def ask_for_address(actor: Actor, email: str) -> Contact:
    """Wish for an address of one's own; a code goes there, and until it is typed in, nothing else does.

    Raises `Invalid("email_form")` and `TooMuch("too_many_codes")`.
    """
    return _ask(actor.user_id, email, f"{actor.name} đã điền địa chỉ này", _home(actor))


def give_address(actor: Actor, user_id: str, email: str) -> Contact:
    """An administrator fills in somebody's address, who has to confirm it. Raises as `ask_for_address` does,
    NotFound, and `NotAllowed("person_elsewhere")`."""
    found = people.person(actor, user_id, local_day(now()))
    if not found.managed:
        raise NotAllowed("person_elsewhere")
    path = next((each.unit_path for each in found.appointments), "")
    return _ask(user_id, email, f"Quản trị viên {actor.name} đã điền địa chỉ này", path)


def _home(actor: Actor) -> str:
    return actor.grants[0].unit_path if actor.grants else ""


def _ask(user_id: str, email: str, why: str, unit_path: str) -> Contact:
    address = read_email(email)
    contact = _contact(user_id)
    today = local_day(now())
    asked = select(func.count()).where(
        Notice.user_id == user_id, Notice.kind == NoticeKind.ADDRESS.value, Notice.day == today
    )
    if (db.session.scalar(asked) or 0) >= MOST_CODES:
        raise TooMuch("too_many_codes", retry_in=12 * 3600)
    contact.wanted_email, contact.asked_at = address, now()
    message = Message(
        NoticeKind.ADDRESS,
        f"address/{new_id()}",
        today,
        "Xác nhận địa chỉ thư điện tử",
        f"Mã xác nhận đã được gửi đến {address}. Hãy điền mã tại trang Cách nhận thông báo.",
        "/notices/settings",
        unit_path,
    )
    tell_all([Told(message, user_id, why, address)])
    return contact


def code_for(secret: bytes, contact: Contact) -> str:
    """The code that proves a wanted address: eight digits, bound to person, address and moment."""
    told = f"{contact.user_id}|{contact.wanted_email}|{contact.asked_at.isoformat() if contact.asked_at else ''}"
    digest = hmac.new(secret, b"address:" + told.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**8:08d}"


def confirm_address(actor: Actor, code: str, secret: bytes) -> Contact:
    """Prove a wanted address with the code from the letter. Raises `Invalid("code_wrong")`, `OutOfDate("code_old")`."""
    contact = _contact(actor.user_id)
    if not contact.wanted_email or contact.asked_at is None:
        raise OutOfDate("code_old")
    if not hmac.compare_digest("".join(code.split()).encode(), code_for(secret, contact).encode()):
        raise Invalid("code_wrong")
    if now() - contact.asked_at > CODE_HOLDS:
        raise OutOfDate("code_old")
    contact.email, contact.confirmed_at, contact.wanted_email = contact.wanted_email, now(), ""
    _lapse_codes(actor.user_id)
    return contact


def _lapse_codes(user_id: str) -> None:
    mine = select(Notice.subject).where(
        Notice.user_id == user_id, Notice.kind == NoticeKind.ADDRESS.value, Notice.lapsed_at.is_(None)
    )
    lapse(db.session.scalars(mine).all(), "Địa chỉ đã được xác nhận", [NoticeKind.ADDRESS])


def forget_address(actor: Actor) -> None:
    """No letters any more; the desk's list stays."""
    contact = _contact(actor.user_id)
    contact.email, contact.wanted_email, contact.confirmed_at = "", "", None
    drop = db.session.query(Sending).filter_by(user_id=actor.user_id, channel=Channel.EMAIL.value, state="waiting")
    drop.update({"state": "lapsed", "error": "Người nhận đã bỏ địa chỉ thư"}, synchronize_session=False)


def choose(actor: Actor, chosen: Collection[str], quiet_from: str, quiet_to: str) -> Contact:
    """Say what to get by which channel (`email:before`), and when not. Raises `Invalid("quiet_hours")`."""
    contact = _contact(actor.user_id)
    if quiet_from or quiet_to:
        quiet = parse_quiet(quiet_from, quiet_to)
        minutes = (_minutes(quiet_to) - _minutes(quiet_from)) % (24 * 60)
        if minutes > LONGEST_QUIET:
            raise Invalid("quiet_hours")
        quiet_from, quiet_to = f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"
    contact.quiet_from, contact.quiet_to = quiet_from, quiet_to
    known = [f"{channel}:{kind}" for channel in Channel for kind in CHOSEN]
    contact.muted = [each for each in known if each not in chosen]
    return contact


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])


def add_browser(actor: Actor, browser: Browser, user_agent: str) -> PushSubscription:
    """Send messages to this browser from now on, to this person only. Raises `TooMuch("too_many_browsers")`."""
    found = db.session.scalar(select(PushSubscription).where(PushSubscription.endpoint == browser.endpoint))
    if found is not None and found.user_id != actor.user_id:
        db.session.delete(found)  # somebody else used this browser before
        db.session.flush()
        found = None
    if found is None:
        if queries.number_of_subscriptions(actor.user_id) >= MOST_BROWSERS:
            raise TooMuch("too_many_browsers", retry_in=0)
        found = PushSubscription(id=new_id(), user_id=actor.user_id, endpoint=browser.endpoint, created_at=now())
        db.session.add(found)
    found.p256dh, found.auth, found.user_agent = browser.p256dh, browser.auth, user_agent[:300]
    db.session.flush()
    return found


def drop_browser(actor: Actor, subscription_id: str) -> None:
    """No more messages to one of one's own browsers. Raises NotFound."""
    gone = run(
        delete(PushSubscription).where(
            PushSubscription.id == subscription_id, PushSubscription.user_id == actor.user_id
        )
    )
    if gone.rowcount == 0:
        raise NotFound("not_found")
