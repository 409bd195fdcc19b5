"""What higher features may ask about campaigns and visits; the modules beside this one hold the rest."""

from app.campaigns.models import SELF_CHECK
from app.campaigns.queries.accesses import known_on_phones
from app.campaigns.queries.planning import (
    CampaignEntry,
    campaign,
    campaigns,
    manned_chain,
    review_chain,
    subject_of_campaign,
)
from app.campaigns.queries.visits import (
    Earlier,
    MemberVisit,
    Place,
    PlannedVisit,
    delegations_of,
    earlier_visits,
    places_of,
    planned_visit,
    planned_visits,
    subject_at,
    subject_of_visit,
    subjects_of_visits,
    uncovered,
    visit,
    visits_left_by,
    visits_of_campaign,
    visits_of_member,
)

__all__ = [
    "SELF_CHECK",
    "CampaignEntry",
    "Earlier",
    "MemberVisit",
    "Place",
    "PlannedVisit",
    "campaign",
    "campaigns",
    "delegations_of",
    "earlier_visits",
    "known_on_phones",
    "manned_chain",
    "places_of",
    "planned_visit",
    "planned_visits",
    "review_chain",
    "subject_at",
    "subject_of_campaign",
    "subject_of_visit",
    "subjects_of_visits",
    "uncovered",
    "visit",
    "visits_left_by",
    "visits_of_campaign",
    "visits_of_member",
]
