"""What the page modules of this feature share: the blueprint, how a form is taken, and warnings about days."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError

from app.campaigns import queries
from app.campaigns.queries import CampaignEntry
from app.domain.calendar import WorkingCalendar, is_working_day
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Role, Subject, may
from app.transactions import attempt
from app.web.access import actor, roles
from app.web.labels import label

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")

planners = roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
administrators = roles(Role.ADMINISTRATOR)

Result = TypeVar("Result")
Problems = Mapping[str, list[str]]

# Beside which field of a form a refusal is shown; what is not listed stands above the form.
FIELD_OF = {
    "dates_reversed": "ends_on",
    "decision_number_missing": "decision_number",
    "decision_date_missing": "decision_date",
    "period_incomplete": "inspected_to",
    "period_reversed": "inspected_to",
    "unit_not_valid": "starts_on",
    "checklist_withdrawn": "checklist_version_id",
    "checklist_unknown": "checklist_version_id",
    "checklist_in_use": "checklist_version_id",
    "visits_outside_period": "starts_on",
    "units_not_valid": "starts_on",
    "name_taken": "name",
    "person_twice": "members",
    "person_not_in_reach": "lead",
    "reason_missing": "reason",
    "same_day": "planned_on",
    "lead_needed": "member",
    "member_already": "user",
}


def take(
    schema: Schema,
    sent: Mapping[str, Any],
    run: Callable[[dict[str, Any]], Result],
    fields: Mapping[str, str] | None = None,
) -> tuple[Result | None, Problems]:
    """Check a form and do what it asks; a refusal undoes everything and is told beside its field.

    `fields` names, for this form, the field of a refusal where it differs from the usual one.
    """
    try:
        form = schema.load(sent)
        with attempt():
            return run(form), {}
    except ValidationError as error:
        return None, error.messages_dict
    except Invalid as error:
        field = {**FIELD_OF, **(fields or {})}.get(error.code, "")
        return None, {field: [sentence(error)]}


def sentence(error: Invalid) -> str:
    """A refusal in Vietnamese, with the units it speaks of."""
    units = error.details.get("units") or [error.details[key] for key in ("unit",) if key in error.details]
    return label("error", error.code) + (f" ({', '.join(units)})" if units else "")


@blueprint.errorhandler(OutOfDate)
def moved_on(error: OutOfDate) -> ResponseReturnValue:
    """Somebody was faster, or the same form came twice: nothing was changed; show what stands now."""
    flash(label("error", error.code), "warn")
    return redirect(url_for("campaigns.show", campaign_id=(request.view_args or {})["campaign_id"]), 303)


def campaign_here(campaign_id: str) -> CampaignEntry:
    """The campaign of the address, if the actor may see it."""
    return queries.campaign(actor(), campaign_id)


def manages(campaign: CampaignEntry) -> bool:
    """Whether the actor plans this campaign and it can still be planned."""
    return campaign.state == "active" and _administers(campaign)


def managed_here(campaign_id: str) -> CampaignEntry:
    """The campaign of the address, if the actor may still plan it: a form for anybody else would be a lie."""
    campaign = campaign_here(campaign_id)
    if not _administers(campaign):
        raise NotAllowed("not_allowed")
    if campaign.state != "active":
        raise OutOfDate("campaign_ended")
    return campaign


def _administers(campaign: CampaignEntry) -> bool:
    return may(actor(), "campaign.manage", Subject(unit_path=campaign.host_path, host_path=campaign.host_path))


def closed_days(days: Iterable[date]) -> list[date]:
    """Those of the days on which offices are closed. What the calendar does not cover is taken for open."""
    calendar_around: Callable[[int], WorkingCalendar] = current_app.extensions["calendar_around"]
    return sorted({each for each in days if not is_working_day(calendar_around(each.year), each)})
