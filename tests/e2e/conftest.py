"""Servers with the demo, and browsers that are phones."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.phones import CHROMIUM_ARGUMENTS, Phones
from tests.e2e.server import Server


@pytest.fixture(scope="session")
def browser(playwright: Playwright, browser_path: str) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
    yield running
    running.close()


@pytest.fixture(scope="module")
def demo_server(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo for all tests of a module."""
    server = Server(Path(shutil.copytree(demo_data, tmp_path_factory.mktemp("demo") / "data")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(demo_data: Path, tmp_path: Path) -> Iterator[Server]:
    """A server with the demo for one test."""
    running = Server(Path(shutil.copytree(demo_data, tmp_path / "data")))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def phones(playwright: Playwright, browser_path: str, tmp_path: Path, server: Server) -> Iterator[Phones]:
    """Phones of the test's own server."""
    with ExitStack() as open_phones:
        yield Phones(playwright, browser_path, tmp_path, server, open_phones)
        server.stop()  # so that nothing is sent while the browsers close


@pytest.fixture
def demo_phones(playwright: Playwright, browser_path: str, tmp_path: Path, demo_server: Server) -> Iterator[Phones]:
    """Phones of the module's server, which goes on."""
    with ExitStack() as open_phones:
        yield Phones(playwright, browser_path, tmp_path, demo_server, open_phones)
