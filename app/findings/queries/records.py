"""The rows of a conclusion, and whether a person may see them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.campaigns import queries as campaigns
from app.campaigns.queries import PlannedVisit
from app.domain.calendar import local_day
from app.domain.conclusions import ConclusionState, document_number
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Subject, may
from app.extensions import db, now
from app.findings.models import Conclusion, ConclusionChecker, ConclusionEvent, Finding, Instruction, IssuedDocument

LETTERS = "UBND-NV"  # the symbol of an agency's letters


def seen_by(actor: Actor, conclusion_id: str, *, lock: bool = False) -> tuple[Conclusion, PlannedVisit]:
    """A conclusion the actor may see, with its visit; raises NotFound for a missing and a hidden one alike."""
    statement = select(Conclusion).where(Conclusion.id == conclusion_id)
    conclusion = db.session.scalar(statement.with_for_update() if lock else statement)
    if conclusion is None:
        raise NotFound("not_found")
    visit = campaigns.planned_visit(conclusion.visit_id)
    if not may(actor, "conclusion.see", subject_of(conclusion, visit)):
        raise NotFound("not_found")
    return conclusion, visit


def subject_of(conclusion: Conclusion, visit: PlannedVisit) -> Subject:
    """What the permission rules need to know of a conclusion: its visit, whose turn it is, whether it is issued."""
    checks = conclusion.state == ConclusionState.CHECKING
    return replace(
        visit.subject,
        issued=conclusion.state == ConclusionState.ISSUED,
        checker_ids=checkers_of(conclusion.id)[conclusion.chain_step] if checks else frozenset(),
    )


def checkers_of(conclusion_id: str) -> Mapping[int, frozenset[str]]:
    """Who may take each step of a conclusion's chain, by number from 0."""
    rows = db.session.execute(
        select(ConclusionChecker.step, ConclusionChecker.user_id).where(
            ConclusionChecker.conclusion_id == conclusion_id
        )
    )
    found: dict[int, set[str]] = defaultdict(set)
    for number, user_id in rows:
        found[number].add(user_id)
    return defaultdict(frozenset, {number: frozenset(people) for number, people in found.items()})


def stands(conclusion: Conclusion, visit: PlannedVisit) -> bool:
    """Whether the visit is still signed at the position the conclusion was computed at."""
    return visit.state == "signed" and visit.signed_n == conclusion.n and visit.signed_hash == conclusion.log_hash


def of_visit(visit_id: str) -> Conclusion | None:
    """The conclusion of a visit, if one was begun; of several, where one replaces another, the latest."""
    latest = select(Conclusion).where(Conclusion.visit_id == visit_id).order_by(Conclusion.created_at.desc())
    return db.session.scalar(latest.limit(1))


def get(conclusion_id: str | None) -> Conclusion | None:
    """A conclusion by id, for whoever was let see another of the same visit."""
    return db.session.get(Conclusion, conclusion_id) if conclusion_id else None


def replacement_of(conclusion_id: str) -> Conclusion | None:
    """The conclusion that replaces this one, or is being written to."""
    return db.session.scalar(select(Conclusion).where(Conclusion.replaces_id == conclusion_id))


def replaced_by(conclusion_id: str) -> Conclusion | None:
    """The issued conclusion that replaces this one."""
    found = replacement_of(conclusion_id)
    return found if found is not None and found.state == ConclusionState.ISSUED else None


def counts() -> ColumnElement[bool]:
    """Whether a conclusion counts in lists and summaries: a replacement only once issued, what it replaces until then.

    So every visit that was concluded counts once.
    """
    later = aliased(Conclusion)
    replaced = exists().where(later.replaces_id == Conclusion.id, later.state == ConclusionState.ISSUED)
    return and_(or_(Conclusion.replaces_id.is_(None), Conclusion.state == ConclusionState.ISSUED), ~replaced)


def findings_of(conclusion_id: str) -> Sequence[Finding]:
    """The findings of a conclusion in document order, those left out included."""
    return db.session.scalars(
        select(Finding).where(Finding.conclusion_id == conclusion_id).order_by(Finding.position, Finding.id)
    ).all()


