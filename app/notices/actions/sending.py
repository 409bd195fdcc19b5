"""Sending what waits: claimed first, handed over once, and noted.

    waiting --claim--> claimed --everything but the message itself is said--> handing --> sent
                                                     (or back to waiting with a pause, failed, lapsed)

Each arrow is committed before the next thing is done. A process that dies while a row is *claimed* has sent nothing:
when the lease is over the row waits again. One that dies while it is *handing* may have sent: such a row becomes
`uncertain` and is never sent again by itself. So we err on the side of a message too few in a window of one reply,
and never of one too many; the person finds the notice on the desk in either case, an administrator may send it again.
"""

import smtplib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.accounts.queries import directory
from app.domain.calendar import WorkingCalendar, local_day
from app.domain.reminders import Channel, NoticeKind, QuietHours, next_allowed, next_attempt, parse_quiet
from app.extensions import db, now, run
from app.notices import mail, push
from app.notices.actions.contacts import code_for
from app.notices.mail import Outcome
from app.notices.models import Contact, Notice, PushSubscription, Sending
from app.notices.queries import contacts
from app.notices.signing import PushSigner
from app.transactions import own_transaction
from config import Settings

LEASE = timedelta(minutes=15)  # longer than any conversation with a server takes
KEPT, KEPT_DIGEST = timedelta(days=30), timedelta(days=3)  # what waited longer is not sent any more
AT_ONCE = 100
MOST_BATCHES = 20  # of one run; the next run goes on

Row = tuple[Sending, Notice]


@dataclass(frozen=True)
class Matter:
    """What a notice is about, for those who know how it stands."""

    notice_id: str
    kind: NoticeKind
    subject: str


# By notice id, why it need not be told any more.
Still = Callable[[Collection[Matter]], Mapping[str, str]]


class LeaseLost(Exception):
    """We were so slow that our claim ran out."""


@dataclass(frozen=True)
class Gear:
    """What sending needs: settings, the push key, the secret behind codes, today's calendar, and who knows what
    was done meanwhile."""

    settings: Settings
    signer: PushSigner
    secret: bytes
    calendar: WorkingCalendar
    still: Still


@dataclass
class Summary:
    """What one run did, in sendings."""

    sent: int = 0
    again: int = 0
    failed: int = 0
    uncertain: int = 0
    lapsed: int = 0
    postponed: int = 0

    def count(self, state: str) -> None:
        name = {"waiting": "again"}.get(state, state)
        setattr(self, name, getattr(self, name) + 1)


@dataclass(frozen=True)
class Claimed:
    """Rows of one person for one target, told in one message."""

    rows: Sequence[Row]
    contact: Contact | None
    browser: PushSubscription | None
    name: str


def send_due(gear: Gear) -> Summary:
    """Send what is due. Safe at any time and in several processes at once; commits by itself, step by step."""
    summary = Summary()
    with own_transaction():
        summary.uncertain += _take_back(now())
    for _ in range(MOST_BATCHES):
        with own_transaction():
            batch, looked = _claim(gear, summary)
        _send(gear, batch, summary)
        if looked < AT_ONCE:
            break
    return summary


def _take_back(at: datetime) -> int:
    """What a process that died had in its hands."""
    old = Sending.claimed_at < at - LEASE
    db.session.execute(update(Sending).where(Sending.state == "claimed", old).values(state="waiting"))
    told = "Máy chủ dừng đúng lúc đang gửi; không rõ đã đến nơi hay chưa"
    lost = run(update(Sending).where(Sending.state == "handing", old).values(state="uncertain", error=told))
    return lost.rowcount


