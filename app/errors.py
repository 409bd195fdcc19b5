"""One error shape: `{"code", "message", "details"}` under /api/, one page elsewhere.

A code's Vietnamese sentence stands in `static/shared/labels.json`, where the field client finds it too.
"""

import errno
import time
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from app.domain.errors import DomainError, Invalid, NotAllowed, NotFound, OtherUser, OutOfDate, TooMuch, TooOld
from app.extensions import limiter
from app.web.labels import label

log = structlog.get_logger(__name__)

STATUS: dict[type[DomainError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    OutOfDate: HTTPStatus.CONFLICT,
    OtherUser: HTTPStatus.UNAUTHORIZED,
    TooOld: HTTPStatus.UPGRADE_REQUIRED,
    TooMuch: HTTPStatus.TOO_MANY_REQUESTS,
}

# No space, no quota, a failing or read-only disk, too many files, no time.
MACHINE_COULD_NOT = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.ENFILE,
    errno.EMFILE,
    errno.EAGAIN,
    errno.ENOMEM,
}

HTTP_CODES = {
    400: "bad_request",
    401: "LOGIN",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "TOO_BIG",
    415: "unsupported_media_type",
    429: "too_many_requests",
    503: "unavailable",
}


def respond(status: int, code: str, details: Any = None, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    """The one shape of a failure, as JSON for machines and as a page for people."""
    message = label("error", code)
    if request.path.startswith("/api/"):
        body: ResponseReturnValue = jsonify(code=code, message=message, details=details or {})
    else:
        body = render_template("errors/error.html", code=code, message=message, details=details or {}, status=status)
    return body, status, headers or {}  # type: ignore[return-value]


def seconds_to_wait() -> int:
    """When the limit that was met opens again; a minute if it is not known."""
    met = limiter.current_limit
    return max(1, int(met.reset_at - time.time()) + 1) if met else 60


def register_errors(app: Flask) -> None:
    """Give every kind of failure its status, its code and its sentence."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> ResponseReturnValue:
        status = STATUS.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)
        later = {"Retry-After": str(error.details["retry_in"])} if isinstance(error, TooMuch) else {}
        return respond(status, error.code, dict(error.details), later)

    @app.errorhandler(ValidationError)
    def invalid_request(error: ValidationError) -> ResponseReturnValue:
        return respond(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", {"fields": error.messages})

    @app.errorhandler(IntegrityError)
    def integrity_error(error: IntegrityError) -> ResponseReturnValue:
        """Two people did the same thing at once; the constraint kept the second out."""
        log.warning("integrity_error", statement=error.statement)
        return respond(HTTPStatus.CONFLICT, "already_done")

    @app.errorhandler(CSRFError)
    def csrf_error(_error: CSRFError) -> ResponseReturnValue:
        return respond(HTTPStatus.FORBIDDEN, "CSRF")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        kept = {key: value for key, value in error.get_headers() if key in {"Allow", "Retry-After"}}
        kept |= {"Retry-After": str(seconds_to_wait())} if status == 429 else {}
        return respond(status, HTTP_CODES.get(status, "server_error"), headers=kept)

    _register_trouble(app)


def _register_trouble(app: Flask) -> None:
    """What is nobody's fault who asks: the machine or the database could not, or we made a mistake."""

    @app.errorhandler(DatabaseError)
    def database_busy(error: DatabaseError) -> ResponseReturnValue:
        """The database is away, too busy or unreadable: nothing was written, and a phone sends again by itself."""
        # SQLite calls a file that it can no longer read malformed, and its driver has no class for that.
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            return unexpected(error)
        g.database_away = True  # so that nothing asks it once more for this reply
        log.error("database_error", path=request.path, problem=str(error.orig))
        return respond(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", headers={"Retry-After": "3"})

    @app.errorhandler(OSError)
    def disk_full(error: OSError) -> ResponseReturnValue:
        """The machine could not: nothing was promised, and a phone sends again by itself."""
        if error.errno not in MACHINE_COULD_NOT:
            return unexpected(error)
        log.error("machine_error", path=request.path, problem=str(error))
        return respond(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", headers={"Retry-After": "3"})

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.error("unexpected_error", path=request.path, exc_info=error)
        if app.testing:
            raise error
        return respond(HTTPStatus.INTERNAL_SERVER_ERROR, "server_error")
