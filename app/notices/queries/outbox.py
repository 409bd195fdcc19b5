"""What was sent, what waits and what went wrong, for the administrators of the units concerned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from app.accounts.queries import directory
from app.domain.permissions import Actor, Role
from app.extensions import db, now
from app.notices.models import Notice, Sending

STATES = ("waiting", "failed", "uncertain", "sent", "lapsed")
OPEN = ("waiting", "claimed", "handing", "failed", "uncertain")
KEPT_IN_VIEW = timedelta(days=90)  # what is done and older is not listed


@dataclass(frozen=True)
class OutboxRow:
    """A sending with what it tells and to whom."""

    sending: Sending
    kind: str
    title: str
    why: str
    lapsed: str
    name: str


def reaches(actor: Actor, unit_path: str) -> bool:
    """Whether the actor administers the unit that a sending is about."""
    return actor.reaches(unit_path, Role.ADMINISTRATOR)


def _fits(actor: Actor, state: str) -> tuple[ColumnElement[bool], ...]:
    paths = [each.unit_path for each in actor.grants if each.role is Role.ADMINISTRATOR]
    mine = or_(false(), *(Sending.unit_path.startswith(path) for path in paths))
    states = {"waiting": ("waiting", "claimed", "handing")}.get(state, (state,))
    recent = or_(Sending.state.in_(OPEN), Sending.planned_at > now() - KEPT_IN_VIEW)
    return mine, and_(Sending.state.in_(states), recent)


def counts(actor: Actor) -> Mapping[str, int]:
    """How many there are of each state, one statement for each of five."""
    return {state: number_of(actor, state) for state in STATES}


def number_of(actor: Actor, state: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Sending).where(*_fits(actor, state))) or 0


def page_of(actor: Actor, state: str, *, limit: int, offset: int) -> Sequence[OutboxRow]:
    """One page of a state, the latest first; two statements."""
    rows = db.session.execute(
        select(Sending, Notice.kind, Notice.title, Notice.why, Notice.lapsed_reason)
        .join(Notice, Notice.id == Sending.notice_id)
        .where(*_fits(actor, state))
        .order_by(Sending.planned_at.desc(), Sending.id)
        .limit(limit)
        .offset(offset)
    ).all()
    names = directory.names_of_people({row[0].user_id for row in rows})
    return [OutboxRow(*row, name=names.get(row[0].user_id, "")) for row in rows]


def oldest_waiting() -> datetime | None:
    """The planned moment of what has waited longest; tells whether anybody sends at all."""
    return db.session.scalar(select(func.min(Sending.planned_at)).where(Sending.state == "waiting"))
