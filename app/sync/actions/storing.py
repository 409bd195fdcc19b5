"""Taking the lock of a visit's log, and writing what was added to it with everything kept beside it."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.campaigns import actions as campaigns
from app.campaigns import queries as campaign_queries
from app.domain.errors import NotFound
from app.extensions import db
from app.sync import hints, queries
from app.sync.actions.ledger import Ledger
from app.sync.models import Entry, Head, ReusedOperation, VisitHead
from app.sync.queries import LogEntry

_ENTRIES, _HEADS = cast(Table, Entry.__table__), cast(Table, Head.__table__)


def lock(visit_id: str) -> VisitHead:
    """Take the visit's lock. On SQLite the transaction itself is the lock (BEGIN IMMEDIATE). Raises NotFound."""
    locked = select(VisitHead).where(VisitHead.visit_id == visit_id).with_for_update()
    locked = locked.execution_options(populate_existing=True)
    head = db.session.scalar(locked)
    if head is None:
        known_visit(visit_id)
        insert_missing(VisitHead, {"visit_id": visit_id, "n": 0, "hash": bytes(32), "safe_n": 0})
        head = db.session.scalars(locked).one()
        db.session.expire_all()  # what was read before the lock may have changed while waiting for it
    return head


def known_visit(visit_id: str) -> campaign_queries.PlannedVisit:
    """A visit as it is planned. Raises NotFound("NO_SUCH_VISIT")."""
    try:
        return campaign_queries.planned_visit(visit_id)
    except NotFound:
        raise NotFound("NO_SUCH_VISIT") from None


def insert_missing(model: type[VisitHead] | type[ReusedOperation], row: dict[str, object]) -> None:
    """Insert a row unless another transaction just did."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    db.session.execute(dialect.insert(model).values(**row).on_conflict_do_nothing())


def store_entries(ledger: Ledger, *, session_id: str = "", device_id: str = "") -> None:
    """Write what was added: as many statements for 200 operations as for one."""
    if not ledger.added:
        return
    ledger.sign()
    hints.touch(ledger.visit_id)
    facts = {"visit_id": ledger.visit_id, "session_id": session_id, "device_id": device_id}
    db.session.execute(insert(_ENTRIES), [_row(entry) | facts for entry in ledger.added])
    _store_heads(ledger)
    db.session.execute(
        update(VisitHead)
        .where(VisitHead.visit_id == ledger.visit_id)
        .values(
            n=ledger.n,
            hash=ledger.hash,
            held=VisitHead.held + ledger.held_change,
            contested=VisitHead.contested + ledger.contested_change(),
        )
        .execution_options(synchronize_session=False)
    )


def _row(entry: LogEntry) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in LogEntry.__slots__}
    return row | {"parents": list(entry.parents)}


def _store_heads(ledger: Ledger) -> None:
    gone, new = ledger.head_changes()
    if gone:  # an operation stands in one cell, so two lists are as good as a list of pairs
        paths, ops = {path for path, _ in gone}, {op for _, op in gone}
        db.session.execute(
            delete(Head)
            .where(Head.visit_id == ledger.visit_id, Head.path.in_(paths), Head.op.in_(ops))
            .execution_options(synchronize_session=False)
        )
    if new:
        rows = [
            {"visit_id": ledger.visit_id, "path": path, "op": op, "n": each.n, "value_hash": each.value_hash}
            for path, op, each in new
        ]
        db.session.execute(insert(_HEADS), rows)


def mirror_state(ledger: Ledger, *, state: str, mirrored: str, at: datetime) -> None:
    """Mirror the log's state on the visit, with the entry that completed the signatures."""
    if state == mirrored or not ledger.added:
        return
    signed_hash = None
    signed_n = ledger.state().signed_n if state == "signed" else None
    if signed_n is not None:
        at_n = next((entry.hash for entry in ledger.added if entry.n == signed_n), None)
        signed_hash = (at_n or queries.hash_at(ledger.visit_id, signed_n) or b"").hex()
    campaigns.set_visit_state(ledger.visit_id, state, signed_n=signed_n, signed_hash=signed_hash, at=at)
