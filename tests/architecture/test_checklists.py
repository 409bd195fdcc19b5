"""Every shipped checklist may be published, keeps the meaning of its keys, and is what was published."""

from collections import defaultdict
from pathlib import Path

import pytest

from app.checklists import loader
from app.checklists.actions import reused_keys
from app.checklists.commands import FOLDER, problem_lines, read_lock, shipped
from app.domain.checklist import Checklist, canonical, chk
from tests.features.checklists.test_loader import SMALL

FILES = shipped(FOLDER)


def by_slug() -> dict[str, list[Checklist]]:
    found: dict[str, list[Checklist]] = defaultdict(list)
    for path in FILES:
        checklist = loader.load(path.read_bytes())
        found[checklist.slug].append(checklist)
    return found


def test_there_are_checklists() -> None:
    assert "mot-cua-cap-xa" in by_slug()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_may_be_published(path: Path) -> None:
    assert problem_lines(path) == []


def test_no_key_comes_to_mean_something_else() -> None:
    for versions in by_slug().values():
        for place, checklist in enumerate(versions):
            assert reused_keys(checklist, versions[:place]) == ()


def test_a_reused_key_would_be_seen() -> None:
    first = loader.load(SMALL)
    second = loader.load(
        SMALL.replace("version: 1", "version: 2").replace("type: yes_no}\n        points: 10", "type: date}")
    )
    assert [problem.code for problem in reused_keys(second, [first])] == ["key_reused"]


def test_what_was_published_has_not_changed() -> None:
    lock = read_lock(FOLDER)
    shipped_now = {
        (checklist.slug, checklist.version): chk(canonical(checklist))
        for versions in by_slug().values()
        for checklist in versions
    }
    assert lock, "nothing is locked"
    assert {key: shipped_now.get(key) for key in lock} == lock
