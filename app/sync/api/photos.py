"""Photos: tus 1.0.0 with creation, creation-with-upload, checksum, expiration, termination; receipts; views."""

import base64
from collections.abc import Iterator
from typing import Any

from flask import Response, abort, g, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.http import http_date

from app.domain.acceptance import PHOTO_LIMIT
from app.domain.errors import NotFound
from app.domain.permissions import may
from app.domain.wire import base64url, receipt_hash
from app.extensions import now
from app.sync import blobs, images, queries, schemas
from app.sync.actions import evidence
from app.sync.api.replies import TUS, blueprint, ms, planned_visit, refuse_other, reply
from app.sync.signing import signer
from app.web.access import actor, signed_in, signed_in_or_ticket

TUS_EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"


def _tus() -> None:
    if request.headers.get("Tus-Resumable") != TUS:
        response = make_response("", 412)
        response.headers["Tus-Version"] = TUS
        abort(response)


def _refuse_other() -> None:
    """Whose phone sends this, where it says so: programs that speak plain tus and older phones do not."""
    refuse_other(request.headers.get("X-VSP-User"))


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise ValidationError({header: ["not a number"]})
    return int(text)


def _checksum() -> evidence.Checksum | None:
    """What the chunk must hash to, if the header is given. Raises ValidationError for an algorithm we do not know."""
    told = request.headers.get("Upload-Checksum")
    if told is None:
        return None
    algorithm, _, encoded = told.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except ValueError:
        digest = b""
    if algorithm not in evidence.ALGORITHMS or not digest:
        raise ValidationError({"Upload-Checksum": [", ".join(evidence.ALGORITHMS)]})
    return evidence.Checksum(algorithm, digest)


def _has_bytes() -> bool:
    return request.mimetype == "application/offset+octet-stream"


def _blocks() -> Iterator[bytes]:
    return iter(lambda: request.stream.read(blobs.BLOCK), b"")


@blueprint.route("/visits/<visit_id>/blobs", methods=["OPTIONS"], provide_automatic_options=False)
@signed_in_or_ticket
def blobs_options(visit_id: str) -> ResponseReturnValue:
    headers = {"Tus-Version": TUS, "Tus-Extension": TUS_EXTENSIONS, "Tus-Max-Size": str(PHOTO_LIMIT)}
    return "", 204, headers | {"Tus-Checksum-Algorithm": ",".join(evidence.ALGORITHMS)}


@blueprint.post("/visits/<visit_id>/blobs")
@signed_in_or_ticket
def begin_upload(visit_id: str) -> ResponseReturnValue:
    _tus()
    _refuse_other()
    size, said = _number("Upload-Length"), schemas.upload_metadata(request.headers.get("Upload-Metadata", ""))
    checksum = _checksum()
    planned_visit(visit_id)
    upload_id = evidence.begin_upload(
        actor(),
        visit_id,
        sha256=said["sha256"],
        size=size,
        mime=said.get("filetype", ""),
        device_id=g.device_id or "",
    )
    place = url_for(".upload_offset", visit_id=visit_id, upload_id=upload_id or said["sha256"])
    if upload_id is None:
        return reply(present=True), 200, {"Location": place, "Upload-Offset": str(size)}
    headers = {"Location": place, "Upload-Expires": http_date(now() + evidence.LIFE)}
    offset = 0
    if _has_bytes():
        offset = evidence.continue_upload(actor(), visit_id, upload_id, at=0, blocks=_blocks(), checksum=checksum)
    return "", 201, headers | {"Upload-Offset": str(offset)}


@blueprint.route("/visits/<visit_id>/blobs/uploads/<upload_id>", methods=["HEAD"])
@signed_in_or_ticket
def upload_offset(visit_id: str, upload_id: str) -> ResponseReturnValue:
    upload = _upload(visit_id, upload_id)
    headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    return "", 200, headers | _expires(upload)


def _expires(upload: evidence.Progress) -> dict[str, str]:
    return {"Upload-Expires": http_date(upload.expires_at)} if upload.expires_at else {}


def _upload(visit_id: str, upload_id: str) -> evidence.Progress:
    """How far an upload is; what the visit already has answers under its hash, complete."""
    _refuse_other()
    planned_visit(visit_id)
    evidence.check_sender(actor(), visit_id)
    blob = queries.blob_there(visit_id, upload_id)
    if blob is not None:
        return evidence.Progress(blob.size, blob.size, None)
    return evidence.progress(actor(), visit_id, upload_id)