def finding(finding_id: str) -> Finding:
    """One finding; raises NotFound. Whoever asks has checked that the actor may see it."""
    found = db.session.get(Finding, finding_id)
    if found is None:
        raise NotFound("not_found")
    return found


def item_keys(finding_ids: Collection[str]) -> Mapping[str, str]:
    """Which item each finding is about, in one statement."""
    rows = db.session.execute(select(Finding.id, Finding.item_key).where(Finding.id.in_(set(finding_ids))))
    return {row.id: row.item_key for row in rows}


def last_before(conclusion: Conclusion) -> Conclusion | None:
    """The latest conclusion in force of the unit from an earlier visit; a draft looks at what was issued by now."""
    return db.session.scalar(
        select(Conclusion)
        .where(
            Conclusion.unit_id == conclusion.unit_id,
            Conclusion.visit_id != conclusion.visit_id,
            Conclusion.state == ConclusionState.ISSUED,
            Conclusion.issued_at < (conclusion.issued_at or now()),
            counts(),
        )
        .order_by(Conclusion.issued_at.desc(), Conclusion.id)
        .limit(1)
    )


def instructions_of(conclusion_id: str) -> Sequence[Instruction]:
    """The instructions of a conclusion in the order they were given."""
    return db.session.scalars(
        select(Instruction)
        .where(Instruction.conclusion_id == conclusion_id)
        .order_by(Instruction.position, Instruction.id)
    ).all()


def events_of(conclusion_id: str) -> Sequence[ConclusionEvent]:
    """Every act on a conclusion, oldest first."""
    return db.session.scalars(
        select(ConclusionEvent)
        .where(ConclusionEvent.conclusion_id == conclusion_id)
        .order_by(ConclusionEvent.at, ConclusionEvent.id)
    ).all()


def latest_event(conclusion_id: str, action: str) -> ConclusionEvent | None:
    """The last act of a kind, such as the submission or the approval in force."""
    return db.session.scalar(
        select(ConclusionEvent)
        .where(ConclusionEvent.conclusion_id == conclusion_id, ConclusionEvent.action == action)
        .order_by(ConclusionEvent.at.desc(), ConclusionEvent.id.desc())
        .limit(1)
    )


def forwarded_since(conclusion_id: str, at: datetime) -> Sequence[ConclusionEvent]:
    """The steps of the chain that were passed since a submission, in order."""
    return db.session.scalars(
        select(ConclusionEvent)
        .where(
            ConclusionEvent.conclusion_id == conclusion_id,
            ConclusionEvent.action == "forward",
            ConclusionEvent.at >= at,
        )
        .order_by(ConclusionEvent.at, ConclusionEvent.id)
    ).all()


def approved_on(conclusion_id: str) -> date | None:
    """The day in Viet Nam on which the conclusion was last approved."""
    event = latest_event(conclusion_id, "approve")
    return local_day(event.at) if event else None


def is_number_taken(issuer_unit_id: int, year: int, number: int) -> bool:
    """Whether the issuer has used a number in that year's series."""
    found = select(Conclusion.id).where(
        Conclusion.issuer_unit_id == issuer_unit_id,
        Conclusion.issued_year == year,
        Conclusion.number == number,
    )
    return db.session.scalar(found) is not None


def next_number(issuer_unit_id: int, year: int) -> int:
    """The number after the highest one used in the issuer's series of that year."""
    highest = db.session.scalar(
        select(func.max(Conclusion.number)).where(
            Conclusion.issuer_unit_id == issuer_unit_id, Conclusion.issued_year == year
        )
    )
    return (highest or 0) + 1


@dataclass(frozen=True)
class Series:
    """The numbers of one symbol that an agency gives in a year (Decree 30/2020/NĐ-CP, article 15)."""

    issuer_unit_id: int
    year: int
    symbol: str

    def holds(self) -> ColumnElement[bool]:
        return and_(
            IssuedDocument.issuer_unit_id == self.issuer_unit_id,
            IssuedDocument.year == self.year,
            IssuedDocument.symbol == self.symbol,
        )


def is_used(series: Series, number: int) -> bool:
    """Whether a document of the series has this number."""
    return (
        db.session.scalar(select(IssuedDocument.id).where(series.holds(), IssuedDocument.number == number)) is not None
    )


