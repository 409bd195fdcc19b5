"""Hello, the list of a person's visits, and the checklists they are made with."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from flask import current_app, make_response, request
from flask.typing import ResponseReturnValue

from app.accounts.queries.directory import UnitEntry, names_of_people, units
from app.campaigns import actions as campaign_actions
from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain.acceptance import PHOTO_LIMIT
from app.domain.errors import NotFound, TooOld
from app.domain.wire import base64url
from app.extensions import now
from app.sync import earlier, own_view, queries, schemas
from app.sync.api.replies import (
    PROTO,
    PUSH_LIMIT,
    blueprint,
    known_installation,
    ms,
    per_device,
    planned_visit,
    reply,
)
from app.sync.signing import signer
from app.transactions import own_transaction
from app.web.access import actor, public, signed_in
from config import Settings


@blueprint.get("/hello")
@public
def hello() -> ResponseReturnValue:
    _, recovering = known_installation()
    settings: Settings = current_app.config["SETTINGS"]
    limits = {
        "push_bytes": PUSH_LIMIT,
        "push_ops": schemas.OPS_LIMIT,
        "log_page": schemas.PAGE,
        "photo_bytes": PHOTO_LIMIT,
    }
    key = base64url(signer().public_key())
    return reply(
        proto_min=PROTO,
        proto_max=PROTO,
        app_min_for_pull=settings.app_min_for_pull,
        recovering=recovering,
        limits=limits,
        public_key=key,
    )


_VERSION = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5}){0,3}")


def refuse_old(told: Mapping[str, str]) -> None:
    """Raise TooOld if a phone says that it speaks a protocol, or is an app, that could not read logs of today. Pushes
    are never asked: what an old phone has written is taken."""
    if _is_older(told.get("proto", ""), str(PROTO)):
        raise TooOld("UPGRADE", proto_min=PROTO)
    settings: Settings = current_app.config["SETTINGS"]
    if _is_older(told.get("app", ""), settings.app_min_for_pull):
        raise TooOld("UPGRADE", app_min=settings.app_min_for_pull)


def _is_older(told: str, least: str) -> bool:
    """Whether a version comes before another, number by number; who tells none, or something else, is not asked."""
    return bool(_VERSION.fullmatch(told)) and _numbers(told) < _numbers(least)


def _numbers(version: str) -> list[int]:
    return [int(each) for each in version.split(".")]


@blueprint.get("/manifest")
@signed_in
@per_device
def manifest() -> ResponseReturnValue:
    refuse_old(request.args)
    body, heads = _manifest()
    digest, heads_digest = _digest_of(body), _digest_of(heads)
    known, _, known_heads = request.args.get("known", "").partition(".")
    # Who may have to start a surprise visit without a network names the last time the server told it.
    clock = {"beacon": signer().beacon(ms(now()))} if any("visit" in each for each in body["sealed"]) else {}
    if (known, known_heads) == (digest, heads_digest):
        return reply(digest=digest, heads_digest=heads_digest, unchanged=True, **clock)
    told = {} if known == digest else body
    return reply(digest=digest, heads_digest=heads_digest, heads=heads, **told, **clock)


def _manifest() -> tuple[dict[str, Any], dict[str, Any]]:
    """A person's visits, and how far the log of each has come: the second changes with every edit, the first seldom."""
    who = actor()
    member = campaigns.visits_of_member(who.user_id)
    listed = [each for each in member if each.visit.state != "cancelled"]
    gone = campaigns.visits_left_by(who.user_id)
    ended = {*gone, *(each.visit.id for each in member if each.visit.state == "cancelled")}
    sealed = [each for each in listed if each.visit.sealed]
    led = _uncovered_for_lead(who.user_id, sealed)
    mine = [*(each for each in listed if not each.visit.sealed), *led.values()]
    heads = queries.log_heads([each.visit.id for each in mine])
    people = {place.user_id for each in mine for place in each.visit.places}
    names = names_of_people(people) if people else {}
    versions = checklists.versions({each.visit.checklist_version_id for each in mine})
    newest = checklists.newest_versions({version.slug for version in versions.values()})
    hosts = units([each.visit.host_unit_id for each in mine]) if mine else {}
    _, recovering = known_installation()
    told = {each.visit.id: _listed(each, heads[each.visit.id], names, versions, newest, hosts) for each in mine}
    body = {
        "user": {"id": who.user_id, "name": who.name},
        "visits": [told[each.visit.id] for each in mine if each.visit.id not in led],
        "sealed": [
            {"id": each.visit.id, "planned_on": each.visit.planned_on.isoformat()}
            | ({"visit": told[each.visit.id]} if each.visit.id in led else {})
            for each in sealed
        ],
        "gone": list(gone),
        "own": {each: asdict(mark) for each, mark in own_view.own_marks(who.user_id, ended).items()},
        "recovering": recovering,
    }
    return body, {each.visit.id: [heads[each.visit.id].n, heads[each.visit.id].hash.hex()[:16]] for each in mine}


