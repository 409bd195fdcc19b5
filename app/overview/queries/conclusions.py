"""The queue of conclusions: what waits for whom, how many working days, and what stands in its way.

Searched, counted and paged by the database; of one page only what its lines show is read, in a number of statements
that is the same for five units and for three thousand.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, literal, or_, select

from app.accounts.models import Unit
from app.campaigns import queries as campaigns
from app.campaigns.models import Campaign, Member, Visit
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.calendar import WorkingCalendar, local_day, working_days_after
from app.domain.conclusions import ConclusionState
from app.domain.permissions import Actor, Role, may
from app.domain.vietnamese import search_key
from app.domain.visits import is_confirmed, visit_state
from app.extensions import db
from app.findings.models import Conclusion, ConclusionEvent, Finding
from app.remediation.queries import calendar_between
from app.sync import queries as sync
from app.sync.models import Blob, Restore, VisitContact, VisitHead
from app.sync.models import Entry as EntryRow

# A visit that both parties signed and nobody has begun to conclude: not a state of a conclusion, but work that waits.
TO_DRAFT = "to_draft"
STATES = (TO_DRAFT, *(state.value for state in ConclusionState))
STEPS = ("begin", "submit", "approve", "return", "issue")


@dataclass(frozen=True)
class QueueSearch:
    """What is looked for: one of `STATES` or empty, and words of a unit's name."""

    state: str = ""
    text: str = ""


@dataclass(frozen=True)
class Blocker:
    """What stands in the way, and how many of it: a key of the label catalogue's `blocker`."""

    kind: str
    count: int = 1


@dataclass(frozen=True)
class QueueRow:
    """A line of the queue; `conclusion_id` is empty while nobody has begun."""

    visit: PlannedVisit
    state: str
    since: date
    waiting: int  # working days after `since`
    blockers: tuple[Blocker, ...] = ()
    conclusion_id: str = ""
    basis_points: int | None = None
    grade: str = ""
    number: int | None = None
    symbol: str = ""
    issued_on: date | None = None
    findings: Mapping[str, int] | None = None
    may_begin: bool = False


def counts(actor: Actor, search: QueueSearch) -> Mapping[str, int]:
    """How many lines are in each state, in the order of a conclusion's life: one statement."""
    state = _state()
    rows = db.session.execute(_joined(select(state, func.count())).where(*_asked(actor, search)).group_by(state))
    found = {row[0]: int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in STATES}


def queue(actor: Actor, search: QueueSearch, today: date, *, limit: int, offset: int = 0) -> Sequence[QueueRow]:
    """One page: what waits longest first, then what is issued, the latest first."""
    since, issued = _since(), func.coalesce(Conclusion.state, "") == ConclusionState.ISSUED
    columns = (
        Conclusion.id, Conclusion.state, Conclusion.basis_points, Conclusion.grade, Conclusion.chk, Conclusion.number,
        Conclusion.symbol, Conclusion.issued_on, Conclusion.n, Conclusion.log_hash,
        Conclusion.stale_texts,
    )  # fmt: skip
    asked = _asked(actor, search) if not search.state else [*_asked(actor, search), _state() == search.state]
    rows = db.session.execute(
        _joined(select(Visit.id.label("visit_id"), since.label("since"), *columns))
        .where(*asked)
        .order_by(
            case((issued, 1), else_=0), case((issued, None), else_=since), Conclusion.issued_at.desc(), Visit.id
        )
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    visits = campaigns.planned_visits({row.visit_id for row in rows})
    found = _findings({row.id for row in rows if row.id})
    blockers = _blockers([row for row in rows if row.state != ConclusionState.ISSUED], visits)
    first = min([today, *(local_day(row.since) for row in rows)])
    calendar = calendar_between(first.year, today.year)
    return [_row(actor, row, visits[row.visit_id], found, blockers, calendar, today) for row in rows]


def _row(
    actor: Actor, row: Row[Any], visit: PlannedVisit, found: Mapping[str, Mapping[str, int]],
    blockers: Mapping[str, tuple[Blocker, ...]], calendar: WorkingCalendar, today: date,
) -> QueueRow:  # fmt: skip
    day = local_day(row.since)
    return QueueRow(
        visit=visit,
        state=row.state or TO_DRAFT,
        since=day,
        waiting=0 if row.state == ConclusionState.ISSUED else working_days_after(calendar, day, today),
        blockers=blockers.get(visit.id, ()),
        conclusion_id=row.id or "",
        basis_points=row.basis_points,
        grade=_grade_label(row.chk, row.grade) if row.id else "",
        number=row.number,
        symbol=row.symbol or "",
        issued_on=row.issued_on,
        findings=found.get(row.id, {}) if row.id else None,
        may_begin=row.id is None and may(actor, "conclusion.prepare", visit.subject),
    )


def _grade_label(chk: str, grade: str) -> str:
    return next((each.label.vi for each in checklists.checklist_by_chk(chk).grades if each.key == grade), "")


# --- what is asked of the database ---------------------------------------------------------------------------


def _joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        statement.select_from(Visit)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .outerjoin(Conclusion, Conclusion.visit_id == Visit.id)
    )


