"""Which device has opened which visit, how far it has read, and what it still owes.

Written coarsely: a row that says the same is written at most once in five minutes, so a phone that has nothing to say
costs no write. While the server recovers from a restore every word counts at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts.actions import devices, incidents
from app.accounts.actions.incidents import ToldIncident
from app.extensions import is_postgresql, now, run
from app.sync.actions import recovery
from app.sync.models import VisitContact

COARSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reporter:
    """The device that speaks, and its person."""

    user_id: str
    device_id: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What a device says it still has to send of one visit."""

    ops: int
    blobs: int


_LAST = select(VisitContact.last_at).where(
    VisitContact.visit_id == bindparam("visit_id"), VisitContact.device_id == bindparam("device_id")
)


def is_due(who: Reporter, visit_id: str, *, coarse: timedelta = COARSE) -> bool:
    """Whether reading a visit's log is worth writing down: the visit is new to the device, or some time has passed."""
    last = run(_LAST, visit_id=visit_id, device_id=who.device_id).scalar()
    return last is None or now() - last >= coarse


def note(
    who: Reporter,
    visit_id: str,
    *,
    n: int,
    owed: Owed | None = None,
    coarse: timedelta = COARSE,
    checked: bool = False,
) -> None:
    """Note a contact: two statements if it says something new, else one that writes nothing.

    `checked`: the log it holds was found to be this server's, and it said that it has nothing left to give back.
    """
    at, said = now(), owed or Owed(0, 0)
    noting = _noting(postgresql if is_postgresql() else sqlite, owes=owed is not None, checked=checked)
    facts = {"visit_id": visit_id, "device_id": who.device_id, "user_id": who.user_id, "n": n, "at": at}
    written = run(noting, **facts, due=at - coarse, pending_ops=said.ops, pending_blobs=said.blobs).first()
    if written is not None:
        devices.note_contact(who.device_id, pending_ops=_OPS_OWED, pending_blobs=_BLOBS_OWED)
        if checked and not coarse:
            recovery.end_if_all_reported(who.device_id)


@cache
def _noting(dialect: Any, *, owes: bool, checked: bool) -> Executable:
    """Write a contact; returns nothing if it says nothing new and the last one is fresh."""
    told = ["pending_ops", "pending_blobs"] if owes else []
    moments = ["last_at", "checked_at"] if checked else ["last_at"]
    plain = ("visit_id", "device_id", "user_id", "n", "pending_ops", "pending_blobs")
    row: dict[str, Any] = {name: bindparam(name) for name in plain}
    row |= {name: bindparam("at") for name in ("opened_at", *moments)}
    fresh = dialect.insert(VisitContact).values(row)
    new = ("n", *moments, *told)
    worth = VisitContact.last_at <= bindparam("due")
    for name in told:
        worth |= getattr(VisitContact, name) != fresh.excluded[name]
    noted: Executable = fresh.on_conflict_do_update(
        index_elements=["visit_id", "device_id"], set_={name: fresh.excluded[name] for name in new}, where=worth
    ).returning(VisitContact.device_id)
    return noted


def _total(column: object) -> object:
    """What a device owes over all its visits, added up by the database."""
    owed = select(func.coalesce(func.sum(column), 0)).where(VisitContact.device_id == bindparam("device_id"))
    return owed.scalar_subquery()


_OPS_OWED, _BLOBS_OWED = _total(VisitContact.pending_ops), _total(VisitContact.pending_blobs)


def keep_incidents(
    who: Reporter, visit_id: str, told: Sequence[ToldIncident], outcomes: Sequence[tuple[str, str]]
) -> None:
    """Write down what a device tells of itself, and what the server noticed in what it sent."""
    noticed = [
        ToldIncident(f"{outcome}-{op}", outcome, visit_id, detail=f"Thay đổi {op}")
        for op, outcome in outcomes
        if outcome in {"forked", "idreuse"}
    ]
    incidents.record_incidents(who.user_id, who.device_id, [*told, *noticed], now())
