"""Every route × every kind of person × objects of one's own, of others, and missing (design rule 9).

The table stands in `routes.py`, the people and objects in `world.py`. What a person may not see looks exactly like
what does not exist.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from app.campaigns.models import Visit
from app.domain.permissions import Role
from app.extensions import db
from app.web.access import rule_of
from config import Settings
from tests.architecture.routes import (
    EVERYBODY,
    FORM,
    PUBLIC,
    REFUSED_HERE,
    ROUTES,
    SIGNED_IN,
    SIGNED_IN_OR_TICKET,
    TICKET,
    Case,
    Route,
)
from tests.architecture.world import HIDDEN_CODE, HIDDEN_UNIT, START_CODE, World, build
from tests.conftest import make_app
from tests.factories import API, MadeUnit, client_of, csrf_token, make_user

MISSING_NUMBER, MISSING_ID = "2147483647", "A" * 22


@pytest.fixture(scope="module")
def world(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(make_app(shutil.copytree(demo_data, tmp_path_factory.mktemp("world") / "data")))


@cache
def rules(app: Flask) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in app.url_map.iter_rules()}


def test_every_route_stands_in_the_table_with_the_rule_it_declares(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, testing=True))
    declared = {}
    for endpoint in rules(app):
        rule = rule_of(app, endpoint)
        declared[endpoint] = rule.name if rule else "nothing: it would be refused for everybody"
    expected = {endpoint: route.rule for endpoint, route in ROUTES.items()}
    assert set(declared) - set(expected) == set(), "routes that are missing from the table"
    assert declared == expected


def test_a_path_with_an_object_has_cases_for_it(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, testing=True))
    for endpoint, rule in rules(app).items():
        route = ROUTES[endpoint]
        if route.rule != PUBLIC and rule.arguments and endpoint != "sync_api.blobs_options":
            assert route.cases, f"{endpoint} takes {sorted(rule.arguments)}, but the table names no object"
        for case in route.cases:
            assert set(case.objects) == rule.arguments, endpoint
            assert case.allowed <= EVERYBODY, endpoint


def send(world: World, who: str, endpoint: str, arguments: dict[str, str]) -> TestResponse:
    """One request as this person's browser would send it, form token and origin included."""
    route, rule = ROUTES[endpoint], rules(world.app)[endpoint]
    converted = {name: int(value) if name == "unit_id" else value for name, value in arguments.items()}
    with world.app.test_request_context():
        path = str(rule.build(converted)[1])  # type: ignore[index]
    method = next(
        iter((rule.methods or set()) - {"HEAD", "OPTIONS"}), "HEAD" if "HEAD" in (rule.methods or ()) else "OPTIONS"
    )
    fields = FORM | route.form | {"csrf_token": world.tokens[who]}
    filled = {name: world.objects.get(value, value) for name, value in fields.items()}
    body: dict[str, Any] = {}
    if method not in {"GET", "HEAD", "OPTIONS"} and not path.startswith("/api/"):
        body = {"data": filled}
    elif route.json is not None:
        body = {"json": route.json}
    headers = (API if path.startswith("/api/") else {}) | route.headers
    query = {name: world.objects.get(value, value) for name, value in route.query.items()}
    return world.clients[who].open(path, method=method, headers=headers, query_string=query, **body)


def is_refused(reply: TestResponse) -> bool:
    to_sign_in = reply.status_code == 302 and reply.location.startswith("/sign-in")
    return to_sign_in or reply.status_code in (401, 403, 404)


def by_rule(world: World, route: Route) -> frozenset[str]:
    """Who passes the gate of a route that names no object."""
    if route.rule == TICKET:  # a session is no ticket
        return frozenset()
    if route.rule in {SIGNED_IN, SIGNED_IN_OR_TICKET}:
        return EVERYBODY - {"anonymous", "disabled"}
    needed = {Role(each) for each in route.rule.removeprefix("roles:").split(",")}
    return frozenset(who for who in EVERYBODY if needed & world.roles[who])


def cases_of(world: World, endpoint: str) -> Iterator[tuple[Case, frozenset[str]]]:
    route = ROUTES[endpoint]
    if route.rule == PUBLIC:
        return
    if not route.cases:
        arguments = {name: "visit" if name == "visit_id" else name for name in rules(world.app)[endpoint].arguments}
        yield Case(arguments, by_rule(world, route)), by_rule(world, route)
    world.put_conclusion(route.conclusion_state or "in_review")
    for case in route.cases:
        yield case, case.allowed


def test_the_world_holds_exactly_the_people_of_the_table(world: World) -> None:
    assert set(world.clients) == EVERYBODY


@pytest.mark.parametrize("endpoint", sorted(endpoint for endpoint, route in ROUTES.items() if route.rule != PUBLIC))
def test_exactly_those_may_who_stand_in_the_table(world: World, endpoint: str) -> None:
    wrong = []
    for case, allowed in cases_of(world, endpoint):
        arguments = {name: world.objects[value] for name, value in case.objects.items()}
        for who in sorted(EVERYBODY):
            with world.nothing_stays():
                reply = send(world, who, endpoint, arguments)
            assert reply.status_code < 500, f"{endpoint} {who}: {reply.status}"
            if is_refused(reply) == (who in allowed):
                said = "was refused" if who in allowed else "was let in"
                wrong.append(f"{who} {said} ({reply.status_code}) to {case.objects}")
    assert not wrong, f"{endpoint}: " + "; ".join(wrong)


