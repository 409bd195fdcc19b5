"""Issuing the minutes that both parties signed on site: numbered, sealed and kept as every other document.

They bear the day on which they were signed, and the signatures as they were drawn; nothing of their content is new.
"""

from dataclasses import dataclass, replace
from datetime import date

from app.campaigns.queries import PlannedVisit
from app.documents.official import Official
from app.domain.authority import lead_capacity
from app.domain.calendar import local_day
from app.domain.conclusions import document_number
from app.domain.errors import OutOfDate
from app.domain.permissions import Actor
from app.findings import papers
from app.findings.actions import documents
from app.findings.actions.trace import check_right, check_stands, note
from app.findings.models import Conclusion
from app.findings.queries import minutes, outcomes, records
from app.findings.queries.records import DocumentRow


@dataclass(frozen=True)
class Recordable:
    """A visit whose minutes may be issued: the day they were signed, and those issued of what was signed before."""

    conclusion: Conclusion
    visit: PlannedVisit
    signed_on: date
    paper: Official
    earlier: DocumentRow | None


def recordable(actor: Actor, conclusion_id: str, *, lock: bool = False) -> Recordable:
    """What the lead would issue now.

    Raises OutOfDate("already_minuted") once the minutes of what was signed last are issued, and OutOfDate
    ("visit_reopened"), ("visit_unconfirmed") as issuing the conclusion does.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=lock)
    check_right(actor, conclusion, visit, "minutes.issue")
    check_stands(conclusion, visit)
    outcomes.confirmed_log(visit.id)
    if visit.signed_at is None:
        raise OutOfDate("visit_reopened")
    if minutes.in_force(visit) is not None:
        raise OutOfDate("already_minuted")
    paper = papers.minutes_to_issue(visit, conclusion)
    return Recordable(conclusion, visit, local_day(visit.signed_at), paper, minutes.latest(visit.id))


def issue_minutes(actor: Actor, conclusion_id: str, wanted: documents.Numbering, *, fingerprint: str) -> str:
    """Issue the minutes as they were read, under a number of the delegation's series; returns the printed number.

    Those issued of what was signed before are replaced by them. Raises OutOfDate("paper_changed") when they are not
    what the draft with that fingerprint said, Invalid("issue_date") for another day than that of the signatures, and
    as `recordable` and `documents.number_and_keep` do.
    """
    found = recordable(actor, conclusion_id, lock=True)
    conclusion = found.conclusion
    if found.paper.fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    issued = documents.number_and_keep(
        actor,
        found.paper,
        documents.Origin(conclusion.issuer_unit_id, conclusion.id),
        replace(wanted, today=found.signed_on),
        since=found.signed_on,
        facts=papers.facts_of(conclusion) | {"text": fingerprint, "content": papers.signed_content(found.paper)},
        linked=documents.Linked(replaces_id=found.earlier.id if found.earlier else None),
        capacity=lead_capacity(),
    )
    told = {"number": issued.number, "symbol": issued.symbol, "on": issued.dated.isoformat(), "code": issued.id}
    note(conclusion, actor, "issue_minutes", detail=told)
    return document_number(issued.number, issued.symbol)
