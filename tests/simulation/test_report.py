"""What a run says of itself: a violation ends it with 1 and says how to see it again."""

import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from tests.simulation import __main__ as simulate
from tests.simulation import report as reports
from tests.simulation import seeds
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Found, Row


def layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcome: Outcome) -> list[Plan]:
    """One layer that brings this back; returns the plans it was given."""
    plans: list[Plan] = []
    module = ModuleType("a_layer")

    def run(plan: Plan, progress: Progress) -> Outcome:
        plans.append(plan)
        return outcome

    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_layer", module)
    monkeypatch.setattr(simulate, "LAYERS", {"L9": ("a layer", "a_layer")})
    monkeypatch.setattr(reports.Report.write, "__defaults__", (tmp_path,))
    return plans


def test_a_clean_run_ends_with_0_and_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row("L9", 10_000, Counter({"kill": 1200}), "1..10000", slowest_drain="2.5 s")
    plans = layer(monkeypatch, tmp_path, Outcome([row], [Found("last write wins", "L9", 7)]))
    assert simulate.main(["--histories", "10000", "--kills", "7"]) == 0
    assert (plans[0].histories, plans[0].kills, plans[0].seed) == (10_000, 7, None)
    said = capsys.readouterr().out
    assert "| L9 | 10,000 | 1,200 kill | 0 | 2.5 s | 1..10000 |" in said
    assert "| last write wins | L9 | 7 |" in said
    (file,) = tmp_path.glob("*.json")
    assert json.loads(file.read_text())["rows"][0]["faults"] == {"kill": 1200}


def test_a_violation_ends_with_1_and_says_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer(monkeypatch, tmp_path, Outcome([Row("L9", 1, {}, "5", ["L9:5 an op is gone (I1)"])]))
    assert simulate.main([]) == 1
    assert "make simulate SEED=L9:5" in capsys.readouterr().err


def test_a_seeded_bug_that_nobody_found_is_a_violation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    layer(monkeypatch, tmp_path, Outcome([], [Found("last write wins", "L9", None)]))
    assert simulate.main([]) == 1


def test_one_seed_runs_one_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plans = layer(monkeypatch, tmp_path, Outcome([]))
    assert simulate.main(["--seed", "L9:41"]) == 0
    assert plans[0].seed == 41


def test_a_seed_that_failed_is_kept_once_and_runs_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    file.write_text("# seeds\n")
    for seed in (12, 12, 3):
        seeds.keep("L9", seed, "an op\nis gone", file)
    assert file.read_text() == "# seeds\nL9:12  an op is gone\nL9:3  an op is gone\n"
    monkeypatch.setattr(seeds.kept, "__defaults__", (file,))
    assert seeds.wanted("L9", 1, 4) == [12, 3, 1, 2, 4]
    assert seeds.kept("L1", file) == []
