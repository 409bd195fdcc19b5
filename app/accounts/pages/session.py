"""Before every request: whose session is it? Puts `actor`, `session_id` and `device_id` on `g`."""

from datetime import datetime, timedelta

import structlog
from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.actions import sessions as actions
from app.accounts.actions.devices import SEEN_EVERY
from app.accounts.queries import sessions as queries
from app.domain.errors import NotAllowed
from app.domain.permissions import Actor
from app.extensions import now
from app.transactions import own_transaction
from app.web import session_cookie
from app.web.access import actor, rule_of
from app.web.clock import today
from config import Settings

log = structlog.get_logger(__name__)

SESSIONLESS = frozenset({"static", "field_client.shell", "field_client.asset", "health.health"})
WITH_TEMPORARY_PASSWORD = frozenset({"accounts.password", "accounts.change_password", "accounts.sign_out"})


def idle_limit() -> timedelta:
    """How long a session may lie unused."""
    settings: Settings = current_app.config["SETTINGS"]
    return timedelta(days=settings.session_days_personal)


def register_session(app: Flask) -> None:
    """Load the session before the access rules are checked."""
    app.before_request(_load_session)


def signed_in_still() -> Actor:
    """The signed-in person as the session is now, for a request that has waited: 401, or 403 for a revoked device."""
    _load_session()
    return actor()


def _load_session() -> ResponseReturnValue | None:
    g.actor = g.session_id = g.device_id = None
    g.by_ticket = False
    ticket = _ticket()
    if ticket is not None:
        _load_ticket(ticket)
        return None
    token = session_cookie.token()
    if token is None or request.endpoint in SESSIONLESS:
        return None
    found = queries.signed_in(token, now(), idle_limit())
    if found is None:
        return None
    if found.device_revoked:
        _refuse_device()
        return None
    if found.must_change_password and request.endpoint not in WITH_TEMPORARY_PASSWORD:
        return _demand_password()
    g.session_id, g.device_id = found.session_id, found.device_id
    g.actor = queries.actor_of(found.user_id, found.name, today())
    _note_use(found.session_id, found.last_seen_at)
    return None


def _ticket() -> str | None:
    """The ticket that a device shows, on the few routes that take one."""
    rule = rule_of(current_app, request.endpoint) if request.endpoint else None
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return sent.strip()[:100] if rule is not None and rule.tickets and scheme.casefold() == "device" else None


def _load_ticket(ticket: str) -> None:
    """Whoever holds a ticket submits as its device's owner, and may do nothing that a role would allow."""
    found = queries.ticket_holder(ticket)
    if found is None:
        return
    if found.device_revoked:
        raise NotAllowed("DEVICE_REVOKED")
    g.actor, g.device_id, g.by_ticket = Actor(found.user_id, found.name), found.device_id, True


def _refuse_device() -> None:
    """The field client is told why; on the desk, and for signing in anew, it is simply not signed in."""
    if request.path.startswith("/api/") and not request.path.startswith("/api/session"):
        raise NotAllowed("DEVICE_REVOKED")


def _demand_password() -> ResponseReturnValue | None:
    """A password that somebody else chose opens one page only."""
    if request.path.startswith("/api/") or request.endpoint in {"accounts.sign_in", "accounts.sign_in_now"}:
        return None  # not signed in, as far as these are concerned
    return redirect(url_for("accounts.password"))


def _note_use(session_id: str, last_seen_at: datetime) -> None:
    """At most once in some minutes, and never a reason to fail."""
    if now() - last_seen_at < SEEN_EVERY:
        return
    try:
        with own_transaction():
            actions.seen(session_id)
    except Exception as error:  # a busy database must not cost the request
        log.warning("last_seen_not_written", error=str(error))