def _uncovered_for_lead(user_id: str, sealed: Sequence[campaigns.MemberVisit]) -> Mapping[str, campaigns.MemberVisit]:
    """Of the surprise visits that have not started those that the person leads; that the phone was told is kept."""
    led = {each.visit.id: each for each in sealed if each.role == "lead"}
    if not led:
        return {}
    fresh = sorted(led.keys() - campaigns.known_on_phones(led, user_id))
    if fresh:
        with own_transaction():  # what a GET writes is taken back, and this must stay
            for visit_id in fresh:
                campaign_actions.note_access(visit_id, user_id, "phone")
    whole = campaigns.uncovered(led)
    return {visit_id: replace(each, visit=whole[visit_id]) for visit_id, each in led.items()}


def pack_entry(visit: campaigns.PlannedVisit) -> dict[str, Any]:
    """What the manifest will say of a surprise visit to its members once it has started."""
    version = checklists.version(visit.checklist_version_id)
    names = names_of_people({place.user_id for place in visit.places})
    each = campaigns.MemberVisit(visit, "member", version.chk)
    hosts = units([visit.host_unit_id])
    return _listed(each, queries.log_head(visit.id), names, {version.id: version}, {}, hosts)


def _digest_of(part: dict[str, Any]) -> str:
    """96 bits: a phone hands it back with every question, and what differs must only never look alike by chance."""
    return base64url(hashlib.sha256(json.dumps(part, sort_keys=True).encode()).digest()[:12])


def manifest_digest() -> str:
    return _digest_of(_manifest()[0])


def _listed(
    each: campaigns.MemberVisit,
    head: queries.LogHead,
    names: Mapping[str, str],
    versions: Mapping[str, checklists.Version],
    newest: Mapping[str, checklists.Version],
    hosts: Mapping[int, UnitEntry],
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
        "campaign": {"id": visit.campaign_id, "title": visit.called, "host": hosts[visit.host_unit_id].name},
        "delegation": visit.delegation_name,
        "kind": visit.kind,
        "sample_data": visit.sample_data,
        **_surprise(each),
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


def _surprise(each: campaigns.MemberVisit) -> dict[str, Any]:
    """The planned time, and for the lead the code that opens the visit on phones without a network."""
    visit = each.visit
    if not visit.surprise:
        return {}
    code = {"code": visit.start_code} if each.role == "lead" and visit.state in ("planned", "open") else {}
    return {"surprise": {"time": visit.planned_time, **code}}


@blueprint.get("/visits/<visit_id>/earlier")
@signed_in
@per_device
def earlier_answers(visit_id: str) -> ResponseReturnValue:
    """What the same unit's last signed visits found, item by item; for the members of this visit."""
    visit = planned_visit(visit_id)
    if actor().user_id not in visit.subject.member_ids:
        raise NotFound("NO_SUCH_VISIT")
    if visit.sealed:
        visit = campaigns.uncovered([visit_id])[visit_id]
    return reply(**earlier.told(visit, request.args.get("known", "")))


@blueprint.get("/checklists/<chk>")
@signed_in
def checklist(chk: str) -> ResponseReturnValue:
    asked = checklists.version_by_chk(chk)
    visits = campaigns.visits_of_member(actor().user_id)
    mine = {each.visit.checklist_version_id for each in visits if each.role == "lead" or not each.visit.sealed}
    # Another version of the same checklist may be one that a visit used before, or may be re-pinned to.
    if asked.id not in mine and asked.slug not in {each.slug for each in checklists.versions(mine).values()}:
        raise NotFound("not_found")
    response = make_response(checklists.body_by_chk(chk))
    response.content_type = "application/json"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