def next_in(series: Series) -> int:
    """The number after the highest one used in a series."""
    return (db.session.scalar(select(func.max(IssuedDocument.number)).where(series.holds())) or 0) + 1


def in_force() -> Select[str]:
    """The ids of issued conclusions that nothing has replaced: what orders repairs."""
    return select(Conclusion.id).where(Conclusion.state == ConclusionState.ISSUED, counts())


def numbers_of(conclusion_ids: Collection[str]) -> Mapping[str, tuple[int | None, str, date | None]]:
    """Number, symbol and day of many conclusions, in one statement."""
    rows = db.session.execute(
        select(Conclusion.id, Conclusion.number, Conclusion.symbol, Conclusion.issued_on).where(
            Conclusion.id.in_(set(conclusion_ids))
        )
    )
    return {row.id: (row.number, row.symbol, row.issued_on) for row in rows}


def visits_of(conclusion_ids: Collection[str]) -> Mapping[str, PlannedVisit]:
    """The visits of many conclusions by conclusion, in three statements however many."""
    rows = db.session.execute(
        select(Conclusion.id, Conclusion.visit_id).where(Conclusion.id.in_(set(conclusion_ids)))
    ).all()
    visits = campaigns.planned_visits({row.visit_id for row in rows})
    return {row.id: visits[row.visit_id] for row in rows}


@dataclass(frozen=True)
class DocumentRow:
    """An issued document without its bytes."""

    id: str
    kind: str
    conclusion_id: str | None
    campaign_id: str | None
    issuer_unit_id: int
    issuer: str
    number: int
    symbol: str
    dated: date
    signed_at: datetime
    certificate: str
    agency_certificate: str
    sha256: str
    replaces_id: str | None
    corrects_id: str | None

    @property
    def printed(self) -> str:
        """Number and symbol as printed: `05/TB-UBND`."""
        return document_number(self.number, self.symbol)


_DOCUMENT = tuple(getattr(IssuedDocument, each.name) for each in fields(DocumentRow))


def issued_documents_of(conclusion_id: str) -> Sequence[DocumentRow]:
    """The documents issued for a conclusion, the oldest first."""
    return _documents(IssuedDocument.conclusion_id == conclusion_id)


def issued_documents_of_campaign(campaign_id: str) -> Sequence[DocumentRow]:
    """The documents issued for a campaign as a whole, the oldest first."""
    return _documents(IssuedDocument.campaign_id == campaign_id)


def _documents(which: ColumnElement[bool]) -> Sequence[DocumentRow]:
    rows = db.session.execute(select(*_DOCUMENT).where(which).order_by(IssuedDocument.signed_at, IssuedDocument.id))
    return [DocumentRow(*row) for row in rows]


def notice_of(conclusion_id: str | None) -> str | None:
    """The public code of the notice that was issued of a conclusion."""
    notice = (IssuedDocument.conclusion_id == conclusion_id) & (IssuedDocument.kind == "notice")
    return db.session.scalar(select(IssuedDocument.id).where(notice)) if conclusion_id else None


def issued_document(document_id: str) -> DocumentRow | None:
    """An issued document by its public code."""
    row = db.session.execute(select(*_DOCUMENT).where(IssuedDocument.id == document_id)).first()
    return DocumentRow(*row) if row else None


def linked_to(documents: Collection[DocumentRow]) -> Sequence[DocumentRow]:
    """The documents that replace or correct these, or that these replace or correct, the oldest first."""
    own = {each.id for each in documents}
    named = {code for each in documents for code in (each.replaces_id, each.corrects_id) if code}
    which = or_(IssuedDocument.id.in_(named), IssuedDocument.replaces_id.in_(own), IssuedDocument.corrects_id.in_(own))
    return _documents(which) if own else ()


def lock_document(document_id: str) -> None:
    """Whoever corrects or replaces one document does so one after another."""
    db.session.execute(select(IssuedDocument.id).where(IssuedDocument.id == document_id).with_for_update())


def pdf_of(document_id: str) -> bytes | None:
    """The signed bytes of an issued document."""
    return db.session.scalar(select(IssuedDocument.pdf).where(IssuedDocument.id == document_id))
