"""L3 in `make test`: 300 histories of real phones against a real server, some on PostgreSQL, the kept seeds first."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.simulation import clients
from tests.simulation.seeds import wanted

HISTORIES = 60


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clients.bundle(tmp_path_factory.mktemp("histories"))


@pytest.fixture
def own_database(postgresql_url: str) -> Iterator[str]:
    """A database beside the one of the other tests."""
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE simulated")
        yield postgresql_url.replace("@/postgres?", "@/simulated?")
        connection.execute("DROP DATABASE simulated WITH (FORCE)")


def said(result: clients.Result) -> list[str]:
    return [f"L3:{seed} {problem}" for seed, problem in result.problems]


def test_whatever_happens_to_phones_network_and_server_nothing_is_lost(script: Path) -> None:
    result = clients.run_all(wanted("L3", 1, HISTORIES), script)
    assert said(result) == []
    assert result.histories >= HISTORIES
    assert result.entries > 400
    assert len(result.faults) > 15


@pytest.mark.postgresql
def test_the_same_on_postgresql(script: Path, own_database: str) -> None:
    result = clients.run_all(wanted("L3", 1, 20), script, own_database)
    assert said(result) == []


def test_a_seed_is_a_history(script: Path) -> None:
    """Run again on another server, after another history: the same people do the same, and meet the same."""
    first = clients.run_all([1, 2, 3], script, workers=1)
    second = clients.run_all([3, 2, 1], script, workers=1)
    assert first.traces == second.traces
