"""The sync protocol over HTTP (docs/sync.md 7). Nothing here decides; every reply carries proto, epoch, server_now."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Blueprint, Response, abort, current_app, g, jsonify, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.exceptions import TooManyRequests
from werkzeug.http import http_date

from app.accounts.actions.incidents import ToldIncident
from app.accounts.queries import devices
from app.accounts.queries.directory import names_of_people
from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain.acceptance import PHOTO_LIMIT
from app.domain.errors import Invalid, NotFound, OtherUser, OutOfDate, TooOld
from app.domain.permissions import may
from app.domain.wire import receipt_hash
from app.errors import respond, seconds_to_wait
from app.extensions import limiter, now
from app.sync import blobs, hints, news, queries, schemas
from app.sync.actions import contacts, evidence, installation
from app.sync.actions import drop as dropping
from app.sync.actions import push as pushing
from app.sync.signing import signer
from app.transactions import own_transaction
from app.web import compression, session_cookie
from app.web.access import actor, public, signed_in, signed_in_or_ticket, ticket
from config import Settings

PROTO = 1
PUSH_LIMIT = 512 * 1024
TUS = "1.0.0"
TUS_EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
RETRY_IN = 5  # seconds, when there is no room to wait
logger = structlog.get_logger(__name__)


def _caller() -> str:
    """Whom the minute's limit counts: the browser's session or the device's ticket, else the address."""
    shown = session_cookie.token() or request.headers.get("Authorization") or request.remote_addr or ""
    return hashlib.sha256(shown.encode()).hexdigest()


# A phone that waits at the log asks twice a minute; one that hears of every edit in a busy room, a few times a second
# at worst. Photos are not counted here: their bytes come in many small parts.
per_device = limiter.shared_limit("240/minute", scope="sync", key_func=_caller)

blueprint = Blueprint("sync_api", __name__, url_prefix="/api/sync/v1")


# --- what every reply has in common ---------------------------------------------------------------------------


def _installation() -> tuple[str, bool]:
    """The epoch and whether the database is recovering; known before a view begins its transaction."""
    if "installation" not in g:
        found = queries.installation()
        if found is None:
            with own_transaction():
                installation.begin_epoch()
            found = queries.installation()
        g.installation = found or abort(503)
    known: tuple[str, bool] = g.installation
    return known


@blueprint.before_request
def _know_installation() -> None:
    _installation()


def _stamp() -> dict[str, Any]:
    epoch, _ = _installation()
    return _stamp_without_epoch() | {"epoch": epoch}


def _stamp_without_epoch() -> dict[str, Any]:
    return {"proto": PROTO, "server_now": int(now().timestamp() * 1000)}


def _reply(**body: Any) -> Response:
    return jsonify(**body, **_stamp())


@blueprint.after_request
def _stamp_errors(response: Response) -> Response:
    """Errors too say who answers and when. While the database is away nobody knows its epoch, and it is left out."""
    if response.status_code >= 400 and response.is_json:
        stamp = _stamp_without_epoch() if g.get("database_away") else _stamp()
        response.set_data(json.dumps(response.get_json() | stamp, ensure_ascii=False))
    if "/blobs" in request.path:
        response.headers["Tus-Resumable"] = TUS
    return compression.compress(request, response)


@blueprint.errorhandler(Invalid)
def _invalid(error: Invalid) -> ResponseReturnValue:
    status = {"BAD_ENVELOPE": 400, "TOO_BIG": 413, "CHECKSUM": 460}.get(error.code, 422)
    return respond(status, error.code, dict(error.details))


@blueprint.errorhandler(429)
def _busy(_error: TooManyRequests) -> ResponseReturnValue:
    return respond(429, "BUSY", headers={"Retry-After": str(seconds_to_wait())})


@blueprint.errorhandler(ValidationError)
def _bad_envelope(error: ValidationError) -> ResponseReturnValue:
    return respond(400, "BAD_ENVELOPE", {"fields": error.messages})