def _claim(gear: Gear, summary: Summary) -> tuple[list[Claimed], int]:
    """Take what is due and may be sent now, in a fixed number of statements; returns how many rows were looked at."""
    at = now()
    channels = [Channel.PUSH.value, *([Channel.EMAIL.value] if gear.settings.smtp_host else [])]
    rows: list[Row] = [
        (row[0], row[1])
        for row in db.session.execute(
            select(Sending, Notice)
            .join(Notice, Notice.id == Sending.notice_id)
            .where(Sending.state == "waiting", Sending.planned_at <= at, Sending.channel.in_(channels))
            .order_by(Sending.planned_at, Sending.id)
            .limit(AT_ONCE)
            .with_for_update(of=Sending, skip_locked=True)
        )
    ]
    if not rows:
        return [], 0
    people = {sending.user_id for sending, _ in rows}
    wishes, active = contacts.contacts_of(people), directory.active_people(people)
    browsers = contacts.subscriptions({each.target for each, _ in rows if each.channel == Channel.PUSH})
    over = gear.still([Matter(notice.id, NoticeKind(notice.kind), notice.subject) for _, notice in rows])
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for sending, notice in rows:
        contact = wishes.get(sending.user_id)
        reason = over.get(notice.id) or _old(notice, at) or _pointless(sending, contact, browsers, active)
        if reason:
            sending.state, sending.error = "lapsed", reason
            summary.lapsed += 1
            continue
        later = _allowed(gear, notice, contact, at)
        if later > at:
            sending.planned_at = later
            summary.postponed += 1
            continue
        sending.state, sending.claimed_at, sending.attempts = "claimed", at, sending.attempts + 1
        groups.setdefault((sending.user_id, sending.channel, sending.target), []).append((sending, notice))
    db.session.flush()
    claimed = [
        Claimed(group, wishes.get(user), browsers.get(target), active[user])
        for (user, _, target), group in groups.items()
    ]
    db.session.expunge_all()  # what is read below must not be asked again after the commit
    return claimed, len(rows)


def _old(notice: Notice, at: datetime) -> str:
    """When a server is set up after months, it does not begin with what was news then."""
    kept = KEPT_DIGEST if notice.kind == NoticeKind.DIGEST else KEPT
    return "Đã quá cũ để gửi; vẫn có trong danh sách thông báo" if local_day(at) - notice.day > kept else ""


def _pointless(
    sending: Sending, contact: Contact | None, browsers: Mapping[str, PushSubscription], active: Mapping[str, str]
) -> str:
    if sending.user_id not in active:
        return "Tài khoản đã khóa"
    if sending.channel == Channel.PUSH:
        mine = browsers.get(sending.target)
        return "" if mine and mine.user_id == sending.user_id else "Trình duyệt đã hủy đăng ký"
    if sending.target:
        return "" if contact and contact.wanted_email == sending.target else "Địa chỉ này không còn chờ xác nhận"
    return "" if contact and contact.email else "Người nhận đã bỏ địa chỉ thư"


def _allowed(gear: Gear, notice: Notice, contact: Contact | None, at: datetime) -> datetime:
    if notice.kind == NoticeKind.ADDRESS:
        return at  # the person is waiting for it
    quiet = QuietHours(gear.settings.quiet_from, gear.settings.quiet_to)
    if contact and contact.quiet_from:
        quiet = parse_quiet(contact.quiet_from, contact.quiet_to)
    return next_allowed(gear.calendar, quiet, at)


def _send(gear: Gear, batch: Sequence[Claimed], summary: Summary) -> None:
    with ExitStack() as stack:
        server: smtplib.SMTP | None = None
        for each in batch:
            try:
                if each.rows[0][0].channel == Channel.PUSH:
                    outcome = _push(gear, each)
                else:
                    server = server or stack.enter_context(mail.conversation(gear.settings))
                    outcome = _mail(gear, server, each)
            except LeaseLost:
                continue
            except (OSError, smtplib.SMTPException) as error:
                outcome, server = Outcome("again", f"Máy chủ thư: {error}"), None
            except ValueError as error:  # one letter that cannot be written holds no other up
                outcome = Outcome("failed", f"Không soạn được: {error}")
            if outcome.state == "uncertain":
                server = None  # a broken line
            _note(each, outcome, summary)


def _address(claimed: Claimed) -> str:
    """Where a letter goes, or the name of a push service."""
    if claimed.browser:
        return claimed.browser.endpoint.split("/")[2][:254]
    return claimed.rows[0][0].target or (claimed.contact.email if claimed.contact else "")


