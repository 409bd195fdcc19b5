"""What every reply has in common: proto, epoch and server_now, also when it tells of an error."""

import hashlib
import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.exceptions import TooManyRequests

from app.campaigns import queries as campaigns
from app.domain.errors import Invalid, NotFound, OtherUser
from app.errors import respond, seconds_to_wait
from app.extensions import limiter, now
from app.sync import queries
from app.sync.actions import installation
from app.transactions import own_transaction
from app.web import compression, session_cookie
from app.web.access import actor

PROTO = 1
PUSH_LIMIT = 512 * 1024
TUS = "1.0.0"


def _caller() -> str:
    """Whom the minute's limit counts: the browser's session or the device's ticket, else the address."""
    shown = session_cookie.token() or request.headers.get("Authorization") or request.remote_addr or ""
    return hashlib.sha256(shown.encode()).hexdigest()


# A phone that waits at the log asks twice a minute; one that hears of every edit in a busy room, a few times a second
# at worst. Photos are not counted here: their bytes come in many small parts.
per_device = limiter.shared_limit("240/minute", scope="sync", key_func=_caller)

blueprint = Blueprint("sync_api", __name__, url_prefix="/api/sync/v1")


def known_installation() -> tuple[str, bool]:
    """The epoch and whether the database is recovering; known before a view begins its transaction."""
    if "installation" not in g:
        found = queries.installation()
        if found is None:
            with own_transaction():
                installation.begin_epoch()
            found = queries.installation()
        g.installation = found or abort(503)
    known: tuple[str, bool] = g.installation
    return known


@blueprint.before_request
def _know_installation() -> None:
    known_installation()


def refuse_other(user_id: str | None) -> None:
    """Another person signed in on this device: only the author's own session may send, or be read from (I18)."""
    if user_id not in (None, actor().user_id):
        raise OtherUser("OTHER_USER")


def _stamp() -> dict[str, Any]:
    epoch, _ = known_installation()
    return _stamp_without_epoch() | {"epoch": epoch}


def _stamp_without_epoch() -> dict[str, Any]:
    return {"proto": PROTO, "server_now": int(now().timestamp() * 1000)}


def reply(**body: Any) -> Response:
    return jsonify(**body, **_stamp())


@blueprint.after_request
def _stamp_errors(response: Response) -> Response:
    """Errors too say who answers and when. While the database is away nobody knows its epoch, and it is left out."""
    if response.status_code >= 400 and response.is_json:
        stamp = _stamp_without_epoch() if g.get("database_away") else _stamp()
        response.set_data(json.dumps(response.get_json() | stamp, ensure_ascii=False))
    if "/blobs" in request.path:
        response.headers["Tus-Resumable"] = TUS
    return compression.compress(request, response)


@blueprint.errorhandler(Invalid)
def _invalid(error: Invalid) -> ResponseReturnValue:
    status = {"BAD_ENVELOPE": 400, "TOO_BIG": 413, "CHECKSUM": 460}.get(error.code, 422)
    return respond(status, error.code, dict(error.details))


@blueprint.errorhandler(429)
def _busy(_error: TooManyRequests) -> ResponseReturnValue:
    return respond(429, "BUSY", headers={"Retry-After": str(seconds_to_wait())})


@blueprint.errorhandler(ValidationError)
def _bad_envelope(error: ValidationError) -> ResponseReturnValue:
    return respond(400, "BAD_ENVELOPE", {"fields": error.messages})


def planned_visit(visit_id: str) -> campaigns.PlannedVisit:
    try:
        return campaigns.planned_visit(visit_id)
    except NotFound:
        raise NotFound("NO_SUCH_VISIT") from None


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