def _visit(visit_id: str) -> campaigns.PlannedVisit:
    try:
        return campaigns.planned_visit(visit_id)
    except NotFound:
        raise NotFound("NO_SUCH_VISIT") from None


# --- hello, manifest, checklists ------------------------------------------------------------------------------


@blueprint.get("/hello")
@public
def hello() -> ResponseReturnValue:
    _, recovering = _installation()
    settings: Settings = current_app.config["SETTINGS"]
    limits = {
        "push_bytes": PUSH_LIMIT,
        "push_ops": schemas.OPS_LIMIT,
        "log_page": schemas.PAGE,
        "photo_bytes": PHOTO_LIMIT,
    }
    key = base64.urlsafe_b64encode(signer().public_key()).decode().rstrip("=")
    return _reply(
        proto_min=PROTO,
        proto_max=PROTO,
        app_min_for_pull=settings.app_min_for_pull,
        recovering=recovering,
        limits=limits,
        public_key=key,
    )


def _refuse_old(proto: str) -> None:
    """Raise TooOld if a phone speaks a protocol whose logs it could not read here. Pushes are never asked."""
    if proto.isascii() and proto.isdigit() and len(proto) < 6 and int(proto) < PROTO:
        raise TooOld("UPGRADE", proto_min=PROTO)


@blueprint.get("/manifest")
@signed_in
@per_device
def manifest() -> ResponseReturnValue:
    _refuse_old(request.args.get("proto", ""))
    body, heads = _manifest()
    digest, heads_digest = _digest_of(body), _digest_of(heads)
    known, _, known_heads = request.args.get("known", "").partition(".")
    if (known, known_heads) == (digest, heads_digest):
        return _reply(digest=digest, heads_digest=heads_digest, unchanged=True)
    told = {} if known == digest else body
    return _reply(digest=digest, heads_digest=heads_digest, heads=heads, **told)


def _manifest() -> tuple[dict[str, Any], dict[str, Any]]:
    """A person's visits, and how far the log of each has come: the second changes with every edit, the first seldom."""
    who = actor()
    mine = [each for each in campaigns.visits_of_member(who.user_id) if each.visit.state != "cancelled"]
    heads = queries.log_heads([each.visit.id for each in mine])
    people = {place.user_id for each in mine for place in each.visit.places}
    names = names_of_people(people) if people else {}
    versions = checklists.versions({each.visit.checklist_version_id for each in mine})
    newest = checklists.newest_versions({version.slug for version in versions.values()})
    _, recovering = _installation()
    body = {
        "user": {"id": who.user_id, "name": who.name},
        "visits": [_listed(each, heads[each.visit.id], names, versions, newest) for each in mine],
        "gone": list(campaigns.visits_left_by(who.user_id)),
        "recovering": recovering,
    }
    return body, {each.visit.id: [heads[each.visit.id].n, heads[each.visit.id].hash.hex()[:16]] for each in mine}


def _digest_of(part: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:32]


def _manifest_digest() -> str:
    return _digest_of(_manifest()[0])


def _listed(
    each: campaigns.MemberVisit,
    head: queries.LogHead,
    names: Mapping[str, str],
    versions: Mapping[str, checklists.Version],
    newest: Mapping[str, checklists.Version],
) -> dict[str, Any]:
    visit = each.visit
    version = versions[visit.checklist_version_id]
    newer = newest.get(version.slug)
    return {
        "id": visit.id,
        "role": each.role,
        "state": visit.state,
        "safe_n": head.safe_n,
        "chk": each.chk,
        "title": version.title,
        "newer": newer.chk if newer is not None and newer.version > version.version else None,
        "planned_on": visit.planned_on.isoformat(),
        "unit": {"name": visit.unit_name, "kind": visit.unit_kind, "parent": visit.unit_parent_name},
        "campaign": {"id": visit.campaign_id, "title": visit.campaign_title},
        "delegation": visit.delegation_name,
        "sample_data": visit.sample_data,
        "members": [
            {
                "id": place.user_id,
                "name": names.get(place.user_id, ""),
                "duty": place.duty,
                "lead": place.is_lead,
                "present": place.removed_at is None,
            }
            for place in visit.places
        ],
    }


