"""Fixtures of every test: a migrated database (SQLite or PostgreSQL) per session, and a clean app per test.

Tests read and write through the real app; each test starts from empty tables.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright, sync_playwright
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from app import create_app, demo
from app.extensions import db, limiter
from config import Settings
from tests.beginnings import empty_tables
from tests.strict_html import problems_of

# No test fails for being slow: a busy machine is no fault of the code. On CI the profile beneath repeats itself.
settings.register_profile("house", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first, simulations to one worker and browsers to the next: what is left to steal is short.

    `--dist worksteal` gives each worker one contiguous share to begin with; simulations cost about what browsers do.
    """
    simulations: list[pytest.Item] = []
    browsers: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        folder = item.path.parent.name
        (simulations if folder == "simulation" else browsers if folder == "e2e" else others).append(item)
    share = len(items) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = max(0, share - len(simulations))
    items[:] = [*simulations, *others[:first], *browsers, *others[first:]]


@pytest.fixture(autouse=True)
def _push_request_context() -> Iterator[None]:
    """Replaces pytest-flask's: one context around a whole test would share `g`, and so the signed-in user."""
    yield


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of our own on a socket in a temporary folder, stopped at the end."""
    binaries = Path(sorted(glob("/usr/lib/postgresql/*/bin"))[-1])
    folder = Path(tempfile.mkdtemp(prefix="cvpg", dir="/tmp"))
    as_postgres: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def run(*command: str) -> None:
        subprocess.run([*as_postgres, *command], check=True, cwd="/tmp", stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run(str(binaries / "initdb"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", data)
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off"
    run(str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


class StrictClient(FlaskClient):
    """Reads every page it is given as strictly as `strict_html` can: a wrong page fails the test that fetched it."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        self.check(response)
        return response

    def check(self, response: Response) -> None:
        """Fail unless the page is right; a redirect's few words and what is no page are left alone."""
        if response.mimetype == "text/html" and response.get_data() and not 300 <= response.status_code < 400:
            policy = response.headers.get("Content-Security-Policy", "")
            assert problems_of(response.get_data(as_text=True), policy) == []


def make_app(data_dir: Path, database_url: str = "", *, rate_limits: bool = False) -> Flask:
    """A migrated app with cheap passwords; without rate limits unless a test is about them."""
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url,
        testing=True,
        argon2_time_cost=1,
        argon2_memory_kib=1024,
        rate_limits=rate_limits,
    )
    flask_app = create_app(settings)
    flask_app.test_client_class = StrictClient
    with flask_app.app_context():
        import flask_migrate

        flask_migrate.upgrade()
    return flask_app


def cleared(flask_app: Flask) -> Flask:
    """The app with empty tables; its word on rate limits holds again.

    The limiter is one object of the process: the app that was made last has switched it on or off for all.
    """
    limiter.enabled = flask_app.config["RATELIMIT_ENABLED"]
    empty_tables(flask_app)
    return flask_app


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_app(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str) -> Flask:
    return make_app(tmp_path_factory.mktemp("postgresql"), postgresql_url)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, played once: a folder to copy, for playing it costs more than most tests."""
    folder = tmp_path_factory.mktemp("demo-data")
    with make_app(folder).app_context():
        demo.load_if_empty()
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def app(sqlite_app: Flask) -> Iterator[Flask]:
    """The app on SQLite with empty tables."""
    yield cleared(sqlite_app)
    with sqlite_app.app_context():
        db.session.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def app_on_each(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The app with empty tables, once on SQLite and once on PostgreSQL."""
    flask_app: Flask = request.getfixturevalue(f"{request.param}_app")
    yield cleared(flask_app)
    with flask_app.app_context():
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One driver per process: its synchronous form allows no second one."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser_path(chromium_path: str) -> str:
    """Chromium without a window of its own: the same engine at two thirds of the cost. The story and the kills of
    `make simulate` play in the whole browser."""
    return shutil.which("chromium-headless-shell") or chromium_path


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = shutil.which("chromium")
    assert found, "Chromium is missing: run `make test`, which installs it"
    return found
