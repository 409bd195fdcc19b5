"""Issuing a campaign's summary: put together above, by a feature that only reads, it is numbered and kept here."""

from typing import Any

from app.campaigns.actions import trace
from app.campaigns.queries import campaign, subject_of_campaign
from app.documents.official import Official
from app.domain.conclusions import document_number
from app.domain.errors import NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Actor, may
from app.findings.actions import correcting, documents
from app.findings.actions.correcting import Replacing


def issue_summary(
    actor: Actor, campaign_id: str, wanted: documents.Numbering, *, draft: Official, paper: Official, fingerprint: str,
    facts: dict[str, Any], replacing: Replacing | None = None,
) -> str:  # fmt: skip
    """Issue a summary as it stands today, signed and numbered in the series of reports; returns number and symbol.

    `draft` is the summary without what the signer adds, `paper` with it; with `replacing` it takes the place of an
    earlier one whose content is wrong. Raises OutOfDate("paper_changed") when the draft is not the one with that
    fingerprint, which was read, and as `correcting.replaces` and `documents.number_and_keep` do.
    """
    subject = subject_of_campaign(campaign_id)
    if not may(actor, "summary.issue", subject):
        raise NotAllowed("not_allowed") if may(actor, "campaign.see", subject) else NotFound("not_found")
    if draft.fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    origin = documents.Origin(campaign(actor, campaign_id).host_unit_id, campaign_id=campaign_id)
    # What it says of repairs is true of today, so it bears no other day.
    correcting.replaces(actor, "summary", campaign_id, replacing)
    linked = documents.Linked(replaces_id=replacing.code if replacing else None)
    document = documents.number_and_keep(actor, paper, origin, wanted, since=wanted.today, facts=facts, linked=linked)
    number = document_number(document.number, document.symbol)
    trace.record(actor, campaign_id, "summary_issued", about=number, reason=replacing.reason if replacing else "")
    return number
