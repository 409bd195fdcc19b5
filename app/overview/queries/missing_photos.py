"""Photos that were told of and are not here, row and file: whose they are, and on which phone they lie.

A photo lies on the phone that took it, whoever adopted it or put it back later. The server knows by which device an
operation came; what a phone says that it owes is told beside it, for it may have lost its store.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Device, User
from app.domain.wire import BodyError, decode
from app.extensions import db
from app.sync import queries as sync
from app.sync.models import Entry as EntryRow
from app.sync.models import Head


@dataclass(frozen=True)
class MissingPhotos:
    """How many photos of a visit a person's device has still to send; without `device_id` it is not known which."""

    who: str
    device_id: str | None
    device_name: str | None
    last_contact_at: datetime | None
    count: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """A photo that stands in a visit, as its first operation told of it."""

    visit_id: str
    user_id: str
    device_id: str
    sha256: str


def missing_from_visit(visit_id: str) -> tuple[MissingPhotos, ...]:
    """The photos that stand in a visit and are not here, by person and phone; three statements."""
    counts = Counter((each.user_id, each.device_id) for each in _missing([visit_id]))
    if not counts:
        return ()
    names = db.session.execute(select(User.id, User.name).where(User.id.in_({user for user, _ in counts})))
    people = {row.id: row.name for row in names}
    columns = (Device.id, Device.name, Device.last_contact_at)
    rows = db.session.execute(select(*columns).where(Device.id.in_({device for _, device in counts})))
    devices = {row.id: (row.id, row.name, row.last_contact_at) for row in rows}
    unknown = (None, None, None)
    found = [
        MissingPhotos(people[user], *devices.get(device, unknown), count=count)
        for (user, device), count in counts.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.who, each.device_name or "", each.device_id or "")))


def missing_from_device(device_id: str, visit_ids: Collection[str]) -> Mapping[str, int]:
    """How many photos of these visits were taken with a device and are not here, by visit; two statements."""
    return Counter(each.visit_id for each in _missing(visit_ids, EntryRow.device_id == device_id))


def _missing(visit_ids: Collection[str], *conditions: ColumnElement[bool]) -> list[_Taken]:
    taken = _taken(visit_ids, conditions)
    here = sync.photos_there({each.visit_id for each in taken})
    return [each for each in taken if each.sha256 not in here[each.visit_id]]


def _taken(visit_ids: Collection[str], conditions: Collection[ColumnElement[bool]]) -> list[_Taken]:
    """The standing photos; what puts one back has parents, and took nothing."""
    standing = aliased(EntryRow)
    stands = (
        select(Head.op)
        .join(standing, and_(standing.visit_id == Head.visit_id, standing.op == Head.op))
        .where(Head.visit_id == EntryRow.visit_id, Head.path == EntryRow.path, standing.kind.in_(("attach", "adopt")))
        .correlate(EntryRow)
        .exists()
    )
    columns = (EntryRow.visit_id, EntryRow.path, EntryRow.actor_id, EntryRow.device_id, EntryRow.parents, EntryRow.body)
    rows = db.session.execute(
        select(*columns)
        .where(EntryRow.visit_id.in_(visit_ids), EntryRow.kind == "attach", stands, *conditions)
        .order_by(EntryRow.visit_id, EntryRow.n)
    )
    first: dict[tuple[str, str], _Taken] = {}
    for row in rows:
        sha256 = "" if row.parents else _sha256(row.body)
        if sha256:
            first.setdefault((row.visit_id, row.path), _Taken(row.visit_id, row.actor_id, row.device_id, sha256))
    return list(first.values())


def _sha256(body: bytes) -> str:
    """The photo that a body names; nothing if it is held because it cannot be read."""
    try:
        value = decode(body).value
    except BodyError:
        return ""
    named = value.get("sha256") if isinstance(value, Mapping) else None
    return named if isinstance(named, str) else ""
