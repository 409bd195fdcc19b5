"""The one act of this feature: issuing a campaign's summary, put together from what it reads."""

from app.campaigns.actions import trace
from app.campaigns.queries import subject_of_campaign
from app.domain.conclusions import document_number
from app.domain.errors import NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Actor, may
from app.findings.actions import documents
from app.findings.models import IssuedDocument
from app.overview import papers
from app.overview.queries import summaries
from app.overview.queries.summaries import Summary


def issue_summary(
    actor: Actor, campaign_id: str, wanted: documents.Numbering, *, fingerprint: str, proposals: str = ""
) -> IssuedDocument:
    """Issue the summary as it stands today, numbered in the series of reports and signed.

    Raises OutOfDate("paper_changed") when the figures are not those of the draft with that fingerprint,
    OutOfDate("nothing_to_summarise"), and as `documents.number_and_keep` does.
    """
    subject = subject_of_campaign(campaign_id)
    if not may(actor, "summary.issue", subject):
        raise NotAllowed("not_allowed") if may(actor, "campaign.see", subject) else NotFound("not_found")
    found = summaries.summary(actor, campaign_id, wanted.today)
    if papers.summary_paper(found).fingerprint() != fingerprint:
        raise OutOfDate("paper_changed")
    document = documents.number_and_keep(
        actor,
        papers.summary_paper(found, proposals=proposals),
        documents.Origin(found.campaign.host_unit_id, campaign_id=campaign_id),
        wanted,
        since=wanted.today,  # what it says of repairs is true of today
        facts=_facts(found),
    )
    number = document_number(document.number, document.symbol)
    trace.record(actor, campaign_id, "summary_issued", about=number)
    return document


def _facts(found: Summary) -> dict[str, object]:
    """Which conclusions were summed up; each names its own signed file."""
    return {"campaign": found.campaign.id, "conclusions": sorted(row.conclusion_id or "" for row in found.concluded)}
