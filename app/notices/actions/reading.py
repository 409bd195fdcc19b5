"""What people do with their list, and administrators with what was not sent."""

from sqlalchemy import update

from app.domain.errors import NotFound, OutOfDate
from app.domain.permissions import Actor
from app.extensions import db, now
from app.notices.models import Notice, Sending
from app.notices.queries import outbox

RETRIED = ("failed", "uncertain")


def open_notice(actor: Actor, notice_id: str) -> Notice:
    """Mark one's own notice as read. Raises NotFound, for a stranger's too."""
    notice = db.session.get(Notice, notice_id)
    if notice is None or notice.user_id != actor.user_id:
        raise NotFound("not_found")
    notice.read_at = notice.read_at or now()
    return notice


def read_all(actor: Actor) -> None:
    """Mark everything in one's own list as read."""
    db.session.execute(
        update(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None)).values(read_at=now())
    )


def retry(actor: Actor, sending_id: str) -> None:
    """Send again what was given up, or what nobody knows of. Raises NotFound and `OutOfDate("not_retried")`."""
    sending = db.session.get(Sending, sending_id, with_for_update=True)
    if sending is None or not outbox.reaches(actor, sending.unit_path):
        raise NotFound("not_found")
    if sending.state not in RETRIED:
        raise OutOfDate("not_retried")
    sending.state, sending.planned_at, sending.attempts, sending.error = "waiting", now(), 0, ""
