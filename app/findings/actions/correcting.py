"""Correcting the layout of an issued notice by a letter beside it; the notice itself never changes."""

from dataclasses import dataclass

from app.domain.conclusions import ConclusionState, check_correctable, check_layout_only
from app.domain.errors import OutOfDate
from app.domain.permissions import Actor
from app.findings import papers
from app.findings.actions import documents
from app.findings.actions.trace import check_right, note
from app.findings.models import IssuedDocument
from app.findings.queries import records


@dataclass(frozen=True)
class Mistake:
    """Where it stands, what is printed there, and what should be."""

    where: str
    printed: str
    right: str


def correct_layout(
    actor: Actor, conclusion_id: str, mistake: Mistake, wanted: documents.Numbering, *, reason: str
) -> IssuedDocument:
    """Issue the letter that corrects a notice's layout, signed and numbered in the series of letters.

    Raises as `conclusions.check_correctable`, `conclusions.check_layout_only` and `documents.number_and_keep` do.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    check_right(actor, conclusion, visit, "conclusion.issue")
    replaced = records.replaced_by(conclusion.id) is not None
    check_correctable(ConclusionState(conclusion.state), replaced=replaced, reason=reason)
    notice = records.notice_of(conclusion.id)
    if notice is None or conclusion.issued_on is None:
        raise OutOfDate("conclusion_state")
    check_layout_only(mistake.printed, mistake.right, papers.text_of(conclusion, visit))
    paper = papers.correction_paper(conclusion, visit, (mistake.where, mistake.printed, mistake.right))
    letter = documents.number_and_keep(
        actor,
        paper,
        documents.Origin(conclusion.issuer_unit_id, conclusion.id),
        wanted,
        since=conclusion.issued_on,
        facts={"corrects": notice, "visit": conclusion.visit_id},
        linked=documents.Linked(corrects_id=notice),
    )
    told = {"number": letter.number, "symbol": letter.symbol, "on": letter.dated.isoformat(), "code": letter.id}
    note(conclusion, actor, "correct_layout", reason=reason, detail=told)
    return letter
