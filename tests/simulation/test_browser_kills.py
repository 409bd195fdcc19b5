"""L5 in `make test`: a real Chromium killed at every moment there is. The long form is `make simulate`, in
the whole browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.simulation import browser_kills
from tests.simulation.seeds import kept

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("seed", kept("L5") or [1])
def test_what_the_screen_called_saved_survives_kill_9(
    seed: int, playwright: Playwright, browser_path: str, tmp_path: Path
) -> None:
    kills = len(browser_kills.MOMENTS)
    result = browser_kills.run_history(seed, kills, playwright, browser_path, tmp_path / "history.ndjson")
    assert result.problems == [], f"L5:{seed}"
    assert sum(result.faults.values()) == kills >= 10
