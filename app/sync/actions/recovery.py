"""After a backup was put back: a new epoch, and a time in which phones give back what it had forgotten.

While it lasts nothing is closed or signed. It ends by itself when every device seen in the thirty days before has said,
of each of its visits and of a cursor in this server's log, that it has nothing left to give back; or when an
administrator ends it and says why: an app of before that word says nothing, and is waited for.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.accounts.actions.trace import record
from app.accounts.queries import devices
from app.campaigns import queries as campaigns
from app.domain.errors import Invalid
from app.domain.permissions import Actor
from app.extensions import db, new_id, now
from app.sync.actions.installation import begin_epoch
from app.sync.models import Installation, Restore, VisitContact

SEEN_WITHIN = timedelta(days=30)
EVERYBODY = "Mọi thiết bị đã báo lại"


@dataclass(frozen=True)
class Unreported:
    """A device that has not said, since the restore, that it has nothing left to give back of some of its visits."""

    device_id: str
    user_id: str
    name: str
    last_contact_at: datetime | None
    visits: int


def begin(reason: str) -> str:
    """Name a new epoch and begin to recover. Returns the epoch. Raises Invalid("reason_missing")."""
    if not reason.strip():
        raise Invalid("reason_missing")
    begin_epoch()  # in case not even the first request had come
    epoch, at = new_id(), now()
    db.session.execute(
        update(Restore).where(Restore.ended_at.is_(None)).values(ended_at=at, end_reason="Khôi phục lại")
    )
    db.session.add(Restore(epoch=epoch, at=at, reason=reason.strip(), end_reason=""))
    db.session.execute(update(Installation).values(epoch=epoch, recovering=True))
    record(None, "restored", "installation", f"Khôi phục từ bản sao lưu: {reason.strip()}")
    db.session.flush()
    return epoch


def current() -> Restore | None:
    """The restore whose recovery has not ended."""
    return db.session.scalar(select(Restore).where(Restore.ended_at.is_(None)))


def end(actor: Actor | None, reason: str) -> None:
    """End the recovery, though some devices have not reported. Raises Invalid."""
    if not reason.strip():
        raise Invalid("reason_missing")
    running = current()
    if running is None:
        raise Invalid("not_recovering")
    _end(running, actor.user_id if actor else None, reason.strip())
    record(actor, "recovery_ended", "installation", f"Kết thúc khôi phục: {reason.strip()}")


def _end(running: Restore, user_id: str | None, reason: str) -> None:
    running.ended_at, running.ended_by, running.end_reason = now(), user_id, reason
    db.session.execute(update(Installation).values(recovering=False))
    db.session.flush()


def end_if_all_reported(device_id: str) -> None:
    """End the recovery if this was the last device that was waited for; looks at all only when this one is done."""
    running = current()
    if running is None:
        return
    if not any(each.device_id == device_id for each in unreported(running, only=device_id)):
        _end_if_nobody_is_awaited(running)


def end_if_the_last_was_given_up() -> None:
    """End the recovery if somebody has reported and nobody is waited for any more: a device was revoked, its person has
    left, its visit is cancelled, and no report would say so."""
    running = current()
    if running is None:
        return
    reported = select(VisitContact.device_id).where(VisitContact.checked_at >= running.at).limit(1)
    if db.session.scalar(reported) is not None:
        _end_if_nobody_is_awaited(running)


def _end_if_nobody_is_awaited(running: Restore) -> None:
    if not unreported(running):
        _end(running, None, EVERYBODY)
        record(None, "recovery_ended", "installation", f"Kết thúc khôi phục: {EVERYBODY.lower()}")


def unreported(running: Restore, only: str | None = None) -> tuple[Unreported, ...]:
    """The devices that are still waited for, the latest heard of first."""
    since = running.at - SEEN_WITHIN
    seen = devices.seen_since(since, only=only)
    stale: Counter[str] = Counter()
    rows = db.session.execute(
        select(VisitContact.device_id, VisitContact.visit_id).where(
            VisitContact.device_id.in_([each.id for each in seen]),
            VisitContact.last_at > since,
            VisitContact.checked_at.is_(None) | (VisitContact.checked_at < running.at),
        )
    ).all()
    planned = campaigns.planned_visits({row.visit_id for row in rows}) if rows else {}
    people = {each.id: each.user_id for each in seen}
    for device_id, visit_id in rows:
        visit = planned[visit_id]
        if visit.state != "cancelled" and people[device_id] in visit.subject.member_ids:
            stale[device_id] += 1
    return tuple(
        Unreported(each.id, each.user_id, each.name, each.last_contact_at, stale[each.id])
        for each in seen
        if each.id in stale
    )