@blueprint.get("/checklists/<chk>")
@signed_in
def checklist(chk: str) -> ResponseReturnValue:
    asked = checklists.version_by_chk(chk)
    mine = {each.visit.checklist_version_id for each in campaigns.visits_of_member(actor().user_id)}
    # Another version of the same checklist may be one that a visit used before, or may be re-pinned to.
    if asked.id not in mine and asked.slug not in {each.slug for each in checklists.versions(mine).values()}:
        raise NotFound("not_found")
    response = make_response(checklists.body_by_chk(chk))
    response.content_type = "application/json"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


# --- push and log ---------------------------------------------------------------------------------------------


def _envelope(schema: schemas.PushBody) -> dict[str, Any]:
    try:
        body = json.loads(compression.body_of(request, PUSH_LIMIT))
    except (ValueError, RecursionError):
        raise Invalid("BAD_ENVELOPE") from None
    if not isinstance(body, dict):
        raise Invalid("BAD_ENVELOPE")
    if isinstance(body.get("ops"), list) and len(body["ops"]) > schemas.OPS_LIMIT:
        raise Invalid("TOO_BIG", max_ops=schemas.OPS_LIMIT)
    loaded: dict[str, Any] = schema.load(body)
    return loaded


def _refuse_other(user_id: str | None) -> None:
    """Another person signed in on this device: only the author's own session may send, or be read from (I18)."""
    if user_id not in (None, actor().user_id):
        raise OtherUser("OTHER_USER")


@blueprint.post("/visits/<visit_id>/push")
@signed_in
@per_device
def push(visit_id: str) -> ResponseReturnValue:
    body = _envelope(schemas.PushBody())
    _refuse_other(body["user"])
    device_id: str | None = g.device_id
    sender = pushing.Sender(actor(), g.session_id or "", device_id or "")
    sent = [pushing.Sent(*each) for each in body["ops"]]
    pushed = pushing.push(sender, visit_id, body["writer"], sent, body["evidence"])
    shown: dict[str, Any] = {"except": [_result(each) for each in pushed.results if each.outcome != "ok"]}
    if body["evidence"]:
        shown["evidence"] = asdict(pushed.refilled)
    if body["h"] is not None:
        shown["news"] = _news_of(pushed, visit_id, body["after"], body["h"])
    if device_id:
        outcomes = [(each.op, each.outcome) for each in pushed.results]
        # Who still gives entries back, or reads from the start, may hold more than this log.
        checked = body["after"] > 0 and "after" in shown.get("news", {}) and not body["evidence"]
        _hear(contacts.Reporter(actor().user_id, device_id), visit_id, body, outcomes, checked=checked)
    return _reply(
        head={"n": pushed.n, "h": pushed.hash.hex()},
        safe_n=pushed.safe_n,
        writer_head=pushed.writer_head,
        taken=len(pushed.results),
        **shown,
    )


def _news_of(pushed: pushing.Pushed, visit_id: str, after: int, h: str) -> dict[str, Any]:
    """What the log shows behind the phone's cursor now, its own operations among them."""
    who = actor().user_id
    stored = [each.entry for each in pushed.results if each.outcome == "ok" and each.entry]
    if pushed.role is None:
        own = [each.entry for each in pushed.results if each.entry and each.entry.actor_id == who]
        return {"not_member": True, "own": [news.proven(entry, signer()) for entry in own]}
    reader = news.Reader(who, pushed.role == "lead")
    mine = {entry.op for entry in stored}
    if after == pushed.n_before and (after == 0 or h == pushed.hash_before.hex()):
        return news.written(pushed.added, reader, signer(), after=after, head_n=pushed.n, mine=mine)
    if not news.is_at(visit_id, after, h):
        return {"diverged": True}
    entries = queries.log_page(visit_id, after=after, limit=schemas.PAGE)
    return news.written(entries, reader, signer(), after=after, head_n=pushed.n, mine=mine)


