"""Hello, the list of a person's visits, and the checklists they are made with."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flask import current_app, make_response, request
from flask.typing import ResponseReturnValue

from app.accounts.queries.directory import UnitEntry, names_of_people, units
from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain.acceptance import PHOTO_LIMIT
from app.domain.errors import NotFound, TooOld
from app.domain.wire import base64url
from app.sync import earlier, queries, schemas
from app.sync.api.replies import PROTO, PUSH_LIMIT, blueprint, known_installation, per_device, planned_visit, reply
from app.sync.signing import signer
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


def refuse_old(proto: str) -> None:
    """Raise TooOld if a phone speaks a protocol whose logs it could not read here. Pushes are never asked."""
    if proto.isascii() and proto.isdigit() and len(proto) < 6 and int(proto) < PROTO:
        raise TooOld("UPGRADE", proto_min=PROTO)


@blueprint.get("/manifest")
@signed_in
@per_device
def manifest() -> ResponseReturnValue:
    refuse_old(request.args.get("proto", ""))
    body, heads = _manifest()
    digest, heads_digest = _digest_of(body), _digest_of(heads)
    known, _, known_heads = request.args.get("known", "").partition(".")
    if (known, known_heads) == (digest, heads_digest):
        return reply(digest=digest, heads_digest=heads_digest, unchanged=True)
    told = {} if known == digest else body
    return reply(digest=digest, heads_digest=heads_digest, heads=heads, **told)


def _manifest() -> tuple[dict[str, Any], dict[str, Any]]:
    """A person's visits, and how far the log of each has come: the second changes with every edit, the first seldom."""
    who = actor()
    mine = [each for each in campaigns.visits_of_member(who.user_id) if each.visit.state != "cancelled"]
    heads = queries.log_heads([each.visit.id for each in mine])
    people = {place.user_id for each in mine for place in each.visit.places}
    names = names_of_people(people) if people else {}
    versions = checklists.versions({each.visit.checklist_version_id for each in mine})
    newest = checklists.newest_versions({version.slug for version in versions.values()})
    hosts = units([each.visit.host_unit_id for each in mine]) if mine else {}
    _, recovering = known_installation()
    body = {
        "user": {"id": who.user_id, "name": who.name},
        "visits": [_listed(each, heads[each.visit.id], names, versions, newest, hosts) for each in mine],
        "gone": list(campaigns.visits_left_by(who.user_id)),
        "recovering": recovering,
    }
    return body, {each.visit.id: [heads[each.visit.id].n, heads[each.visit.id].hash.hex()[:16]] for each in mine}


def _digest_of(part: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:32]


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


@blueprint.get("/visits/<visit_id>/earlier")
@signed_in
@per_device
def earlier_answers(visit_id: str) -> ResponseReturnValue:
    """What the same unit's last signed visits found, item by item; for the members of this visit."""
    visit = planned_visit(visit_id)
    if actor().user_id not in visit.subject.member_ids:
        raise NotFound("NO_SUCH_VISIT")
    return reply(**earlier.told(visit, request.args.get("known", "")))


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
