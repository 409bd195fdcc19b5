"""The files handed in with reports: as they came, only ever as downloads; and small views of photos."""

from flask import Response
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound
from app.remediation import blobs
from app.remediation.pages.blueprint import READERS, blueprint, data_dir
from app.remediation.queries import tasks as queries
from app.web.access import actor, roles


@blueprint.get("/tasks/<task_id>/evidence/<evidence_id>")
@roles(*READERS)
def evidence(task_id: str, evidence_id: str) -> ResponseReturnValue:
    """The file as it was handed in, only ever as a download: no browser runs it here."""
    queries.seen_by(actor(), task_id)
    found = queries.evidence_of(task_id, evidence_id)
    content = blobs.path_of(data_dir(), task_id, found.sha256).read_bytes()
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.get("/tasks/<task_id>/evidence/<evidence_id>/preview")
@roles(*READERS)
def preview(task_id: str, evidence_id: str) -> ResponseReturnValue:
    """A picture drawn anew from a photo, small and without its metadata."""
    queries.seen_by(actor(), task_id)
    found = queries.evidence_of(task_id, evidence_id)
    view = blobs.view_of(data_dir(), task_id, found.sha256)
    if not view.exists():
        raise NotFound("not_found")  # a document has no picture
    response = Response(view.read_bytes(), mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
