"""Issued documents of every kind with what puts them right, linked both ways, and who may do what to each."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.campaigns import queries as campaigns
from app.campaigns.queries import CampaignEntry, PlannedVisit
from app.domain.amending import CORRECTION, KINDS, IssuedKind, named
from app.domain.errors import NotFound
from app.domain.permissions import Actor, Subject, may
from app.findings.models import Conclusion
from app.findings.queries import records
from app.findings.queries.records import DocumentRow


@dataclass(frozen=True)
class Links:
    """An issued document and its neighbours: what it replaces or corrects, what replaces or corrects it."""

    row: DocumentRow
    replaces: DocumentRow | None = None
    corrects: DocumentRow | None = None
    replaced_by: DocumentRow | None = None
    corrected_by: tuple[DocumentRow, ...] = ()

    @property
    def kind(self) -> IssuedKind:
        return KINDS[self.row.kind]

    @property
    def named(self) -> str:
        """`Công văn số 03/UBND-NV ngày 22 tháng 11 năm 2026`."""
        return named(self.row.kind, self.row.printed, self.row.dated)


@dataclass(frozen=True)
class Offered(Links):
    """The same for somebody who looks at it on the desk: what they may do to it."""

    may_correct: bool = False
    may_replace: bool = False


@dataclass(frozen=True)
class Seen:
    """A document the actor may read, with what it belongs to: a conclusion of a visit, or a campaign."""

    links: Links
    subject: Subject
    sample: bool
    conclusion: Conclusion | None = None
    visit: PlannedVisit | None = None
    campaign: CampaignEntry | None = None

    @property
    def of(self) -> str:
        """The visit or campaign it is about."""
        return self.visit.id if self.visit else self.row.campaign_id or ""

    @property
    def row(self) -> DocumentRow:
        return self.links.row

    @property
    def kind(self) -> IssuedKind:
        return self.links.kind


def linked(rows: Sequence[DocumentRow]) -> tuple[Links, ...]:
    """Documents with their neighbours, in two statements at most however many."""
    near = {each.id: each for each in (*rows, *records.linked_to(rows))}
    replacing = {each.replaces_id: each for each in near.values() if each.replaces_id}
    letters: dict[str, list[DocumentRow]] = {}
    for each in sorted(near.values(), key=lambda row: (row.signed_at, row.id)):
        if each.corrects_id:
            letters.setdefault(each.corrects_id, []).append(each)
    return tuple(
        Links(
            row,
            near.get(row.replaces_id or ""),
            near.get(row.corrects_id or ""),
            replacing.get(row.id),
            tuple(letters.get(row.id, ())),
        )
        for row in rows
    )


def public(code: str) -> Links | None:
    """What the public page knows of a code; None for one that nobody was given."""
    row = records.issued_document(code) if len(code) == 22 else None
    return linked([row])[0] if row else None


def offered(actor: Actor, rows: Sequence[DocumentRow], subject: Subject) -> tuple[Offered, ...]:
    """Those of one conclusion's or campaign's documents that the actor may read, and what may be done to them."""
    return tuple(
        Offered(
            **vars(each),
            may_correct=each.replaced_by is None and may(actor, each.kind.correct, subject),
            may_replace=each.replaced_by is None and may(actor, each.kind.replace, subject),
        )
        for each in linked(rows)
        if may(actor, _see(each), subject)
    )


def _see(links: Links) -> str:
    """The right to read a document; a letter is read by whoever reads what it corrects."""
    return KINDS[links.corrects.kind].see if links.row.kind == CORRECTION and links.corrects else links.kind.see


def seen_by(actor: Actor, code: str, *, lock: bool = False) -> Seen:
    """A document the actor may read; raises NotFound for a missing and a hidden one alike."""
    if lock:
        records.lock_document(code)
    links = public(code)
    if links is None:
        raise NotFound("not_found")
    seen = _whereabouts(actor, links)
    if not may(actor, _see(links), seen.subject):
        raise NotFound("not_found")
    return seen


def _whereabouts(actor: Actor, links: Links) -> Seen:
    if links.row.conclusion_id:
        conclusion, visit = records.seen_by(actor, links.row.conclusion_id)
        return Seen(links, records.subject_of(conclusion, visit), visit.sample_data, conclusion, visit)
    campaign = campaigns.campaign(actor, links.row.campaign_id or "")
    return Seen(links, campaigns.subject_of_campaign(campaign.id), campaign.sample_data, campaign=campaign)
