"""L4 in `make test`: at least ten kills, both databases, and a disk that fills up. The long form is `make simulate`."""

import os
from pathlib import Path

import pytest

from app.sync.signing import Signer
from tests.simulation import disk_full, server_kills
from tests.simulation.clusters import Disk, Unmountable
from tests.simulation.seeds import kept

SEED = 1
KEPT = kept("L4") or [SEED]  # `make simulate` runs all of them; a slice has time for two, each where it showed


@pytest.mark.parametrize(
    ("database", "seed"),
    [("sqlite", KEPT[-1]), pytest.param("postgresql", KEPT[0], marks=pytest.mark.postgresql)],
)
def test_kill_9_and_power_cuts_lose_nothing_that_was_acknowledged(database: str, seed: int, tmp_path: Path) -> None:
    result = server_kills.run_history(seed, database, kills=6, keep_history=tmp_path / "history.ndjson")
    assert result.problems == [], f"L4:{seed}"
    assert sum(count for kind, count in result.faults.items() if kind.startswith(("kill", "power"))) >= 5
    assert result.entries > 50


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_full_disk_refuses_and_recovers(database: str) -> None:
    try:
        result = disk_full.run_history(SEED, database)
    except Unmountable as reason:
        pytest.skip(f"this machine lets nobody mount a disk: {reason}")
    assert result.problems == []
    assert result.faults["disk full"] == disk_full.FILLS
    assert result.faults["answers 503"] > 0


def test_the_signing_key_survives_a_power_cut() -> None:
    """Its file was flushed, its folder was not: after a power cut a new key was made, and every signature was void."""
    try:
        disk = Disk.made(16)
    except Unmountable as reason:
        pytest.skip(f"this machine lets nobody mount a disk: {reason}")
    try:
        data = disk.path / "data"
        data.mkdir()
        os.sync()
        key = Signer(data / "keys" / "log-signing.pem").public_key()
        disk.cut_power()
        disk.remount()
        assert Signer(data / "keys" / "log-signing.pem").public_key() == key
    finally:
        disk.remove()
