"""Leave to sign in the place of a unit's head: given and ended by the unit's administrator, each with its trace."""

from datetime import date, timedelta

from sqlalchemy import select

from app.accounts.actions.trace import record
from app.accounts.models import SigningAuthority, User
from app.accounts.queries import authorities as queries
from app.accounts.queries import units
from app.domain.authority import Authority, check_period
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Actor
from app.extensions import db, new_id, now


def give(actor: Actor, unit_id: int, wanted: Authority, today: date) -> str:
    """Let a vice-chair of the unit sign in its head's place over a period; returns the authority's id.

    Raises NotFound for a unit the actor does not administer, `Invalid("not_a_deputy")`, and as
    `authority.check_period` does.
    """
    unit = units.managed_unit(actor, unit_id)
    db.session.execute(select(User.id).where(User.id == wanted.user_id).with_for_update())
    deputy = next((each for each in queries.deputies_of(unit.id, today) if each.id == wanted.user_id), None)
    if deputy is None:
        raise Invalid("not_a_deputy")
    check_period(wanted.valid_from, wanted.valid_to, queries.held_by(deputy.id, unit.id))
    row = SigningAuthority(
        id=new_id(),
        unit_id=unit.id,
        user_id=deputy.id,
        signed_for=wanted.signed_for,
        title=wanted.title,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        basis=wanted.basis,
        recorded_by=actor.user_id,
        recorded_at=now(),
    )
    db.session.add(row)
    db.session.flush()
    until = f"đến {wanted.valid_to:%d/%m/%Y}" if wanted.valid_to else "chưa có hạn"
    told = f"Giao {deputy.name} ký thay {wanted.signed_for}, từ {wanted.valid_from:%d/%m/%Y}, {until}; {wanted.basis}"
    record(actor, "authority_given", f"unit/{unit.id}", told)
    return row.id


def end(actor: Actor, unit_id: int, authority_id: str, last_day: date, reason: str, today: date) -> None:
    """Set an authority's last day; one that has not begun may be taken back. What was signed under it stays.

    Raises NotFound, `Invalid("term_past")` for a day before yesterday, `Invalid("authority_longer")` for a day after
    the one it ends on anyway, and `OutOfDate("authority_over")`.
    """
    unit = units.managed_unit(actor, unit_id)
    row = queries.of_unit_by_id(unit.id, authority_id)
    if row.valid_to is not None and row.valid_to < today:
        raise OutOfDate("authority_over")
    if last_day < today - timedelta(days=1):
        raise Invalid("term_past")
    if row.valid_to is not None and last_day > row.valid_to:
        raise Invalid("authority_longer")
    row.valid_to, row.ended_reason = last_day, reason
    name = db.session.scalar(select(User.name).where(User.id == row.user_id))
    told = f"Kết thúc việc {name} ký thay {row.signed_for}, ngày cuối {last_day:%d/%m/%Y}. Lý do: {reason}"
    record(actor, "authority_ended", f"unit/{unit.id}", told)