def _state() -> ColumnElement[str]:
    return func.coalesce(Conclusion.state, literal(TO_DRAFT))


def _since() -> ColumnElement[datetime]:
    """The last step taken; the beginning, or the signatures, where there was none."""
    last = (
        select(func.max(ConclusionEvent.at))
        .where(ConclusionEvent.conclusion_id == Conclusion.id, ConclusionEvent.action.in_(STEPS))
        .correlate(Conclusion)
        .scalar_subquery()
    )
    return func.coalesce(last, Conclusion.created_at, Visit.signed_at, Visit.created_at)


def _asked(actor: Actor, search: QueueSearch) -> list[ColumnElement[bool]]:
    """Conclusions, and signed visits without one, that the actor may see (`conclusion.see`) and looks for."""
    mine = select(Member.delegation_id).where(Member.user_id == actor.user_id, Member.removed_at.is_(None))
    above = _below(Campaign.host_path, actor, Role.ADMINISTRATOR, Role.VICE_CHAIR)
    issued = Conclusion.state == ConclusionState.ISSUED
    own = [and_(issued, each) for each in _below(Visit.unit_path, actor, Role.WARD_HEAD, Role.WARD_OFFICER)]
    conditions = [
        or_(Visit.delegation_id.in_(mine), *above, *own),
        or_(Conclusion.id.is_not(None), Visit.state == "signed"),
    ]
    if search.text:
        named = Unit.search_key.contains(search_key(search.text), autoescape=True)
        conditions.append(exists().where(Unit.id == Visit.unit_id, named))
    return conditions


def _below(column: Any, actor: Actor, *roles: Role) -> list[ColumnElement[bool]]:
    paths = sorted({grant.unit_path for grant in actor.grants if grant.role in roles})
    return [column.startswith(path, autoescape=True) for path in paths]


def _findings(conclusion_ids: Collection[str]) -> Mapping[str, Mapping[str, int]]:
    rows = db.session.execute(
        select(Finding.conclusion_id, Finding.severity, func.count())
        .where(Finding.conclusion_id.in_(conclusion_ids), Finding.excluded_reason.is_(None))
        .group_by(Finding.conclusion_id, Finding.severity)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for conclusion_id, severity, count in rows:
        found[conclusion_id][severity] = count
    return found


# --- what stands in the way ----------------------------------------------------------------------------------


def _blockers(rows: Sequence[Row[Any]], visits: Mapping[str, PlannedVisit]) -> Mapping[str, tuple[Blocker, ...]]:
    ids = {row.visit_id for row in rows}
    marks = _marks(ids)
    photos = _missing_photos({row.id: row.visit_id for row in rows if row.id})
    stale = _stale({row.id for row in rows if row.id})
    devices, unconfirmed = _owing_devices(ids), _unconfirmed(ids)
    found = {}
    for row in rows:
        visit = visits[row.visit_id]
        contested, held = marks.get(visit.id, (0, 0))
        moved = row.id and (visit.state, visit.signed_n, visit.signed_hash) != ("signed", row.n, row.log_hash)
        counted = {
            "reopened": int(bool(moved)),
            "unconfirmed": int(visit.id in unconfirmed),
            "stale": stale.get(row.id, 0) + len(row.stale_texts or ()),
            "contested": contested,
            "held": held,
            "photos": photos.get(visit.id, 0),
            "devices": devices.get(visit.id, 0),
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
    """How many photos of each conclusion's answers the server has not received: two statements."""
    rows = db.session.execute(
        select(Conclusion.id, Conclusion.computed[("evidence")]).where(Conclusion.id.in_(visits.keys()))
    ).all()
    here: dict[str, set[str]] = defaultdict(set)
    stored = select(Blob.visit_id, Blob.sha256).where(Blob.visit_id.in_(set(visits.values())))
    for visit_id, sha256 in db.session.execute(stored):
        here[visit_id].add(sha256)
    return {
        visits[key]: len({each["sha256"] for each in (evidence or {}).values()} - here[visits[key]])
        for key, evidence in rows
    }


def _owing_devices(visit_ids: Collection[str]) -> Mapping[str, int]:
    """How many devices said that they had yet to send something, when they were last heard of."""
    owes = or_(VisitContact.pending_ops > 0, VisitContact.pending_blobs > 0)
    rows = db.session.execute(
        select(VisitContact.visit_id, func.count())
        .where(VisitContact.visit_id.in_(visit_ids), owes)
        .group_by(VisitContact.visit_id)
    )
    return dict(rows.all())


def _unconfirmed(visit_ids: Collection[str]) -> frozenset[str]:
    """Visits whose signatures stand for entries that are not here (I12): only after a restore can there be any."""
    if not visit_ids or not db.session.scalar(select(func.count()).select_from(Restore)):
        return frozenset()
    logs: dict[str, list[Any]] = defaultdict(list)
    for visit_id, entry in sync.entries_where(EntryRow.visit_id.in_(visit_ids)):
        logs[visit_id].append(sync.as_domain(entry))
    return frozenset(key for key, entries in logs.items() if not is_confirmed(entries, visit_state(entries)))
