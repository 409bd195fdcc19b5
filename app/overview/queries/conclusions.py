"""The queue of conclusions: what waits for whom, how many working days, and what stands in its way.

Searched, counted and paged by the database; of one page only what its lines show is read, in a number of statements
that is the same for five units and for three thousand.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, literal, or_, select

from app.accounts.models import Unit
from app.accounts.queries import directory
from app.campaigns import queries as campaigns
from app.campaigns.models import INSPECTION, Campaign, Member, Visit
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.calendar import WorkingCalendar, local_day, working_days_after
from app.domain.conclusions import ConclusionState
from app.domain.permissions import Actor, Role, may
from app.domain.vietnamese import search_key
from app.extensions import db
from app.findings.models import Conclusion, ConclusionChecker, ConclusionEvent, Finding
from app.findings.queries.paths import CHAIR
from app.overview.queries.blockers import Blocker, blockers_of
from app.remediation.queries import calendar_between

# A visit that both parties signed and nobody has begun to conclude: not a state of a conclusion, but work that waits.
TO_DRAFT = "to_draft"
STATES = (TO_DRAFT, *(state.value for state in ConclusionState))
STEPS = ("begin", "submit", "forward", "approve", "return", "issue")


@dataclass(frozen=True)
class QueueSearch:
    """What is looked for: one of `STATES` or empty, and words of a unit's name."""

    state: str = ""
    text: str = ""


@dataclass(frozen=True)
class QueueRow:
    """A line of the queue; `conclusion_id` is empty while nobody has begun.

    `step` is where in its chain a conclusion stands, as `2/3 Văn phòng thẩm tra`; `turn` whose turn it is, by name.
    """

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
    step: str = ""
    turn: tuple[str, ...] = ()
    mine: bool = False


def counts(actor: Actor, search: QueueSearch) -> Mapping[str, int]:
    """How many lines are in each state, in the order of a conclusion's life: one statement."""
    state = _state()
    rows = db.session.execute(_joined(select(state, func.count())).where(*_asked(actor, search)).group_by(state))
    found = {row[0]: int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in STATES}


def queue(actor: Actor, search: QueueSearch, today: date, *, limit: int, offset: int = 0) -> Sequence[QueueRow]:
    """One page: the actor's own turn first, then what waits longest, then what is issued, the latest first."""
    since, issued = _since(), func.coalesce(Conclusion.state, "") == ConclusionState.ISSUED
    mine = case((_my_turn(actor), 1), else_=0)
    columns = (
        Conclusion.id, Conclusion.state, Conclusion.basis_points, Conclusion.grade, Conclusion.chk, Conclusion.number,
        Conclusion.symbol, Conclusion.issued_on, Conclusion.n, Conclusion.log_hash,
        Conclusion.stale_texts, Conclusion.chain, Conclusion.chain_step,
    )  # fmt: skip
    asked = _asked(actor, search) if not search.state else [*_asked(actor, search), _state() == search.state]
    rows = db.session.execute(
        _joined(select(Visit.id.label("visit_id"), since.label("since"), mine.label("mine"), *columns))
        .where(*asked)
        .order_by(
            case((issued, 1), else_=0), mine.desc(), case((issued, None), else_=since),
            Conclusion.issued_at.desc(), Visit.id,
        )
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    visits = campaigns.planned_visits({row.visit_id for row in rows})
    found = _findings({row.id for row in rows if row.id})
    blockers = blockers_of([row for row in rows if row.state != ConclusionState.ISSUED], visits)
    turns = _turns(rows, visits)
    first = min([today, *(local_day(row.since) for row in rows)])
    calendar = calendar_between(first.year, today.year)
    return [
        replace(
            _row(actor, row, visits[row.visit_id], found, blockers, calendar, today),
            step=_step(row), turn=turns.get(_key(row), ()), mine=bool(row.mine),
        )
        for row in rows
    ]  # fmt: skip


def _step(row: Row[Any]) -> str:
    if row.state != ConclusionState.CHECKING:
        return ""
    return f"{row.chain_step + 1}/{len(row.chain)} {row.chain[row.chain_step]}"


def _turns(rows: Sequence[Row[Any]], visits: Mapping[str, PlannedVisit]) -> Mapping[str, tuple[str, ...]]:
    """Whose turn it is in the lines of a page, by `_key`: the lead's, or those named for the step; two statements.

    A vice-chair's turn names nobody: whichever of them comes first may take it.
    """
    people = {
        _key(row): sorted(visits[row.visit_id].subject.lead_ids)
        for row in rows
        if row.state in (None, ConclusionState.DRAFT, ConclusionState.RETURNED)
    }
    checked = [row.id for row in rows if row.state == ConclusionState.CHECKING]
    if checked:
        named = select(ConclusionChecker.conclusion_id, ConclusionChecker.user_id).where(
            ConclusionChecker.conclusion_id.in_(checked), _is_current_step()
        )
        joined = named.join(Conclusion, Conclusion.id == ConclusionChecker.conclusion_id)
        for conclusion_id, user_id in db.session.execute(joined.order_by(ConclusionChecker.user_id)):
            people.setdefault(conclusion_id, []).append(user_id)
    names = directory.names_of_people({each for those in people.values() for each in those})
    turns = {key: tuple(names[each] for each in those) for key, those in people.items()}
    reviewed = (ConclusionState.IN_REVIEW, ConclusionState.APPROVED)
    return turns | {_key(row): (CHAIR,) for row in rows if row.state in reviewed}


def _key(row: Row[Any]) -> str:
    """A visit may stand in two lines: with the notice in force, and with the draft that will replace it."""
    return str(row.id or row.visit_id)


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


def _is_current_step() -> ColumnElement[bool]:
    return ConclusionChecker.step == Conclusion.chain_step


def _my_turn(actor: Actor) -> ColumnElement[bool]:
    """`permissions` in SQL: the lead's draft, the step one is named for, what waits for a vice-chair."""
    led = select(Member.delegation_id).where(
        Member.user_id == actor.user_id, Member.removed_at.is_(None), Member.is_lead
    )
    named = exists().where(
        ConclusionChecker.conclusion_id == Conclusion.id,
        ConclusionChecker.user_id == actor.user_id,
        _is_current_step(),
    )
    state = _state()
    return or_(
        and_(
            state.in_((TO_DRAFT, ConclusionState.DRAFT, ConclusionState.RETURNED)), Visit.delegation_id.in_(led)
        ),
        and_(
            state == ConclusionState.CHECKING, named,
            or_(false(), *_below(Campaign.host_path, actor, Role.OFFICE, Role.VICE_CHAIR)),
        ),
        and_(
            state.in_((ConclusionState.IN_REVIEW, ConclusionState.APPROVED)),
            or_(false(), *_below(Campaign.host_path, actor, Role.VICE_CHAIR)),
        ),
    )  # fmt: skip


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
    above = _below(Campaign.host_path, actor, Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.OFFICE)
    issued = Conclusion.state == ConclusionState.ISSUED
    own = [and_(issued, each) for each in _below(Visit.unit_path, actor, Role.WARD_HEAD, Role.WARD_OFFICER)]
    conditions = [
        or_(Visit.delegation_id.in_(mine), *above, *own),
        or_(
            Conclusion.id.is_not(None),
            and_(Visit.state == "signed", Visit.recheck_of.is_(None), Campaign.kind == INSPECTION),
        ),
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