def _bare(reply: TestResponse) -> str:
    """The page without what differs from one sending to the next: the form token and messages of former acts."""
    page = re.sub(r'name="csrf_token" value="[^"]+"', "", reply.get_data(as_text=True))
    page = re.sub(r'"server_now": ?("[^"]+"|\d+)', "", page)
    return " ".join(re.sub(r'<div class="notice .*?</div>', "", page, flags=re.DOTALL).split())


@pytest.mark.parametrize("endpoint", sorted(endpoint for endpoint, route in ROUTES.items() if route.cases))
def test_what_does_not_exist_is_refused_and_looks_like_what_is_hidden(world: World, endpoint: str) -> None:
    for case, allowed in cases_of(world, endpoint):
        real = {name: world.objects[value] for name, value in case.objects.items()}
        innermost = next(reversed(real), "")
        for name in set(real) - ROUTES[endpoint].idempotent:
            forged = {**real, name: MISSING_NUMBER if name == "unit_id" else MISSING_ID}
            for who in sorted(by_rule(world, ROUTES[endpoint])):
                with world.nothing_stays():
                    missing = send(world, who, endpoint, forged)
                assert is_refused(missing), f"{who} was let in ({missing.status_code}) to a {name} that does not exist"
                # who may see the outer object may be told which of the two is wrong
                if who not in allowed and (name == innermost or who in REFUSED_HERE):
                    with world.nothing_stays():
                        hidden = send(world, who, endpoint, real)
                    told = (missing.status_code, _bare(missing)), (hidden.status_code, _bare(hidden))
                    seen = hidden.status_code != 404 and who not in REFUSED_HERE  # may see it, and not do this to it
                    assert seen or told[0] == told[1], f"{who} can tell a hidden {name} from a missing one"


def test_objects_of_two_owners_do_not_mix(world: World) -> None:
    """A right over one object in the path is no right over the other."""
    objects = world.objects
    mixed = [
        ("accounts.end_session", {"user_id": _other(world), "session_id": objects["session"]}),
        ("accounts.revoke_device", {"user_id": _other(world), "device_id": objects["device"]}),
        ("accounts.end_appointment", {"user_id": _other(world), "appointment_id": objects["appointment"]}),
    ]
    for endpoint, arguments in mixed:
        with world.nothing_stays():
            assert send(world, "administrator", endpoint, arguments).status_code == 404, endpoint


def _other(world: World) -> str:
    """Another person whom the administrator manages."""
    page = world.clients["administrator"].get("/people?q=phuong-ban").get_data(as_text=True)
    found = re.search(r'href="/people/([\w-]{22})"', page)
    assert found
    return found.group(1)


# --- a surprise visit before it starts: deny by default (decision 0013) -------------------------------------------

# What they send is compressed, and about one object named in the path.
FILES = {"checklists.paper", "checklists.download_xlsform", "findings.draft", "findings.pdf", "findings.docx"}


def everything(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    """Every GET once: of the sealed visit wherever a visit is named, else of the first object of the table."""
    for endpoint, rule in rules(world.app).items():
        if "GET" not in (rule.methods or ()) or endpoint in FILES:
            continue
        objects = next((case.objects for case in ROUTES[endpoint].cases), {})
        arguments = {name: world.objects.get(objects.get(name, ""), "x") for name in rule.arguments}
        yield endpoint, arguments | ({"visit_id": world.objects["sealed_visit"]} if "visit_id" in arguments else {})


def test_before_a_surprise_visit_starts_no_reply_to_a_member_names_its_unit(world: World) -> None:
    with world.app.app_context():
        visit = db.session.get_one(Visit, world.objects["sealed_visit"])
        name = json.dumps(visit.unit_name)[1:-1]  # as JSON escapes it
        words = [visit.unit_name, name, HIDDEN_CODE, START_CODE, visit.unit_path, f'"unit_id":{visit.unit_id},']
    asked = 0
    for endpoint, arguments in everything(world):
        with world.nothing_stays():
            reply = send(world, "member", endpoint, arguments)
        asked += 1
        told = [word for word in words if word.encode() in reply.get_data()]
        assert not told, f"{endpoint} {arguments} tells a member of {told}"
    assert asked > 80


def test_before_a_surprise_visit_starts_its_unit_hears_nothing(world: World) -> None:
    with world.app.app_context():
        visit = db.session.get_one(Visit, world.objects["sealed_visit"])
        unit = MadeUnit(visit.unit_id, visit.unit_path, visit.unit_name, HIDDEN_CODE)
    head = make_user(world.app, "kin-dao", Role.WARD_HEAD, unit)
    here = replace(world, clients={"head": client_of(world.app, head)}, tokens={})
    here.tokens["head"] = csrf_token(here.clients["head"], "/profile")
    for endpoint, arguments in everything(world):
        with world.nothing_stays():
            reply = send(here, "head", endpoint, arguments)
        body = reply.get_data(as_text=True)
        assert START_CODE not in body, endpoint
        if reply.status_code == 200:
            assert arguments.get("visit_id") != visit.id, f"{endpoint} lets the unit in"
            assert visit.id not in body, f"{endpoint} tells the unit"


def test_who_plans_orders_or_leads_a_surprise_visit_sees_it_on_its_own_page_alone(world: World) -> None:
    page = f"/campaigns/{world.objects['campaign']}"
    own = f"{page}/visits/{world.objects['sealed_visit']}"
    for who in ("administrator", "vice_chair", "lead"):
        with world.nothing_stays():
            assert HIDDEN_UNIT not in world.clients[who].get(page).get_data(as_text=True), who
            assert HIDDEN_UNIT in world.clients[who].get(own).get_data(as_text=True), who
    assert world.clients["member"].get(own).status_code == 404
    assert "Kiểm tra đột xuất" in world.clients["member"].get(page).get_data(as_text=True)
