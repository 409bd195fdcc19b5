"""Taking the lock of a visit's log, and writing what was added to it with everything kept beside it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Executable, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.campaigns import actions as campaigns
from app.campaigns import queries as campaign_queries
from app.checklists import queries as checklists
from app.domain.errors import NotFound
from app.domain.operations import ACCEPTED
from app.domain.repinning import REPIN
from app.domain.starting import START
from app.extensions import db, is_postgresql, run
from app.sync import hints, queries
from app.sync.actions.ledger import Ledger, Locked
from app.sync.models import Entry, Head, ReusedOperation, VisitHead
from app.sync.queries import LogEntry

_ENTRIES, _HEADS = cast(Table, Entry.__table__), cast(Table, Head.__table__)
_LOCK = (
    select(VisitHead.n, VisitHead.hash, VisitHead.safe_n, VisitHead.repins)
    .where(VisitHead.visit_id == bindparam("visit_id"))
    .with_for_update()
)
_MOVE_HEAD = (
    update(VisitHead)
    .where(VisitHead.visit_id == bindparam("of"))
    .values(
        n=bindparam("to_n"),
        hash=bindparam("to_hash"),
        held=VisitHead.held + bindparam("more_held"),
        contested=VisitHead.contested + bindparam("more_contested"),
        repins=bindparam("are_repins"),
    )
)
_DELETE_HEADS = delete(Head).where(
    Head.visit_id == bindparam("visit_id"),
    Head.path.in_(bindparam("paths", expanding=True)),
    Head.op.in_(bindparam("ops", expanding=True)),
)
_PLAIN = tuple(name for name in LogEntry.__slots__ if name != "parents")
_plain = attrgetter(*_PLAIN)
_ARRAYS = {str: "text", int: "bigint", bytes: "bytea", object: "json"}  # PostgreSQL's name of what a column holds


def lock(visit_id: str) -> Locked:
    """Take the visit's lock. On SQLite the transaction itself is the lock (BEGIN IMMEDIATE). Raises NotFound."""
    row = run(_LOCK, visit_id=visit_id).first()
    if row is None:
        known_visit(visit_id)
        insert_missing(VisitHead, {"visit_id": visit_id, "n": 0, "hash": bytes(32), "safe_n": 0})
        row = run(_LOCK, visit_id=visit_id).one()
        db.session.expire_all()  # what was read before the lock may have changed while waiting for it
    return Locked(*row)


def known_visit(visit_id: str) -> campaign_queries.PlannedVisit:
    """A visit as it is planned. Raises NotFound("NO_SUCH_VISIT")."""
    try:
        return campaign_queries.planned_visit(visit_id)
    except NotFound:
        raise NotFound("NO_SUCH_VISIT") from None


def insert_missing(model: type[VisitHead] | type[ReusedOperation], row: dict[str, object]) -> None:
    """Insert a row unless another transaction just did."""
    run(_inserting(postgresql if is_postgresql() else sqlite, model), **row)


@cache
def _inserting(dialect: Any, model: type[VisitHead] | type[ReusedOperation]) -> Executable:
    missing: Executable = dialect.insert(model).on_conflict_do_nothing()
    return missing


def store_entries(ledger: Ledger, *, session_id: str = "", device_id: str = "") -> None:
    """Write what was added: as many statements for 200 operations as for one."""
    if not ledger.added:
        return
    ledger.sign()
    hints.touch(ledger.visit_id)
    facts = (ledger.visit_id, session_id, device_id)
    rows = [(*_plain(entry), json.dumps(entry.parents), *facts) for entry in ledger.added]
    _insert(_ENTRIES, (*_PLAIN, "parents", "visit_id", "session_id", "device_id"), rows)
    _store_heads(ledger)
    _mirror_start(ledger)
    run(
        _MOVE_HEAD,
        of=ledger.visit_id,
        to_n=ledger.n,
        to_hash=ledger.hash,
        more_held=ledger.held_change,
        more_contested=ledger.contested_change(),
        are_repins=len(ledger.repins),
    )


def _insert(table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of what the drivers take as it is, in one exchange: a binary array a column on PostgreSQL."""
    connection = db.session.connection()
    begun = f"INSERT INTO {table.name} ({', '.join(columns)})"
    if is_postgresql():
        arrays = ", ".join(f"%b::{_ARRAYS[table.c[each].type.python_type]}[]" for each in columns)
        connection.exec_driver_sql(f"{begun} SELECT * FROM unnest({arrays})", tuple(map(list, zip(*rows, strict=True))))
    else:
        connection.exec_driver_sql(f"{begun} VALUES ({', '.join('?' * len(columns))})", list(rows))


def _store_heads(ledger: Ledger) -> None:
    gone, new = ledger.head_changes()
    if gone:  # an operation stands in one cell, so two lists are as good as a list of pairs
        paths, ops = {path for path, _ in gone}, {op for _, op in gone}
        run(_DELETE_HEADS, visit_id=ledger.visit_id, paths=list(paths), ops=list(ops))
    if new:
        rows = [(ledger.visit_id, path, op, each.n, each.value_hash) for path, op, each in new]
        _insert(_HEADS, ("visit_id", "path", "op", "n", "value_hash"), rows)


def _mirror_start(ledger: Ledger) -> None:
    """Mirror on the visit that its lead has started it, if that came now."""
    first = next((entry for entry in ledger.added if entry.path == START and entry.status == ACCEPTED), None)
    if first is not None:
        campaigns.set_visit_started(ledger.visit_id, datetime.fromtimestamp(first.received_ms / 1000, UTC))


def mirror_checklist(ledger: Ledger) -> None:
    """Mirror the checklist in force on the visit, if this push has moved it to another."""
    chk = ledger.repins.last
    if chk is not None and any(entry.kind == REPIN and entry.status == ACCEPTED for entry in ledger.added):
        campaigns.set_visit_checklist(ledger.visit_id, checklists.version_by_chk(chk).id)


def mirror_state(ledger: Ledger, *, state: str, mirrored: str, at: datetime) -> None:
    """Mirror the log's state on the visit, with the entry that completed the signatures."""
    signed_anew = any(entry.kind == "sign" and entry.status == ACCEPTED for entry in ledger.added)
    if not ledger.added or (state == mirrored and not (state == "signed" and signed_anew)):
        return
    signed_hash = None
    signed_n = ledger.state().signed_n if state == "signed" else None
    if signed_n is not None:
        at_n = next((entry.hash for entry in ledger.added if entry.n == signed_n), None)
        signed_hash = (at_n or queries.hash_at(ledger.visit_id, signed_n) or b"").hex()
    campaigns.set_visit_state(ledger.visit_id, state, signed_n=signed_n, signed_hash=signed_hash, at=at)
