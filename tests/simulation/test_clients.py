"""L3 in `make test`: 300 histories of real phones against a real server, some of the kept seeds on PostgreSQL too."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.simulation import clients
from tests.simulation.client_bugs import BUGS
from tests.simulation.seeds import kept, wanted

HISTORIES = 300
TWINS = 100  # one of so many comes again, with other clocks
ON_POSTGRESQL = 4  # the newest kept seeds; `make simulate` runs all of them there


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


@pytest.fixture(scope="module")
def planned() -> Iterator[Path]:
    with clients.planned() as folder:
        yield folder


def said(result: clients.Result) -> list[str]:
    return [f"L3:{seed} {problem}" for seed, problem in result.problems]


def test_whatever_happens_to_phones_network_and_server_nothing_is_lost(planned: Path, script: Path) -> None:
    seeds = wanted("L3", 1, HISTORIES)[:HISTORIES]
    # A twin is played on the other server, behind others than the first time: it shows too that a seed is a history.
    result = clients.run_all(planned, clients.with_twins(seeds, TWINS), script)
    assert said(result) == []
    assert result.histories == HISTORIES + HISTORIES // TWINS
    assert len(result.traces) == HISTORIES
    assert result.entries > 2_000
    assert len(result.faults) > 15


def test_a_fault_put_into_the_client_is_found(planned: Path) -> None:
    """One that shows at once; `make simulate LAYERS=bugs` finds all of tests/simulation/client_bugs.py."""
    assert clients.find("moves its cursor and loses a row behind it", planned, 25).histories is not None


@pytest.mark.parametrize("bug", BUGS)
def test_every_fault_for_the_client_still_fits_its_source(bug: str) -> None:
    change = BUGS[bug]
    assert (clients.CLIENT / change.file).read_text(encoding="utf-8").count(change.find) == 1


@pytest.mark.postgresql
def test_the_same_on_postgresql(own_database: str, script: Path) -> None:
    with clients.planned(own_database) as folder:
        result = clients.run_all(folder, [str(seed) for seed in kept("L3")[-ON_POSTGRESQL:]], script, own_database)
    assert said(result) == []
    assert result.histories == ON_POSTGRESQL