def _hear(
    who: contacts.Reporter,
    visit_id: str,
    body: dict[str, Any],
    outcomes: Sequence[tuple[str, str]] = (),
    *,
    checked: bool = False,
) -> None:
    """Keep what the envelope says of the device itself."""
    owed = contacts.Owed(body["pending"]["ops"], body["pending"]["blobs"]) if body["pending"] else None
    contacts.note(who, visit_id, n=body["after"], owed=owed, coarse=_coarse(), checked=checked)
    told = [
        ToldIncident(
            each["id"],
            each["kind"],
            each["visit"],
            schemas.readable(each["at"], 40),
            schemas.readable(each["detail"], 2000),
        )
        for each in body["incidents"]
    ]
    contacts.keep_incidents(who, visit_id, told, outcomes)


def _coarse() -> timedelta:
    """While the server recovers every word of a device counts at once."""
    _, recovering = _installation()
    return timedelta(0) if recovering else contacts.COARSE


@blueprint.post("/drop")
@ticket
@per_device
def drop() -> ResponseReturnValue:
    body = _envelope(schemas.DropBody())
    owner = actor()
    if body["user"] not in (None, owner.user_id):
        abort(401)
    dropped = dropping.drop(owner, g.device_id, body["visit"], [pushing.Sent(*each) for each in body["ops"]])
    _hear(contacts.Reporter(owner.user_id, g.device_id), body["visit"], body)
    results = dropped.pushed.results
    return _reply(
        taken=len(results),
        **{"except": [{"op": each.op, "r": each.outcome} for each in results if each.outcome != "ok"]},
        own=[news.proven(entry, signer()) for entry in dropped.own],
    )


def _result(result: pushing.Result) -> dict[str, Any]:
    shown: dict[str, Any] = {"op": result.op, "r": result.outcome}
    return shown if result.expect is None else shown | {"expect": result.expect}


@blueprint.get("/visits/<visit_id>/log")
@signed_in
@per_device
def log(visit_id: str) -> ResponseReturnValue:
    _refuse_old(request.args.get("proto", ""))
    who, query = actor(), schemas.LogQuery().load(request.args.to_dict())
    _refuse_other(query["user"])
    subject = _visit(visit_id).subject
    if who.user_id not in subject.member_ids:
        if who.user_id not in subject.former_ids:
            raise NotFound("NO_SUCH_VISIT")
        return _own_view(visit_id, who.user_id, query["after"], query["limit"])
    since = hints.hints().version(visit_id)
    head = queries.log_head(visit_id)
    if not news.is_at(visit_id, query["after"], query["h"]):
        raise OutOfDate("HISTORY_DIVERGED", head={"n": head.n, "h": head.hash.hex()})
    _note_reading(visit_id, query["after"])
    digest = _manifest_digest() if query["wait"] else None
    full = False
    if query["wait"] and head.n == query["after"] and query["known"] in ("", digest):
        full = not _wait(visit_id, query["after"], since, query["wait"])
        subject = _visit(visit_id).subject
        if who.user_id not in subject.member_ids:
            raise NotFound("NO_SUCH_VISIT")  # left the delegation while waiting: the next request shows his own view
        head, digest = queries.log_head(visit_id), _manifest_digest()
    reader = news.reader_of(who.user_id, subject)
    page = news.page(visit_id, reader, signer(), head, after=query["after"], limit=query["limit"])
    told: dict[str, Any] = {"digest": digest} if digest else {}
    if full:
        told["retry_in"] = RETRY_IN
    return _reply(news=page, head={"n": head.n, "h": head.hash.hex()}, safe_n=head.safe_n, **told)


def _own_view(visit_id: str, user_id: str, after: int, limit: int) -> ResponseReturnValue:
    """A former member's own entries, each proven alone: he may not read what stands between them."""
    own = queries.log_of_author(visit_id, user_id, after=after, limit=limit + 1)
    shown = own[:limit]
    last = shown[-1].n if shown else after
    entries = [news.proven(entry, signer()) for entry in shown]
    return _reply(not_member=True, own=entries, more=len(own) > limit, last=last)


