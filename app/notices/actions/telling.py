"""Telling people: written down first, once per person, matter, kind and day; what was done meanwhile lapses.

Every notice stands in its person's list on the desk from here on. Beside it one sending per channel the person wants.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.reminders import Channel, NoticeKind, wanted
from app.extensions import db, is_postgresql, new_id, now
from app.notices.models import Contact, Notice, PushSubscription, Sending

_AT_ONCE = 500  # rows in one statement


@dataclass(frozen=True)
class Message:
    """What is told: `subject` names the matter, `day` the day it belongs to, `url` is a path of the desk.

    `mark` tells apart what may rightly be told twice a day, such as the reports of one task.
    """

    kind: NoticeKind
    subject: str
    day: date
    title: str
    text: str = ""
    url: str = ""
    unit_path: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Told:
    """A message for one person, and why for this one; `address`: where to, if it is about that very address."""

    message: Message
    user_id: str
    why: str
    address: str = ""


def tell(message: Message, people: Mapping[str, str]) -> int:
    """Tell each of these people (id → why); returns to how many it was new."""
    return tell_all(Told(message, user_id, why) for user_id, why in people.items())


def tell_all(told: Iterable[Told]) -> int:
    """Tell many things to many people in a fixed number of statements for each 500; returns how many were new."""
    at, number, waiting = now(), 0, list(told)
    for start in range(0, len(waiting), _AT_ONCE):
        number += _tell_some(waiting[start : start + _AT_ONCE], at)
    return number


def _tell_some(told: Sequence[Told], at: datetime) -> int:
    rows = [
        {
            "id": new_id(),
            "user_id": each.user_id,
            "kind": each.message.kind.value,
            "subject": each.message.subject,
            "day": each.message.day,
            "mark": each.message.mark,
            "unit_path": each.message.unit_path,
            "title": each.message.title[:200],
            "text": each.message.text,
            "url": each.message.url,
            "why": each.why[:100],
            "created_at": at,
            "lapsed_reason": "",
        }
        for each in told
    ]
    new = _insert_new(Notice, rows, ["user_id", "subject", "kind", "day", "mark"])
    fresh = [(row, each.address) for row, each in zip(rows, told, strict=True) if row["id"] in new]
    ways = _ways({str(row["user_id"]) for row, _ in fresh})
    sendings = [
        _sending(row, channel, target, at)
        for row, address in fresh
        for channel, target, muted in ([(Channel.EMAIL, address, [])] if address else ways.get(str(row["user_id"]), ()))
        if wanted(muted, NoticeKind(str(row["kind"])), channel)
    ]
    if sendings:
        _insert_new(Sending, sendings, ["notice_id", "channel", "target"])
    return len(fresh)


def _sending(row: Mapping[str, Any], channel: Channel, target: str, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "notice_id": row["id"],
        "user_id": row["user_id"],
        "unit_path": row["unit_path"],
        "channel": channel.value,
        "target": target,
        "state": "waiting",
        "planned_at": at,
        "attempts": 0,
        "sent_to": "",
        "error": "",
    }


def _insert_new(table: Any, rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> set[str]:
    """Insert what is not there yet; the unique key decides, also between two processes. Returns the new ids."""
    dialect = postgresql if is_postgresql() else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=key).returning(table.id)
    return set(db.session.scalars(statement, rows)) if rows else set()


def _ways(user_ids: Collection[str]) -> Mapping[str, list[tuple[Channel, str, list[str]]]]:
    """By person: each channel with its target, and what the person turned off. Two statements."""
    found: dict[str, list[tuple[Channel, str, list[str]]]] = {}
    muted: dict[str, list[str]] = {}
    if not user_ids:
        return found
    for contact in db.session.scalars(select(Contact).where(Contact.user_id.in_(user_ids))):
        muted[contact.user_id] = contact.muted
        if contact.email:
            found.setdefault(contact.user_id, []).append((Channel.EMAIL, "", contact.muted))
    rows = db.session.execute(
        select(PushSubscription.user_id, PushSubscription.id).where(PushSubscription.user_id.in_(user_ids))
    )
    for user_id, subscription_id in rows:
        found.setdefault(user_id, []).append((Channel.PUSH, subscription_id, muted.get(user_id, [])))
    return found


def lapse(subjects: Collection[str], reason: str, kinds: Collection[NoticeKind]) -> None:
    """What was to be told of these matters is no longer true: it is not sent, and its list entry says why."""
    all_of_them = sorted(subjects)
    for start in range(0, len(all_of_them), _AT_ONCE):
        _lapse_some(all_of_them[start : start + _AT_ONCE], reason, kinds)


def _lapse_some(subjects: Sequence[str], reason: str, kinds: Collection[NoticeKind]) -> None:
    of_subjects = (Notice.subject.in_(subjects), Notice.kind.in_([kind.value for kind in kinds]))
    ids = select(Notice.id).where(*of_subjects)
    db.session.execute(
        update(Sending)
        .where(Sending.notice_id.in_(ids), Sending.state == "waiting")
        .values(state="lapsed", error=reason[:300])
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Notice)
        .where(*of_subjects, Notice.lapsed_at.is_(None))
        .values(lapsed_at=now(), lapsed_reason=reason[:200])
        .execution_options(synchronize_session=False)
    )
