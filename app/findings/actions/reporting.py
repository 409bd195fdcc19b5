"""Issuing the delegation's report of what was submitted: signed by the lead, before anybody concludes from it."""

from dataclasses import dataclass
from datetime import date

from app.campaigns.queries import PlannedVisit
from app.documents.official import Official
from app.domain.authority import lead_capacity
from app.domain.calendar import local_day
from app.domain.conclusions import ConclusionState, check_reportable, document_number
from app.domain.errors import OutOfDate
from app.domain.permissions import Actor
from app.findings import papers
from app.findings.actions import documents
from app.findings.actions.trace import check_fresh, check_right, check_stands, note
from app.findings.models import Conclusion
from app.findings.queries import outcomes, records, reports


@dataclass(frozen=True)
class Reportable:
    """A conclusion whose report may be issued: as a draft, dated no earlier than the submission."""

    conclusion: Conclusion
    visit: PlannedVisit
    submitted_on: date
    paper: Official


def reportable(actor: Actor, conclusion_id: str, *, lock: bool = False) -> Reportable:
    """What the lead would issue now.

    Raises as `conclusions.check_reportable`, and OutOfDate("visit_reopened"), ("visit_unconfirmed"), ("words_stale")
    as issuing the conclusion does.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=lock)
    check_right(actor, conclusion, visit, "report.issue")
    reported = reports.in_force(conclusion.id) is not None
    check_reportable(ConclusionState(conclusion.state), reported=reported)
    submitted = records.latest_event(conclusion.id, "submit")
    if submitted is None:
        raise OutOfDate("conclusion_state")
    check_stands(conclusion, visit)
    check_fresh(conclusion)
    outcomes.confirmed_log(visit.id)
    return Reportable(conclusion, visit, local_day(submitted.at), papers.report_paper(conclusion, visit))


def issue_report(actor: Actor, conclusion_id: str, wanted: documents.Numbering, *, fingerprint: str) -> str:
    """Issue the report as it was read, numbered in the delegation's series and signed; returns the printed number.

    One issued for an earlier submission is replaced by it. Raises OutOfDate("paper_changed") when it is not what the
    draft with that fingerprint said, and as `reportable` and `documents.number_and_keep` do.
    """
    found = reportable(actor, conclusion_id, lock=True)
    conclusion = found.conclusion
    if found.paper.fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    earlier = reports.latest(conclusion.id)
    report = documents.number_and_keep(
        actor,
        found.paper,
        documents.Origin(conclusion.issuer_unit_id, conclusion.id),
        wanted,
        since=found.submitted_on,
        facts=papers.facts_of(conclusion),
        linked=documents.Linked(replaces_id=earlier.id if earlier else None),
        capacity=lead_capacity(),
    )
    told = {"number": report.number, "symbol": report.symbol, "on": report.dated.isoformat(), "code": report.id}
    note(conclusion, actor, "issue_report", detail=told)
    return document_number(report.number, report.symbol)