@blueprint.patch("/visits/<visit_id>/blobs/uploads/<upload_id>")
@signed_in_or_ticket
def continue_upload(visit_id: str, upload_id: str) -> ResponseReturnValue:
    _tus()
    if not _has_bytes():
        abort(415)
    at, checksum = _number("Upload-Offset"), _checksum()
    upload = _upload(visit_id, upload_id)
    offset = upload.offset
    if offset < upload.size or len(upload_id) != 64:
        offset = evidence.continue_upload(actor(), visit_id, upload_id, at=at, blocks=_blocks(), checksum=checksum)
    return "", 204, {"Upload-Offset": str(offset)} | (_expires(upload) if offset < upload.size else {})


@blueprint.delete("/visits/<visit_id>/blobs/uploads/<upload_id>")
@signed_in_or_ticket
def end_upload(visit_id: str, upload_id: str) -> ResponseReturnValue:
    """Give an upload up. What is complete is evidence, and no upload any more: it stays."""
    _tus()
    _refuse_other()
    planned_visit(visit_id)
    evidence.end_upload(actor(), visit_id, upload_id)
    return "", 204


@blueprint.get("/visits/<visit_id>/blobs")
@signed_in
def receipts(visit_id: str) -> ResponseReturnValue:
    """What the server holds of a visit's photos, signed: only against this a phone removes its own copy."""
    who, subject = actor(), planned_visit(visit_id).subject
    evidence.check_sender(who, visit_id)
    kept, is_member = queries.blobs_there(visit_id), who.user_id in subject.member_ids
    if not (is_member and may(who, "photo.original", subject)):
        told = queries.photos_told_by(visit_id, who.user_id)
        if is_member:  # who has left hears of his own, as with the log
            told |= queries.photos_accepted(visit_id)
        kept = tuple(each for each in kept if each.sha256 in told)
    return reply(blobs=[_receipt(visit_id, each) for each in kept])


def _receipt(visit_id: str, blob: queries.Kept) -> dict[str, Any]:
    digest = receipt_hash(visit_id, bytes.fromhex(blob.sha256), blob.size, safe=blob.safe)
    return {
        "sha256": blob.sha256,
        "size": blob.size,
        "at": ms(blob.received_at),
        "safe": blob.safe,
        "sig": base64url(signer().sign(digest)),
    }


@blueprint.get("/visits/<visit_id>/blobs/<sha256>")
@signed_in
def blob(visit_id: str, sha256: str) -> ResponseReturnValue:
    return _drawn(visit_id, sha256, images.VIEW)


@blueprint.get("/visits/<visit_id>/blobs/<sha256>/thumbnail")
@signed_in
def thumbnail(visit_id: str, sha256: str) -> ResponseReturnValue:
    return _drawn(visit_id, sha256, images.THUMBNAIL)


def _drawn(visit_id: str, sha256: str, edge: int) -> Response:
    who, subject = actor(), planned_visit(visit_id).subject
    if not may(who, "visit.see", subject):
        raise NotFound("NO_SUCH_VISIT")
    if not may(who, "photo.original", subject) and not _is_for(who.user_id, visit_id, sha256):
        raise NotFound("NO_SUCH_VISIT")
    shown = evidence.drawn(visit_id, sha256, edge)
    response = send_file(shown, mimetype="image/jpeg", max_age=0, etag=f"{sha256}-{edge}")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _is_for(user_id: str, visit_id: str, sha256: str) -> bool:
    """Whether a photo is shown to somebody who may not take originals. One of which something was covered in a copy, a
    face or a paper, is for who sent it; one that no accepted operation names, for who sent it or named it."""
    found = queries.blob(visit_id, sha256)
    if found is None or found.uploaded_by == user_id:
        return found is not None
    return queries.is_photo_told(visit_id, sha256, user_id)


@blueprint.get("/visits/<visit_id>/blobs/<sha256>/original")
@signed_in
def original(visit_id: str, sha256: str) -> ResponseReturnValue:
    """The sealed bytes with all their metadata, only ever as a download: no browser runs what may hide in them."""
    if not may(actor(), "photo.original", planned_visit(visit_id).subject):
        raise NotFound("NO_SUCH_VISIT")
    found = queries.blob(visit_id, sha256)
    if found is None:
        raise NotFound("not_found")
    if not blobs.is_there(visit_id, sha256, found.size):
        raise NotFound("photo_gone")
    name = f"anh-{sha256[:12]}.{found.mime.removeprefix('image/')}"
    response = send_file(
        blobs.stored(visit_id, sha256), mimetype=found.mime, as_attachment=True, download_name=name, etag=sha256
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
