"""The public page of an issued document: what its printed code leads to."""

import hashlib

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.findings.pages.blueprint import blueprint
from app.findings.queries import issued
from app.web.access import public

MOST_BYTES = 64 * 1024 * 1024


@blueprint.get("/xac-minh/<code>")
@public
def verify(code: str) -> ResponseReturnValue:
    """For anybody who holds a document: genuine, issued when, amended or not; nothing else."""
    links = issued.public(code)
    if links is None:
        return render_template("findings/verify.html", links=None), 404
    return render_template("findings/verify.html", links=links, result=None)


@blueprint.post("/xac-minh/<code>")
@public
def verify_file(code: str) -> ResponseReturnValue:
    """Whether a file somebody holds is the issued one, byte for byte; the file is not kept."""
    links = issued.public(code)
    if links is None:
        return render_template("findings/verify.html", links=None), 404
    request.max_content_length = MOST_BYTES
    sent = request.files.get("file")
    digest = hashlib.sha256(sent.read()).hexdigest() if sent and sent.filename else ""
    result = "none" if not digest else "same" if digest == links.row.sha256 else "other"
    return render_template("findings/verify.html", links=links, result=result)
