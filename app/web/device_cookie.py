"""The cookie that remembers which devices a browser has been, for years, even when scripts forgot everything.

It only identifies and never authorises: whoever holds it still has to sign in, and a device is continued by its own
person only. Browsers keep it when they throw a page's storage away, which is how such a loss is noticed.
"""

import re

from flask import Response, current_app, request

from config import Settings

LONGEST = 400 * 24 * 3600  # as long as browsers allow
MOST = 16  # people who share a computer
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def _secure() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secure_cookies


def _name() -> str:
    return "__Host-devices" if _secure() else "devices"


def known() -> tuple[str, ...]:
    """The ids of the devices this browser has been, the latest first; whatever a hostile cookie says."""
    sent = request.cookies.get(_name(), "")
    return tuple(part for part in sent.split(".")[:MOST] if _ID.fullmatch(part))


def remember(response: Response, device_id: str) -> None:
    """Put a device at the head of the list."""
    kept = (device_id, *(each for each in known() if each != device_id))[:MOST]
    _keep(response, kept)


def forget_all(response: Response) -> None:
    """The stores of all these devices were deleted on purpose."""
    _keep(response, ())


def _keep(response: Response, ids: tuple[str, ...]) -> None:
    response.set_cookie(
        _name(),
        ".".join(ids),
        max_age=LONGEST if ids else 0,
        path="/",
        secure=_secure(),
        httponly=True,
        samesite="Strict",
    )
