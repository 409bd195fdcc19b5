"""Push, drop and log: operations come in, entries go out; and which devices have a visit open."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog
from flask import abort, g, request
from flask.typing import ResponseReturnValue

from app.accounts.actions.incidents import ToldIncident
from app.accounts.pages.session import signed_in_still
from app.accounts.queries import devices
from app.checklists import queries as checklists
from app.domain.errors import Invalid, NotFound, OtherUser, OutOfDate
from app.domain.wire import Common
from app.sync import hints, news, queries, schemas
from app.sync.actions import contacts
from app.sync.actions import drop as dropping
from app.sync.actions import push as pushing
from app.sync.api.manifest import manifest_digest, refuse_old
from app.sync.api.replies import (
    PUSH_LIMIT,
    blueprint,
    known_installation,
    ms,
    per_device,
    planned_visit,
    refuse_other,
    reply,
)
from app.sync.signing import signer
from app.transactions import own_transaction
from app.web import compression
from app.web.access import actor, signed_in, ticket

RETRY_IN = 5  # seconds, when there is no room to wait
logger = structlog.get_logger(__name__)


def _sent_body() -> dict[str, Any]:
    try:
        body = json.loads(compression.body_of(request, PUSH_LIMIT))
    except (ValueError, RecursionError):
        raise Invalid("BAD_ENVELOPE") from None
    if not isinstance(body, dict):
        raise Invalid("BAD_ENVELOPE")
    return body


def _envelope(schema: schemas.PushBody, body: dict[str, Any]) -> dict[str, Any]:
    _refuse_many(body.get("ops"))
    loaded: dict[str, Any] = schema.load(body)
    return loaded


def _refuse_many(operations: object) -> None:
    if isinstance(operations, list) and len(operations) > schemas.OPS_LIMIT:
        raise Invalid("TOO_BIG", max_ops=schemas.OPS_LIMIT)


def _common(short: schemas.ShortForm, visit_id: str) -> Common:
    """What the bodies of a short push have in common. Where this server knows of no such thing, it must come whole."""
    user, device = actor().user_id, g.device_id or ""
    if not user.startswith(short.user):
        raise OtherUser("OTHER_USER")
    if not device.startswith(short.device):
        raise Invalid("BAD_ENVELOPE")
    try:
        chk = checklists.chk_beginning(short.chk)
    except NotFound:
        raise Invalid("BAD_ENVELOPE") from None
    return Common(visit_id, chk, user, device, short.app)


@blueprint.post("/visits/<visit_id>/push")
@signed_in
@per_device
def push(visit_id: str) -> ResponseReturnValue:
    came = _sent_body()
    short = schemas.short_form(came)
    if short:
        _refuse_many(short.operations)  # before each of them is written out
        came |= {"ops": short.whole(_common(short, visit_id))}
    body = _envelope(schemas.PUSH, came)
    refuse_other(body["user"])
    device_id: str | None = g.device_id
    sender = pushing.Sender(actor(), g.session_id or "", device_id or "")
    sent = [pushing.Sent(*each) for each in body["ops"]]
    pushed = pushing.push(sender, visit_id, body["writer"], sent, body["evidence"] or ())
    unusual = [_result(each) for each in pushed.results if each.outcome != "ok"]
    shown: dict[str, Any] = {"except": unusual} if unusual or not short else {}
    if body["evidence"]:
        shown["evidence"] = asdict(pushed.refilled)
    if body["h"] is not None:
        told = _news_of(pushed, visit_id, body["after"], body["h"])
        shown["news"] = news.shortened(told) if short else told
    if device_id:
        outcomes = [(each.op, each.outcome) for each in pushed.results]
        # Only the phone knows what it still holds: its cursor alone does not say so.
        checked = body["evidence"] == [] and "after" in shown.get("news", {})
        _hear(contacts.Reporter(actor().user_id, device_id), visit_id, body, outcomes, checked=checked)
    if not short:
        head = {"n": pushed.n, "h": pushed.hash.hex()}
        shown |= {"head": head, "safe_n": pushed.safe_n, "writer_head": pushed.writer_head}
    return reply(taken=len(pushed.results), **shown)


def _news_of(pushed: pushing.Pushed, visit_id: str, after: int, h: str) -> dict[str, Any]:
    """What the log shows behind the phone's cursor now, its own operations among them."""
    who = actor().user_id
    stored = [each.entry for each in pushed.results if each.outcome == "ok" and each.entry]
    if pushed.role is None:
        own = [each.entry for each in pushed.results if each.entry and each.entry.actor_id == who]
        elsewhere = {"diverged": True} if news.is_elsewhere(visit_id, after, h) else {}
        return {"not_member": True, "own": [news.proven(entry, signer()) for entry in own], **elsewhere}
    reader = news.Reader(who, pushed.role == "lead")
    mine = {entry.op for entry in stored}
    if after == pushed.n_before and (after == 0 or (h and pushed.hash_before.hex().startswith(h))):
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
    _, recovering = known_installation()
    return timedelta(0) if recovering else contacts.COARSE


