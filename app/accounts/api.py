"""The session as the field client sees it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from app.accounts import passwords
from app.accounts.actions import enrolling
from app.accounts.actions import sessions as actions
from app.accounts.actions.devices import DeviceClaim, EnrolledDevice, enrol_device
from app.accounts.queries import sessions as queries
from app.accounts.schemas import DeviceBody, EnrolmentBody, LinkBody, SessionBody
from app.domain.errors import Invalid, NotAllowed
from app.extensions import now
from app.transactions import take_back
from app.web import device_cookie, session_cookie
from app.web.access import actor, public, signed_in
from app.web.labels import label
from app.web.signing_in import per_account, per_address, per_enrolment, session_length

blueprint = Blueprint("accounts_api", __name__, url_prefix="/api/session")


def _body() -> Any:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    return body


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _session(account: queries.Account, device_id: str | None, enrolled: EnrolledDevice | None = None) -> Response:
    """Who is signed in on which device; a fresh ticket and the loss of a store are told only now."""
    said: dict[str, Any] = {
        "user": {"id": account.id, "login": account.login, "name": account.name},
        "device": {"id": device_id} if device_id else None,
        "server_now": _iso(now()),
    }
    if enrolled is not None and enrolled.ticket is not None:
        said["device"]["ticket"] = enrolled.ticket
    if enrolled is not None and enrolled.lost is not None:
        lost = enrolled.lost
        said["lost"] = {
            "incident": lost.incident_id,
            "device_name": lost.device_name,
            "pending_ops": lost.pending_ops,
            "pending_blobs": lost.pending_blobs,
            "last_contact_at": _iso(lost.last_contact_at) if lost.last_contact_at else None,
        }
    response = jsonify(said)
    if enrolled is not None:
        device_cookie.remember(response, enrolled.id)
    return response


def _claim(body: dict[str, Any]) -> DeviceClaim:
    remembered = device_cookie.known() if body["id"] is None else ()
    return DeviceClaim(body["id"], body["name"], body["app"], not body["ticket"], remembered)


@blueprint.get("")
@signed_in
def show() -> ResponseReturnValue:
    account = queries.account_by_id(actor().user_id)
    return _session(account, g.device_id) if account else abort(401)


@blueprint.post("")
@public
@per_address
@per_account
def begin() -> ResponseReturnValue:
    body = SessionBody().load(_body())
    try:
        account = actions.check_password(body["login"], body["password"])
        if account.must_change_password:
            raise NotAllowed("must_change_password")
        lasts = session_length(shared=body["shared"])
        begun = actions.sign_in(
            account,
            body["password"],
            lasts=lasts,
            user_agent=request.user_agent.string,
            device=_claim(body["device"]) if body["device"] else None,
            replaces=session_cookie.token(),
        )
    except passwords.Busy:
        abort(503)
    except Invalid as error:
        take_back()
        return jsonify(code=error.code, message=label("error", error.code), details={}), 401
    response = _session(account, begun.device.id if begun.device else None, begun.device)
    session_cookie.keep(response, begun.token, seconds=None if body["shared"] else int(lasts.total_seconds()))
    return response


@blueprint.put("/device")
@signed_in
def enrol() -> ResponseReturnValue:
    """A person who signed in on the desk opens the field client: the session gets its device."""
    body = DeviceBody().load(_body())
    enrolled = enrol_device(actor(), g.session_id, _claim(body))
    account = queries.account_by_id(actor().user_id)
    return _session(account, enrolled.id, enrolled) if account else abort(401)


def _over(error: Invalid) -> ResponseReturnValue:
    """Used, ended, too old or never made: all look alike."""
    take_back()
    return jsonify(code=error.code, message=label("error", error.code), details={}), 410


@blueprint.post("/enrolment/look")
@public
@per_enrolment
def look() -> ResponseReturnValue:
    """Whose link this is: shown on the phone before it becomes that person's."""
    try:
        account = enrolling.offered_to(LinkBody().load(_body())["token"])
    except Invalid as error:
        return _over(error)
    return jsonify(user={"login": account.login, "name": account.name})


@blueprint.post("/enrolment")
@public
@per_enrolment
def begin_by_link() -> ResponseReturnValue:
    """A phone signs in with the link behind the desk's QR code."""
    body = EnrolmentBody().load(_body())
    lasts = session_length(shared=False)
    try:
        account, begun = enrolling.use_offer(
            body["token"],
            _claim(body["device"]),
            lasts=lasts,
            user_agent=request.user_agent.string,
            replaces=session_cookie.token(),
        )
    except Invalid as error:
        return _over(error)
    response = _session(account, begun.device.id if begun.device else None, begun.device)
    session_cookie.keep(response, begun.token, seconds=int(lasts.total_seconds()))
    return response


@blueprint.delete("")
@public
def end() -> ResponseReturnValue:
    """Sign out. `?wiped=1`: the person had this device's stores deleted on purpose, so their absence is no loss.

    The client says so only when the server has everything of everybody on that device, and only then the browser is
    asked to delete what is left: a sign-out by itself never costs unsent work.
    """
    token = session_cookie.token()
    if token is not None:
        actions.end_by_token(token)
    response = make_response("", 204)
    session_cookie.forget(response)
    if g.device_id is not None and request.args.get("wiped") == "1":
        device_cookie.forget_all(response)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
