"""The page on which the administrator sets the steps of the review between the lead and the vice-chair."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.campaigns.actions import chains as actions
from app.campaigns.pages.blueprint import administrators, blueprint, managed_here
from app.campaigns.queries import planning as queries
from app.campaigns.queries.planning import CampaignEntry
from app.campaigns.schemas import ChainForm
from app.domain.conclusions import MOST_STEPS, ChainStep
from app.domain.errors import Invalid
from app.transactions import attempt
from app.web.access import actor
from app.web.clock import today
from app.web.labels import label

Problems = dict[str, list[str]]
PEOPLE = frozenset({"chain_nobody", "checker_not_in_reach"})  # what is shown beside the people, not the name


@blueprint.get("/<campaign_id>/review-chain")
@administrators
def chain_form(campaign_id: str) -> ResponseReturnValue:
    campaign = managed_here(campaign_id)
    return _page(campaign, queries.review_chain(campaign_id), {}, "")


@blueprint.post("/<campaign_id>/review-chain")
@administrators
def set_chain(campaign_id: str) -> ResponseReturnValue:
    rows = _rows()
    filled = [number for number, row in enumerate(rows) if row["name"].strip() or row["people"]]
    reason = request.form.get("reason", "")
    sent = {"revision": request.form.get("revision"), "reason": reason, "steps": [rows[number] for number in filled]}
    try:
        form = ChainForm().load(sent)
        chain = [ChainStep(each["name"], tuple(each["people"])) for each in form["steps"]]
        with attempt():
            actions.set_chain(actor(), campaign_id, form["revision"], chain, today=today(), reason=form["reason"])
    except ValidationError as error:
        problems = _wrong_fields(error, filled)
    except Invalid as error:
        problems = _refused(error, filled)
    else:
        flash("Đã lưu các bước thẩm tra. Kết luận đã trình vẫn theo các bước lúc trình.", "good")
        return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)
    typed = [ChainStep(row["name"], tuple(row["people"])) for row in rows]
    return _page(managed_here(campaign_id), typed, problems, reason), 422


def _rows() -> list[dict[str, Any]]:
    sent = request.form
    return [
        {"name": sent.get(f"name-{number}", ""), "people": sent.getlist(f"people-{number}")}
        for number in range(MOST_STEPS + 1)
    ]


def _wrong_fields(error: ValidationError, filled: list[int]) -> Problems:
    messages = dict(error.messages_dict)
    steps = messages.pop("steps", {})
    return {
        **messages,
        **{f"{name}-{filled[number]}": told for number, each in steps.items() for name, told in each.items()},
    }


def _refused(error: Invalid, filled: list[int]) -> Problems:
    told = [label("error", error.code)]
    if "step" not in error.details:
        return {"": told}
    return {f"{'people' if error.code in PEOPLE else 'name'}-{filled[error.details['step'] - 1]}": told}


def _page(campaign: CampaignEntry, chain: Any, problems: Problems, reason: str) -> str:
    """Every step there is, and room for one more."""
    steps = [each for each in chain if each.name.strip() or each.people] if not problems else list(chain)
    while steps and problems and not (steps[-1].name or steps[-1].people):
        steps.pop()
    known = queries.checkers_for(campaign.host_path, today())
    gone = {person for each in chain for person in each.people} - {each.id for each in known}
    return render_template(
        "campaigns/chain.html",
        campaign=campaign,
        steps=[*steps, ChainStep("", ())][:MOST_STEPS],
        people=known,
        gone=sorted(queries.names_in(queries.review_chain(campaign.id)).get(person, "") for person in gone),
        problems=problems,
        values={"reason": reason},
        most=MOST_STEPS,
    )
