"""Putting right what is issued, whatever its kind: a letter for its layout, another document for its content.

The wrong document itself never changes; the new one names it, and both are found from each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.campaigns.actions import trace
from app.documents.official import Official
from app.domain.amending import check_in_force, check_layout_only, replaces_text
from app.domain.conclusions import document_number
from app.domain.errors import NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.findings import papers
from app.findings.actions import documents
from app.findings.actions.trace import note
from app.findings.models import IssuedDocument
from app.findings.papers import Mistake
from app.findings.queries import issued, records
from app.findings.queries.issued import Seen


@dataclass(frozen=True)
class Replacing:
    """Which issued document a new one of its kind replaces, and why; the reason is printed."""

    code: str
    reason: str


def replacing(code: str, reason: str) -> Replacing | None:
    """What a form says of the document it replaces; None if it names none."""
    return Replacing(code, reason) if code else None


def correctable(actor: Actor, code: str, *, lock: bool = False) -> Seen:
    """A document whose layout the actor may correct by a letter.

    Raises NotFound, NotAllowed, OutOfDate("document_not_correctable") and OutOfDate("document_replaced").
    """
    seen = issued.seen_by(actor, code, lock=lock)
    if seen.kind.correct == "":
        raise OutOfDate("document_not_correctable")
    if not may(actor, seen.kind.correct, seen.subject):
        raise NotAllowed("not_allowed")
    if seen.links.replaced_by is not None:
        raise OutOfDate("document_replaced")
    return seen


def draft_letter(
    actor: Actor, code: str, mistakes: Sequence[Mistake], *, reason: str, lock: bool = False
) -> tuple[Seen, Official]:
    """The letter as it would be issued now, without number and day.

    Raises as `correctable`, `amending.check_in_force` and, for each mistake, `amending.check_layout_only` do.
    """
    from app.documents.reading import measure  # what reads PDF is loaded with the first document

    seen = correctable(actor, code, lock=lock)
    check_in_force(replaced=False, reason=reason)
    text = measure(records.pdf_of(code) or b"").stream
    for mistake in mistakes:
        check_layout_only(mistake.printed, mistake.right, text)
    return seen, papers.correction_paper(seen, mistakes)


def correct_layout(
    actor: Actor, code: str, mistakes: Sequence[Mistake], wanted: documents.Numbering, *, reason: str, fingerprint: str
) -> str:
    """Issue the letter that was read, signed and numbered in the series of letters; returns the printed number.

    Raises OutOfDate("paper_changed") when it is not the draft with that fingerprint, and as `draft_letter` and
    `documents.number_and_keep` do.
    """
    seen, paper = draft_letter(actor, code, mistakes, reason=reason, lock=True)
    if paper.fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    wrong = seen.row
    letter = documents.number_and_keep(
        actor,
        paper,
        documents.Origin(wrong.issuer_unit_id, wrong.conclusion_id, wrong.campaign_id),
        wanted,
        since=wrong.dated,
        facts={"corrects": wrong.id} | ({"visit": seen.visit.id} if seen.visit else {}),
        linked=documents.Linked(corrects_id=wrong.id),
    )
    _record(actor, seen, letter, reason)
    return document_number(letter.number, letter.symbol)


def replaces(actor: Actor, kind: str, of: str, wanted: Replacing | None) -> str:
    """The sentence by which a new document of this kind says which one it replaces; empty if it replaces none.

    `of` is the visit or the campaign that both are about. The document is locked: nobody else replaces it meanwhile.

    Raises NotFound, NotAllowed, OutOfDate("document_not_correctable") for another kind or about something else, and
    as `amending.check_in_force` does.
    """
    if wanted is None:
        return ""
    seen = issued.seen_by(actor, wanted.code, lock=True)
    if (seen.row.kind, seen.of) != (kind, of):
        raise OutOfDate("document_not_correctable")
    if not may(actor, seen.kind.replace, seen.subject):
        raise NotAllowed("not_allowed")
    check_in_force(replaced=seen.links.replaced_by is not None, reason=wanted.reason)
    return replaces_text(kind, seen.links.named, wanted.reason)


def _record(actor: Actor, seen: Seen, letter: IssuedDocument, reason: str) -> None:
    if seen.conclusion is not None:
        told = {"number": letter.number, "symbol": letter.symbol, "on": letter.dated.isoformat(), "code": letter.id}
        note(seen.conclusion, actor, "correct_layout", reason=reason, detail=told | {"corrects": seen.links.named})
    else:
        about = f"{document_number(letter.number, letter.symbol)} đính chính {seen.links.named}"
        trace.record(actor, seen.row.campaign_id or "", "summary_corrected", about=about, reason=reason)
