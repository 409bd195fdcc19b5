"""Issuing the letter that demands what a notice ordered and is not repaired yet."""

from app.domain.conclusions import document_number
from app.domain.errors import NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.findings.actions import documents
from app.findings.actions.trace import note
from app.findings.queries import records as conclusions
from app.remediation import papers


def issue_demand(actor: Actor, conclusion_id: str, wanted: documents.Numbering, *, fingerprint: str) -> str:
    """Issue the demand as it stands today, numbered in the series of letters and signed; returns the printed number.

    Raises OutOfDate("conclusion_state") for a notice that was replaced, OutOfDate("nothing_to_demand"),
    OutOfDate("paper_changed") when it is not what the draft with that fingerprint said, and as
    `documents.number_and_keep` does.
    """
    conclusion, visit = conclusions.seen_by(actor, conclusion_id, lock=True)
    if not may(actor, "conclusion.issue", conclusions.subject_of(conclusion, visit)):
        raise NotAllowed("not_allowed")
    if conclusions.replaced_by(conclusion.id) is not None:
        raise OutOfDate("conclusion_state")
    paper = papers.demand_paper(conclusion.id, conclusion.issued_on, wanted.today)
    if paper.fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    letter = documents.number_and_keep(
        actor,
        paper,
        documents.Origin(conclusion.issuer_unit_id, conclusion.id),
        wanted,
        since=wanted.today,  # it says how late each repair is today
        facts={"notice": conclusions.notice_of(conclusion.id), "visit": conclusion.visit_id},
    )
    told = {"number": letter.number, "symbol": letter.symbol, "on": letter.dated.isoformat(), "code": letter.id}
    note(conclusion, actor, "issue_demand", detail=told)
    return document_number(letter.number, letter.symbol)
