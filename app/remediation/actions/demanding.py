"""Issuing the letter that demands what a notice ordered and is not repaired yet."""

from datetime import date

from app.documents.official import Official
from app.domain.conclusions import document_number
from app.domain.errors import NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.findings.actions import correcting, documents
from app.findings.actions.correcting import Replacing
from app.findings.actions.trace import note
from app.findings.queries import records as conclusions
from app.remediation import papers


def draft_demand(actor: Actor, conclusion_id: str, today: date, replacing: Replacing | None = None) -> Official:
    """The demand as it would be issued today, for whoever may issue it.

    Raises NotAllowed, OutOfDate("conclusion_state") for a notice that was replaced, OutOfDate("nothing_to_demand"),
    and as `correcting.replaces` does.
    """
    conclusion, visit = conclusions.seen_by(actor, conclusion_id)
    if not may(actor, "conclusion.issue", conclusions.subject_of(conclusion, visit)):
        raise NotAllowed("not_allowed")
    if conclusions.replaced_by(conclusion.id) is not None:
        raise OutOfDate("conclusion_state")
    sentence = correcting.replaces(actor, "demand", visit.id, replacing)
    return papers.demand_paper(conclusion.id, conclusion.issued_on, today, replaces=sentence)


def issue_demand(
    actor: Actor, conclusion_id: str, wanted: documents.Numbering, *, fingerprint: str,
    replacing: Replacing | None = None,
) -> str:  # fmt: skip
    """Issue the demand as it stands today, numbered in the series of letters and signed; returns the printed number.

    With `replacing` it takes the place of a demand whose content is wrong, and says so. Raises
    OutOfDate("paper_changed") when the rest is not what the draft with that fingerprint said, and as `draft_demand`
    and `documents.number_and_keep` do.
    """
    conclusion, _ = conclusions.seen_by(actor, conclusion_id, lock=True)
    if draft_demand(actor, conclusion_id, wanted.today).fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    letter = documents.number_and_keep(
        actor,
        draft_demand(actor, conclusion_id, wanted.today, replacing),
        documents.Origin(conclusion.issuer_unit_id, conclusion.id),
        wanted,
        since=wanted.today,  # it says how late each repair is today
        facts={"notice": conclusions.notice_of(conclusion.id), "visit": conclusion.visit_id},
        linked=documents.Linked(replaces_id=replacing.code if replacing else None),
    )
    told = {"number": letter.number, "symbol": letter.symbol, "on": letter.dated.isoformat(), "code": letter.id}
    note(conclusion, actor, "issue_demand", reason=replacing.reason if replacing else "", detail=told)
    return document_number(letter.number, letter.symbol)