def _mail(gear: Gear, server: smtplib.SMTP, claimed: Claimed) -> Outcome:
    parts = [
        mail.Part(notice.title, _words(gear, notice, claimed), notice.url, notice.why) for _, notice in claimed.rows
    ]
    desk = gear.settings.public_url.rstrip("/")
    letter = mail.Letter(claimed.rows[0][0].id, _address(claimed), claimed.name, parts, desk, now())
    sender = gear.settings.smtp_from
    return mail.hand_over(server, sender, letter.to, mail.compose(letter, sender), lambda: _handing(claimed))


def _words(gear: Gear, notice: Notice, claimed: Claimed) -> str:
    """A code is made when its letter is: it stands in no table and on no page."""
    if notice.kind == NoticeKind.ADDRESS and claimed.contact:
        code = code_for(gear.secret, claimed.contact)
        return (
            f"Mã xác nhận: {code[:4]} {code[4:]}\n"
            "Hãy điền mã này tại CôngVụ › Thông báo › Cách nhận, trong 24 giờ.\n"
            "Nếu ông/bà không yêu cầu, hãy bỏ qua thư này: địa chỉ sẽ không được dùng."
        )
    return notice.text


_SAID = {
    NoticeKind.BEFORE: "Một nhiệm vụ sắp đến hạn",
    NoticeKind.DUE: "Một nhiệm vụ đến hạn hôm nay",
    NoticeKind.OVERDUE: "Một nhiệm vụ đã quá hạn",
    NoticeKind.ESCALATED: "Một nhiệm vụ của đơn vị cấp dưới đã quá hạn",
}


def _push(gear: Gear, claimed: Claimed) -> Outcome:
    """The message says that there is something to see, never what about whom: it may show on a locked screen."""
    browser = claimed.browser
    if browser is None:
        return Outcome("gone")
    first, number = claimed.rows[0], len(claimed.rows)
    said = _SAID.get(NoticeKind(first[1].kind), "Có việc cần ông/bà xem")
    text = said if number == 1 else f"{number} việc cần ông/bà xem"
    url = first[1].url if number == 1 else "/notices"
    payload = {"title": "CôngVụ", "body": f"{text}. Mở để xem.", "url": url, "tag": first[0].id}
    post = push.Post(payload, first[0].id, now())
    known = push.Browser(browser.endpoint, browser.p256dh, browser.auth)
    return push.hand_over(known, post, gear.settings, gear.signer, lambda: _handing(claimed))


def _ids(claimed: Claimed) -> list[str]:
    return [sending.id for sending, _ in claimed.rows]


def _handing(claimed: Claimed) -> None:
    """From here on nobody else may send it, whatever becomes of this process. Raises LeaseLost if somebody did."""
    with own_transaction():
        held = run(
            update(Sending).where(Sending.id.in_(_ids(claimed)), Sending.state == "claimed").values(state="handing")
        )
        if held.rowcount != len(claimed.rows):
            raise LeaseLost


def _note(claimed: Claimed, outcome: Outcome, summary: Summary) -> None:
    """Write down how it went; what failed for now waits for its next attempt."""
    at = now()
    with own_transaction():
        attempts = max(sending.attempts for sending, _ in claimed.rows)
        later = next_attempt(at, attempts) if outcome.state == "again" else None
        state = {"gone": "lapsed", "again": "waiting" if later else "failed"}.get(outcome.state, outcome.state)
        told: dict[str, object] = {"state": state, "error": outcome.problem[:300], "sent_to": _address(claimed)}
        told |= {"sent_at": at} if state == "sent" else {}
        told |= {"planned_at": later} if later else {}
        ours = (Sending.id.in_(_ids(claimed)), Sending.state.in_(("claimed", "handing")))
        db.session.execute(update(Sending).where(*ours).values(**told))
        if outcome.state == "gone" and claimed.browser:
            db.session.execute(delete(PushSubscription).where(PushSubscription.id == claimed.browser.id))
    for _ in claimed.rows:
        summary.count(state)
