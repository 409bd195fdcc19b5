"""What stands in the way of a conclusion, read for one page of the queue in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, case, func, not_, or_, select

from app.accounts.models import Device
from app.campaigns.models import Visit
from app.campaigns.queries import PlannedVisit
from app.domain.visits import is_confirmed, visit_state
from app.extensions import db, now
from app.findings.models import Conclusion, Finding
from app.overview.queries.devices import SILENT_AFTER
from app.sync import queries as sync
from app.sync.models import Entry as EntryRow
from app.sync.models import Restore, VisitContact, VisitHead


@dataclass(frozen=True)
class Blocker:
    """What stands in the way, and how many of it: a key of the label catalogue's `blocker`."""

    kind: str
    count: int = 1


def blockers_of(rows: Sequence[Row[Any]], visits: Mapping[str, PlannedVisit]) -> Mapping[str, tuple[Blocker, ...]]:
    """What stands in the way of each line of a page of the queue, by visit; a fixed number of statements."""
    ids = {row.visit_id for row in rows}
    marks = _marks(ids)
    photos = _missing_photos({row.id: row.visit_id for row in rows if row.id})
    stale = _stale({row.id for row in rows if row.id})
    devices, unconfirmed = _devices(ids), _unconfirmed(ids)
    found = {}
    for row in rows:
        visit = visits[row.visit_id]
        contested, held = marks.get(visit.id, (0, 0))
        owing, silent = devices.get(visit.id, (0, 0))
        moved = row.id and (visit.state, visit.signed_n, visit.signed_hash) != ("signed", row.n, row.log_hash)
        counted = {
            "reopened": int(bool(moved)),
            "unconfirmed": int(visit.id in unconfirmed),
            "stale": stale.get(row.id, 0) + len(row.stale_texts or ()),
            "contested": contested,
            "held": held,
            "photos": photos.get(visit.id, 0),
            "devices": owing,
            "silent": silent,
        }
        found[visit.id] = tuple(Blocker(kind, count) for kind, count in counted.items() if count)
    return found


def _stale(conclusion_ids: Collection[str]) -> Mapping[str, int]:
    rows = db.session.execute(
        select(Finding.conclusion_id, func.count())
        .where(Finding.conclusion_id.in_(conclusion_ids), Finding.stale_from.is_not(None))
        .group_by(Finding.conclusion_id)
    )
    return dict(rows.all())


def _marks(visit_ids: Collection[str]) -> Mapping[str, tuple[int, int]]:
    rows = db.session.execute(
        select(VisitHead.visit_id, VisitHead.contested, VisitHead.held).where(VisitHead.visit_id.in_(visit_ids))
    )
    return {visit_id: (contested, held) for visit_id, contested, held in rows}


def _missing_photos(visits: Mapping[str, str]) -> Mapping[str, int]:
    """How many photos of each conclusion's answers are not on the server: two statements, one look at each folder."""
    rows = db.session.execute(
        select(Conclusion.id, Conclusion.computed[("evidence")]).where(Conclusion.id.in_(visits.keys()))
    ).all()
    here = sync.photos_there(set(visits.values()))
    return {
        visits[key]: len({each["sha256"] for each in (evidence or {}).values()}.difference(here[visits[key]]))
        for key, evidence in rows
    }


def _devices(visit_ids: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """How many devices said, when last heard, that they had yet to send something; and how many are silent.

    A silent one is in use, opened the visit and was not heard of since its minutes were signed: it owed nothing then,
    but may hold what was written afterwards.
    """
    owes = or_(VisitContact.pending_ops > 0, VisitContact.pending_blobs > 0)
    silent = and_(
        not_(owes),
        Device.revoked_at.is_(None),
        VisitContact.last_at < Visit.signed_at,
        VisitContact.last_at < now() - SILENT_AFTER,
    )
    rows = db.session.execute(
        select(VisitContact.visit_id, func.sum(case((owes, 1), else_=0)), func.sum(case((silent, 1), else_=0)))
        .join(Visit, Visit.id == VisitContact.visit_id)
        .join(Device, Device.id == VisitContact.device_id)
        .where(VisitContact.visit_id.in_(visit_ids))
        .group_by(VisitContact.visit_id)
    )
    return {visit_id: (int(owing), int(quiet)) for visit_id, owing, quiet in rows}


def _unconfirmed(visit_ids: Collection[str]) -> frozenset[str]:
    """Visits whose signatures stand for entries that are not here (I12): only after a restore can there be any."""
    if not visit_ids or not db.session.scalar(select(func.count()).select_from(Restore)):
        return frozenset()
    logs: dict[str, list[Any]] = defaultdict(list)
    for visit_id, entry in sync.entries_where(EntryRow.visit_id.in_(visit_ids)):
        logs[visit_id].append(sync.as_domain(entry))
    return frozenset(key for key, entries in logs.items() if not is_confirmed(entries, visit_state(entries)))
