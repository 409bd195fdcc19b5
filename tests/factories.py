"""Makes what tests need, with defaults that are valid. A test names only what matters to it.

Everything goes through the product's own actions, except that a password's hash is made once for all.
Each function works with or without an application context of the test's own and commits.
"""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts import passwords
from app.accounts.actions import authorities, sessions
from app.accounts.actions import people as people_actions
from app.accounts.actions import units as unit_actions
from app.accounts.models import Unit, User
from app.accounts.queries.sessions import account_by_login, actor_of
from app.domain.authority import CHIEF_TITLE, DEPUTY_TITLE, Authority
from app.domain.permissions import Role
from app.extensions import db
from app.transactions import own_transaction
from app.web.signing_in import PERSONAL

PASSWORD = "bốn con trâu qua cầu"
API = {"X-VSP": "1", "Sec-Fetch-Site": "same-origin"}

_numbers = itertools.count(1)


@dataclass(frozen=True)
class MadeUnit:
    id: int
    path: str
    name: str
    code: str


@dataclass(frozen=True)
class MadeUser:
    id: str
    login: str
    name: str
    password: str = PASSWORD


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    """A committed write, in the test's context or one of its own."""
    if has_app_context():
        with own_transaction():
            yield
        return
    with app.app_context(), own_transaction():
        yield


def make_unit(
    app: Flask,
    name: str = "",
    *,
    parent: MadeUnit | None = None,
    kind: str = "ward",
    scheme: str = "test",
    code: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> MadeUnit:
    """A unit in the tree."""
    number = next(_numbers)
    facts = unit_actions.UnitFacts(
        scheme, code or f"{number:05d}", kind, name or f"Phường Số {number}", valid_from, valid_to
    )
    with writing(app):
        above = db.session.get_one(Unit, parent.id) if parent else None
        unit = unit_actions.add_unit(facts, above)
        return MadeUnit(unit.id, unit.path, unit.name, unit.code)


@cache
def _password_hash(time_cost: int, memory_kib: int) -> str:
    return passwords.Hasher(time_cost=time_cost, memory_kib=memory_kib).hash(PASSWORD)


def make_user(
    app: Flask,
    login: str = "",
    role: Role | None = None,
    unit: MadeUnit | None = None,
    *,
    name: str = "",
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> MadeUser:
    """A person with the password `PASSWORD`; with a role at a unit, if both are given."""
    login = login or f"can-bo-{next(_numbers)}"
    name = name or f"Cán bộ {login.title()}"
    settings = app.config["SETTINGS"]
    with writing(app):
        user_id = people_actions.create_person(None, login, name, "một mật khẩu tạm", temporary=False)
        hashed = _password_hash(settings.argon2_time_cost, settings.argon2_memory_kib)
        db.session.execute(update(User).where(User.id == user_id).values(password_hash=hashed))
        if role is not None and unit is not None:
            people_actions.appoint(None, user_id, unit.id, role, title=title, starts_on=starts_on, ends_on=ends_on)
    return MadeUser(user_id, login, name)


def appoint(
    app: Flask,
    user: MadeUser,
    role: Role,
    unit: MadeUnit,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> str:
    """One more role for a person."""
    with writing(app):
        return people_actions.appoint(None, user.id, unit.id, role, starts_on=starts_on, ends_on=ends_on)


def let_sign(
    app: Flask,
    deputy: MadeUser,
    unit: MadeUnit,
    *,
    by: MadeUser,
    since: date = date(2020, 1, 6),
    to: date | None = None,
) -> str:
    """Leave for a vice-chair to sign in the place of the unit's head."""
    with writing(app):
        admin = actor_of(by.id, by.name, date(2026, 11, 20))
        leave = Authority(deputy.id, CHIEF_TITLE, DEPUTY_TITLE, since, None, "Quyết định số 12/QĐ-UBND")
        return authorities.give(admin, unit.id, leave, date(2026, 11, 20))


def csrf_token(client: FlaskClient, url: str) -> str:
    """The token of the first form on a page."""
    page = client.get(url)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found, f"no form on {url}: {page.status}"
    return found.group(1)


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **fields: str) -> TestResponse:
    """Post the sign-in form as a browser does; fails the test unless it let the person in."""
    form = {"csrf_token": csrf_token(client, "/sign-in"), "login": login, "password": password, **fields}
    response = client.post("/sign-in", data=form)
    _tokens.pop(client, None)  # another session has another token
    assert response.status_code == 303, f"{login} was not let in: {response.status}"
    return response


def signed_in(app: Flask, user: MadeUser) -> FlaskClient:
    """A browser in which this person has signed in by the form."""
    client = app.test_client()
    sign_in(client, user.login, user.password)
    return client


def client_of(app: Flask, user: MadeUser) -> FlaskClient:
    """A browser in which this person is signed in, by the act behind the form: half of all tests need three."""
    client = app.test_client()
    with writing(app):
        account = account_by_login(user.login.casefold())
        assert account is not None
        client.set_cookie("sid", sessions.begin_session(account, lasts=PERSONAL).token)
    return client


def post(client: FlaskClient, url: str, *, form_on: str | None = None, **fields: object) -> TestResponse:
    """Post a desk form with the token that stands on `form_on` (default: the person's own profile page)."""
    if form_on is not None:
        return client.post(url, data={"csrf_token": csrf_token(client, form_on), **fields})
    if client not in _tokens:
        _tokens[client] = csrf_token(client, "/profile")
    return client.post(url, data={"csrf_token": _tokens[client], **fields})


# One token serves a whole session: the page is fetched once, as by a person with many tabs.
_tokens: WeakKeyDictionary[FlaskClient, str] = WeakKeyDictionary()


def body(reply: TestResponse) -> Any:
    """The JSON of a reply."""
    return reply.get_json()


def sign_in_device(
    client: FlaskClient, user: MadeUser, *, device_id: str | None = None, name: str = "Điện thoại thử"
) -> TestResponse:
    """Sign in as the field client does; the reply names the device."""
    device = {"name": name, "app": "test"} | ({"id": device_id} if device_id else {})
    body = {"login": user.login, "password": user.password, "device": device}
    response = client.post("/api/session", json=body, headers=API)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response


def user_id_of(app: Flask, login: str) -> str:
    """The id of a login."""
    with app.app_context():
        return db.session.scalars(select(User.id).where(User.login == login)).one()
