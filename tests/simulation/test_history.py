"""The history's checker is worth something: each thing that must never happen is planted, and it is told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation import history
from tests.simulation.history import Final, Recorder, check

H = {"x": "1" * 64, "y": "2" * 64}


def good() -> tuple[Recorder, list[Final]]:
    """Two phones, one visit, two operations; the first reply was lost."""
    said = Recorder()
    said.add("a", "info", "save", ops={"x": H["x"]})
    said.add("a", "invoke", "push", visit="v", user="A", ops={"x": H["x"]})
    said.add("a", "info", "push")
    said.add("a", "invoke", "push", visit="v", user="A", ops={"x": H["x"]})
    said.add("a", "ok", "push", ops=["x"])
    said.add("b", "invoke", "push", visit="v", user="B", ops={"y": H["y"]})
    said.add("b", "ok", "push", ops=["y"])
    said.add("b", "invoke", "read", visit="v")
    said.add("b", "ok", "read", entries=[[1, "x", "h1"], [2, "y", "h2"]], n=2)
    said.add("b", "invoke", "photo", visit="v", sha256="p")
    said.add("b", "ok", "photo", sha256="p")
    return said, [Final(1, "x", H["x"], "A", "h1"), Final(2, "y", H["y"], "B", "h2")]


def test_a_good_history_has_no_problems(tmp_path: Path) -> None:
    said, log = good()
    said.write(tmp_path / "history.ndjson")
    assert check(history.read(tmp_path / "history.ndjson"), {"v": log}, {"v": {"p"}}) == []


Spoil = Callable[[Recorder, list[Final]], list[Final]]


def _read_short(said: Recorder, log: list[Final]) -> list[Final]:
    said.add("b", "invoke", "read", visit="v")
    said.add("b", "ok", "read", entries=[[1, "x", "h1"]], n=1)
    return log


def _saved_only(said: Recorder, log: list[Final]) -> list[Final]:
    said.add("a", "info", "save", ops={"z": H["x"]})
    return log


def _two_at_once(said: Recorder, log: list[Final]) -> list[Final]:
    said.add("a", "invoke", "read", visit="v")
    said.add("a", "invoke", "read", visit="v")
    return log


SPOILT: dict[str, Spoil] = {
    "acknowledged and is not in the log": lambda _, log: log[:1],
    "in the log 2 times": lambda _, log: [*log, replace(log[0], n=3)],
    "the numbers are not": lambda _, log: [log[0], replace(log[1], n=3)],
    "bytes nobody sent": lambda _, log: [replace(log[0], body_hash="0" * 64), log[1]],
    "other bytes than were saved": lambda _, log: [replace(log[0], body_hash="0" * 64), log[1]],
    "did not send it": lambda _, log: [replace(log[0], actor="B"), log[1]],
    "nobody sent it": lambda _, log: [*log, Final(3, "z", H["x"], "A", "h3")],
    "which the log no longer has so": lambda _, log: [log[0], replace(log[1], h="other")],
    "was known before it was sent": lambda _, log: [replace(log[1], n=1), replace(log[0], n=2)],
    "was acknowledged before (I4)": _read_short,
    "shown as saved and is neither": _saved_only,
    "two requests at once": _two_at_once,
}


@pytest.mark.parametrize("told", SPOILT)
def test_what_must_never_happen_is_told(told: str) -> None:
    said, log = good()
    log = SPOILT[told](said, log)
    assert any(told in problem for problem in check(said.events, {"v": log}, {"v": {"p"}}))


def test_a_lost_photo_is_told_and_a_reported_loss_is_not() -> None:
    said, log = good()
    said.add("a", "info", "save", ops={"z": H["x"]})
    said.add("a", "info", "lost", ops=["z"])
    assert check(said.events, {"v": log}, {"v": set()}) == ["photo p was acknowledged and is not there (I14)"]


def test_after_a_restore_numbers_may_change_but_nothing_may_be_missing() -> None:
    said, log = good()
    swapped = [replace(log[1], n=1, h="h3"), replace(log[0], n=2, h="h4")]
    said.add("nemesis", "info", "restore")
    assert not [each for each in check(said.events, {"v": swapped}, {"v": {"p"}}) if "I1)" in each or "I3)" in each]
    assert any("(I1)" in each for each in check(said.events, {"v": swapped[:1]}, {"v": {"p"}}))


def test_only_a_restore_excuses_the_loss_of_what_was_acknowledged() -> None:
    said, log = good()
    said.add("b", "info", "lost", ops=["y"])
    gone = check(said.events, {"v": log[:1]}, {"v": {"p"}})
    assert any("y was acknowledged" in each for each in gone)
    said.add("server", "info", "restore")
    assert not any("y was acknowledged" in each for each in check(said.events, {"v": log[:1]}, {"v": {"p"}}))