def _wait(visit_id: str, after: int, since: int, seconds: int) -> bool:
    """Wait for a longer log; False if there is no room to wait."""
    with hints.hints().place() as admitted:
        if admitted:
            longer = lambda: queries.log_head(visit_id).n > after  # noqa: E731
            hints.wait_until(visit_id, longer, since=since, seconds=seconds)
    return admitted


def _note_reading(visit_id: str, n: int) -> None:
    """Reading is a contact too: one look, and seldom a write, which is never a reason to fail."""
    if g.device_id is None:
        return
    who = contacts.Reporter(actor().user_id, g.device_id)
    if not contacts.is_due(who, visit_id, coarse=_coarse()):
        return
    try:
        with own_transaction():
            contacts.note(who, visit_id, n=n, coarse=_coarse(), checked=True)
    except Exception as error:
        logger.warning("contact_not_written", error=str(error))


@blueprint.get("/visits/<visit_id>/devices")
@signed_in
def devices_of_visit(visit_id: str) -> ResponseReturnValue:
    """Who opened this visit on which device: what a lead must know before signing."""
    if actor().user_id not in _visit(visit_id).subject.member_ids:
        raise NotFound("NO_SUCH_VISIT")
    found = queries.contacts_of(visit_id)
    known = devices.described([each.device_id for each in found])
    return _reply(devices=[_contact(each, known[each.device_id]) for each in found])


def _contact(contact: queries.Contact, device: devices.Described) -> dict[str, Any]:
    return {
        "device": contact.device_id,
        "user": contact.user_id,
        "name": device.name,
        "app": device.app_version,
        "opened_at": _ms(contact.opened_at),
        "last_at": _ms(contact.last_at),
        "n": contact.n,
        "pending_ops": contact.pending_ops,
        "pending_blobs": contact.pending_blobs,
        "revoked": device.revoked,
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


# --- evidence: tus 1.0.0 with creation, creation-with-upload, checksum, expiration, termination ------------------


def _tus() -> None:
    if request.headers.get("Tus-Resumable") != TUS:
        response = make_response("", 412)
        response.headers["Tus-Version"] = TUS
        abort(response)


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
    size, said = _number("Upload-Length"), schemas.upload_metadata(request.headers.get("Upload-Metadata", ""))
    checksum = _checksum()
    _visit(visit_id)
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
        return _reply(present=True), 200, {"Location": place, "Upload-Offset": str(size)}
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
    _visit(visit_id)
    evidence.check_sender(actor(), visit_id)
    blob = queries.blob(visit_id, upload_id)
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
    _visit(visit_id)
    evidence.end_upload(actor(), visit_id, upload_id)
    return "", 204


@blueprint.get("/visits/<visit_id>/blobs")
@signed_in
def receipts(visit_id: str) -> ResponseReturnValue:
    """What the server holds of a visit's photos, signed: only against this a phone removes its own copy."""
    _visit(visit_id)
    evidence.check_sender(actor(), visit_id)
    return _reply(blobs=[_receipt(visit_id, blob) for blob in queries.blobs_of(visit_id)])


def _receipt(visit_id: str, blob: queries.Kept) -> dict[str, Any]:
    digest = receipt_hash(visit_id, bytes.fromhex(blob.sha256), blob.size, safe=blob.safe)
    return {
        "sha256": blob.sha256,
        "size": blob.size,
        "at": _ms(blob.received_at),
        "safe": blob.safe,
        "sig": news.encoded(signer().sign(digest)),
    }


@blueprint.get("/visits/<visit_id>/blobs/<sha256>")
@signed_in
def blob(visit_id: str, sha256: str) -> ResponseReturnValue:
    visit = _visit(visit_id)
    if not may(actor(), "visit.see", visit.subject):
        raise NotFound("NO_SUCH_VISIT")
    if queries.blob(visit_id, sha256) is None:
        raise NotFound("not_found")
    response = send_file(blobs.view(visit_id, sha256), mimetype="image/jpeg", max_age=0, etag=sha256)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
