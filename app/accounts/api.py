"""The session as the field client sees it."""

from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from app.accounts import passwords
from app.accounts.actions import sessions as actions
from app.accounts.queries import sessions as queries
from app.accounts.schemas import DeviceBody, SessionBody
from app.domain.errors import Invalid, NotAllowed
from app.extensions import now
from app.transactions import take_back
from app.web import session_cookie
from app.web.access import actor, public, signed_in
from app.web.labels import label
from app.web.signing_in import per_account, per_address, session_length

blueprint = Blueprint("accounts_api", __name__, url_prefix="/api/session")


def _body() -> Any:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    return body


def _session(account: queries.Account, device_id: str | None) -> Response:
    return jsonify(
        user={"id": account.id, "login": account.login, "name": account.name},
        device={"id": device_id} if device_id else None,
        server_now=now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def _claim(body: dict[str, Any] | None) -> actions.DeviceClaim | None:
    return actions.DeviceClaim(body["id"], body["name"], body["app"]) if body else None


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
            device=_claim(body["device"]),
            replaces=session_cookie.token(),
        )
    except passwords.Busy:
        abort(503)
    except Invalid as error:
        take_back()
        return jsonify(code=error.code, message=label("error", error.code), details={}), 401
    response = make_response(_session(account, begun.device_id))
    session_cookie.keep(response, begun.token, seconds=None if body["shared"] else int(lasts.total_seconds()))
    return response


@blueprint.put("/device")
@signed_in
def enrol() -> ResponseReturnValue:
    """A person who signed in on the desk opens the field client: the session gets its device."""
    body = DeviceBody().load(_body())
    device_id = actions.enrol_device(actor(), g.session_id, actions.DeviceClaim(body["id"], body["name"], body["app"]))
    account = queries.account_by_id(actor().user_id)
    return _session(account, device_id) if account else abort(401)


@blueprint.delete("")
@public
def end() -> ResponseReturnValue:
    token = session_cookie.token()
    if token is not None:
        actions.end_by_token(token)
    response = make_response("", 204)
    session_cookie.forget(response)
    return response
