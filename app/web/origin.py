"""Requests that change something must come from our own pages (security.md 5.2).

Desk forms carry flask-wtf's token. Requests under /api/ are made by our own script and prove it twice: by
where the browser says they come from (`Sec-Fetch-Site`, else an exact `Origin`), and by a header that a
foreign page cannot send without our leave.
"""

from flask import Flask, request

from app.domain.errors import NotAllowed
from app.extensions import csrf

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def _comes_from_here() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    # Browsers leave Sec-Fetch-Site away on plain http addresses other than localhost.
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}"


def check_api_request() -> None:
    """Raise NotAllowed("CSRF") unless an unsafe /api/ request was made by our own page."""
    if request.method in SAFE:
        return
    if request.headers.get("X-VSP") != "1" or not _comes_from_here():
        raise NotAllowed("CSRF")


def register_origin(app: Flask) -> None:
    """One check before every request, whatever feature answers it."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # done here, so that /api/ can differ

    @app.before_request
    def _check_origin() -> None:
        if request.path.startswith("/api/"):
            check_api_request()
        else:
            csrf.protect(apply_exemptions=True)