@blueprint.post("/drop")
@ticket
@per_device
def drop() -> ResponseReturnValue:
    body = _envelope(schemas.DROP, _sent_body())
    owner = actor()
    if body["user"] not in (None, owner.user_id):
        abort(401)
    sent = [pushing.Sent(*each) for each in body["ops"]]
    dropped = dropping.drop(owner, g.device_id, body["visit"], sent, body["evidence"] or ())
    _hear(contacts.Reporter(owner.user_id, g.device_id), body["visit"], body)
    results = dropped.pushed.results
    return reply(  # of evidence nothing: what the log had of it is not for whoever holds a ticket to know
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
    refuse_old(request.args)
    who, query = actor(), schemas.LogQuery().load(request.args.to_dict())
    refuse_other(query["user"])
    subject = planned_visit(visit_id).subject
    if who.user_id not in subject.member_ids:
        if who.user_id not in subject.former_ids:
            raise NotFound("NO_SUCH_VISIT")
        return _own_view(visit_id, who.user_id, query)
    since = hints.hints().version(visit_id)
    head = queries.log_head(visit_id)
    if not news.is_at(visit_id, query["after"], query["h"]):
        raise OutOfDate("HISTORY_DIVERGED", head={"n": head.n, "h": head.hash.hex()})
    _note_reading(visit_id, query["after"])
    digest = manifest_digest() if query["wait"] else None
    full = False
    if query["wait"] and head.n == query["after"] and query["known"] in ("", digest):
        full = not _wait(visit_id, query["after"], since, query["wait"])
        who = signed_in_still()
        subject = planned_visit(visit_id).subject
        if who.user_id not in subject.member_ids:
            raise NotFound("NO_SUCH_VISIT")  # left the delegation while waiting: the next request shows his own view
        head, digest = queries.log_head(visit_id), manifest_digest()
    reader = news.reader_of(who.user_id, subject)
    page = news.page(visit_id, reader, signer(), head, after=query["after"], limit=query["limit"])
    told: dict[str, Any] = {"digest": digest} if digest else {}
    if full:
        told["retry_in"] = RETRY_IN
    return reply(news=page, head={"n": head.n, "h": head.hash.hex()}, safe_n=head.safe_n, **told)


def _own_view(visit_id: str, user_id: str, query: Mapping[str, Any]) -> ResponseReturnValue:
    """A former member's own entries, each proven alone: he may not read what stands between them."""
    after, limit = query["after"], query["limit"]
    own = queries.log_of_author(visit_id, user_id, after=after, limit=limit + 1)
    shown = own[:limit]
    last = shown[-1].n if shown else after
    entries = [news.proven(entry, signer()) for entry in shown]
    elsewhere = {"diverged": True} if news.is_elsewhere(visit_id, after, query["h"]) else {}
    return reply(not_member=True, own=entries, more=len(own) > limit, last=last, **elsewhere)


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
            contacts.note(who, visit_id, n=n, coarse=_coarse())
    except Exception as error:
        logger.warning("contact_not_written", error=str(error))


@blueprint.get("/visits/<visit_id>/devices")
@signed_in
def devices_of_visit(visit_id: str) -> ResponseReturnValue:
    """Who opened this visit on which device: what a lead must know before signing."""
    if actor().user_id not in planned_visit(visit_id).subject.member_ids:
        raise NotFound("NO_SUCH_VISIT")
    found = queries.contacts_of(visit_id)
    known, writers = devices.described([each.device_id for each in found]), queries.writers_of(visit_id)
    told = [_contact(each, known[each.device_id], writers.get(each.device_id, ())) for each in found]
    return reply(devices=told)


def _contact(contact: queries.Contact, device: devices.Described, writers: Sequence[str]) -> dict[str, Any]:
    return {
        "device": contact.device_id,
        "user": contact.user_id,
        "name": device.name,
        "app": device.app_version,
        "opened_at": ms(contact.opened_at),
        "last_at": ms(contact.last_at),
        "n": contact.n,
        "pending_ops": contact.pending_ops,
        "pending_blobs": contact.pending_blobs,
        "revoked": device.revoked,
        "writers": writers,
    }
