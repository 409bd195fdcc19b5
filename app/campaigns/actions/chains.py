"""The steps that conclusions of a campaign go through between the lead's report and the vice-chair."""

from collections.abc import Sequence
from datetime import date

from app.campaigns.actions.trace import campaign_to_change, record
from app.campaigns.queries import planning
from app.domain.conclusions import ChainStep, check_chain
from app.domain.errors import Invalid
from app.domain.permissions import Actor


def set_chain(
    actor: Actor, campaign_id: str, revision: int, chain: Sequence[ChainStep], *, today: date, reason: str = ""
) -> None:
    """Say which steps there are and who may take each; no step at all is the plain way from lead to vice-chair.

    Conclusions that were submitted keep the chain they were submitted with. Raises what `campaign_to_change` raises,
    as `conclusions.check_chain` does, and `Invalid("checker_not_in_reach")`.
    """
    campaign = campaign_to_change(actor, campaign_id, revision)
    check_chain(chain)
    known = {each.id: each.name for each in planning.checkers_for(campaign.host_path, today)}
    for number, each in enumerate(chain, start=1):
        if not set(each.people) <= set(known):
            raise Invalid("checker_not_in_reach", step=number)
    before = planning.review_chain(campaign_id)
    if before == tuple(chain):
        campaign.revision -= 1
        return
    names = dict(planning.names_in(before)) | known
    campaign.review_chain = [{"name": each.name, "people": list(each.people)} for each in chain]
    values = [("review_chain", _told(before, names), _told(chain, names))]
    record(actor, campaign_id, "review_chain_set", values=values, about=campaign.title, reason=reason)


def _told(chain: Sequence[ChainStep], names: dict[str, str]) -> str:
    """`1. Văn phòng (Cán bộ E, Cán bộ F); 2. Phòng Nội vụ (Cán bộ G)`."""
    steps = [
        f"{number}. {each.name} ({', '.join(names[person] for person in each.people)})"
        for number, each in enumerate(chain, start=1)
    ]
    return "; ".join(steps) or "không có bước trung gian"
