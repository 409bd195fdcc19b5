"""What the sign-in page and the sign-in of the field client have in common: how long, how often, for whom."""

from collections.abc import Mapping
from datetime import timedelta

from flask import current_app, request

from app.extensions import limiter
from config import Settings

PERSONAL = timedelta(days=90)


def session_length(*, shared: bool) -> timedelta:
    """The longest a session may live: a working day on a shared computer, 90 days on one's own device."""
    settings: Settings = current_app.config["SETTINGS"]
    return timedelta(hours=settings.session_hours_shared) if shared else PERSONAL


def _login() -> str:
    body = request.get_json(silent=True) if request.is_json else request.form
    sent = body.get("login", "") if isinstance(body, Mapping) else ""
    return str(sent).strip().casefold()[:80]


def _address() -> str:
    return request.remote_addr or ""


# Every attempt counts, right or wrong: a delay, never a lock that somebody has to open again.
per_account = limiter.shared_limit("5/minute;20/hour", scope="sign-in-account", key_func=_login)
per_address = limiter.shared_limit("30/minute", scope="sign-in-address", key_func=_address)
# Nobody guesses 256 bits; who tries is slowed down all the same.
per_enrolment = limiter.shared_limit("10/minute;60/hour", scope="enrol-address", key_func=_address)
