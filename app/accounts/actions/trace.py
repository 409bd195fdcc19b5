"""The trace of administration: one sentence per act, kept for ever."""

from app.accounts.models import AccountChange
from app.domain.permissions import Actor
from app.extensions import db, new_id, now


def record(actor: Actor | None, action: str, subject: str, detail: str) -> None:
    """Write down who did what to which subject (`user/<id>`, `unit/<id>`); without an actor, the operator did."""
    db.session.add(
        AccountChange(
            id=new_id(),
            at=now(),
            actor_id=actor.user_id if actor else None,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
