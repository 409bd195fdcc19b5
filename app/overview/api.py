"""For the phones: what was found at a unit the last time, and what a surprise visit needs, to be there offline."""

import hashlib
import json
from typing import Any

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from app.campaigns import actions as campaign_actions
from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain.errors import NotFound
from app.extensions import limiter
from app.overview.queries import previous as queries
from app.sync import earlier, images
from app.sync import packs as boxes
from app.sync.actions import evidence
from app.sync.api.manifest import pack_entry
from app.sync.api.replies import reply
from app.transactions import own_transaction
from app.web.access import actor, signed_in

blueprint = Blueprint("previous_api", __name__, url_prefix="/api/sync/v1/visits/<visit_id>/previous")
packs = Blueprint("packs_api", __name__, url_prefix="/api/sync/v1/visits/<visit_id>/pack")


@blueprint.get("")
@signed_in
def show(visit_id: str) -> ResponseReturnValue:
    """The last conclusion of the visit's unit; `?known=` names what the phone has, so that it is not sent again."""
    found = queries.of_visit(actor(), visit_id)
    body = _told(found) if found else None
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    if request.args.get("known") == digest:
        return reply(digest=digest, unchanged=True)
    return reply(digest=digest, previous=body)


def _told(found: queries.Previous, *, pictures: bool = True) -> dict[str, Any]:
    return {
        "number": found.number,
        "issued_on": found.issued_on.isoformat() if found.issued_on else None,
        "visited_on": found.visited_on.isoformat(),
        "basis_points": found.basis_points,
        "findings": [
            {
                "item": each.item_key,
                "severity": each.severity,
                "text": each.text,
                "remedy": each.remedy,
                "state": each.state,
                "due_on": each.due_on.isoformat() if each.due_on else None,
                "pictures": list(each.pictures) if pictures else [],
            }
            for each in found.findings
        ],
    }


@packs.get("")
@signed_in
@limiter.limit("20/minute")
def pack(visit_id: str) -> ResponseReturnValue:
    """A surprise visit before its start, for a member's phone: a box that only the start code opens."""
    visit = campaigns.uncovered([visit_id]).get(visit_id)
    who = actor().user_id
    present = {each.user_id for each in visit.places if each.removed_at is None} if visit else set()
    if visit is None or not visit.sealed or visit.state == "cancelled" or who not in present:
        raise NotFound("NO_SUCH_VISIT")
    with own_transaction():  # what a GET writes is taken back, and this must stay
        campaign_actions.note_access(visit_id, who, "pack")
    found = queries.before(visit)
    chk = checklists.chk_of(visit.checklist_version_id)
    content = {
        "visit": pack_entry(visit),
        "checklist": checklists.body_by_chk(chk).decode(),
        "earlier": earlier.told(visit)["items"],
        "previous": _told(found, pictures=False) if found else None,
    }
    return reply(pack=boxes.seal(content, visit.start_code))


@blueprint.get("/<sha256>")
@signed_in
def picture(visit_id: str, sha256: str) -> ResponseReturnValue:
    """A small picture of a photo that stands behind one of those findings, and of no other."""
    found = queries.of_visit(actor(), visit_id)
    if found is None or sha256 not in found.pictures:
        raise NotFound("not_found")
    shown = evidence.drawn(found.visit_id, sha256, images.THUMBNAIL)
    response = send_file(shown, mimetype="image/jpeg", max_age=0, etag=sha256)
    response.headers["Cache-Control"] = "private, no-store"
    return response
