"""For the phones: what was found at a unit the last time, so that it can be looked at again without a network."""

import hashlib
import json
from typing import Any

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound
from app.overview.queries import previous as queries
from app.sync import images
from app.sync.actions import evidence
from app.sync.api.replies import reply
from app.web.access import actor, signed_in

blueprint = Blueprint("previous_api", __name__, url_prefix="/api/sync/v1/visits/<visit_id>/previous")


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


def _told(found: queries.Previous) -> dict[str, Any]:
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
                "pictures": list(each.pictures),
            }
            for each in found.findings
        ],
    }


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
