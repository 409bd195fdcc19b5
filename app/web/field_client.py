"""Serves the built field client under /field/. Unknown paths below it are the app's own routes, but not assets/."""

from flask import Blueprint, Response, abort, current_app, redirect, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.web.access import public
from app.web.headers import CSP_FRAMED

blueprint = Blueprint("field_client", __name__, url_prefix="/field")


def _shell() -> Response:
    try:
        response = send_from_directory(current_app.config["FIELD_CLIENT_DIR"], "index.html")
    except NotFound:
        abort(503)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/")
@public
def shell() -> Response:
    return _shell()


@blueprint.get("/<path:path>")
@public
def asset(path: str) -> ResponseReturnValue:
    if path == "index.html":
        return redirect("/field/")
    if path == "recovery":  # a page of its own: it has to work when the app does not start
        path = "recovery.html"
    if path == "preview":  # of a checklist draft, in a frame of the editor
        path = "preview.html"
    hashed = path.startswith("assets/")
    try:
        response = send_from_directory(current_app.config["FIELD_CLIENT_DIR"], path)
    except NotFound:
        # Another server's build, while both are in use: a page in its place would be kept as the script it is not.
        return abort(404) if hashed else _shell()
    if path == "preview.html":
        response.headers["Content-Security-Policy"] = CSP_FRAMED
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
    return response
