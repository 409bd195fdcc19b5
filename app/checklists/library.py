"""The item library as it is shipped: read from its files once, and asked about items."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from app.checklists.loader import load_as
from app.domain import library as rules
from app.domain.checklist import Checklist, Problem
from app.domain.errors import Invalid
from app.domain.library import Library, LibraryFile
from config import PROJECT

FOLDER = PROJECT / "checklists" / "library"


def files_of(folder: Path) -> list[Path]:
    """The library's files, by name."""
    return sorted(folder.glob("*.yaml"))


def load_file(path: Path, others: Mapping[str, LibraryFile] | None = None) -> LibraryFile:
    """Read one file and hold it against those before it, by default the readable ones of its folder.

    Raises `Invalid("checklist_invalid", problems=...)` with lines, OSError.
    """
    if others is None:
        before = (each for each in files_of(path.parent) if each.name < path.name)
        others = {each.name: read for each in before if (read := _readable(each))}
    known = others
    return load_as(rules.parse_file, path.read_bytes(), lambda file: rules.file_problems(file, known))


def read(folder: Path) -> Library:
    """The whole library of a folder; raises as `load_file` does."""
    found: dict[str, LibraryFile] = {}
    for path in files_of(folder):
        found[path.name] = load_file(path, found)
    return rules.gather(found)


@lru_cache(maxsize=1)
def shipped() -> Library:
    """The library that stands beside the shipped checklists; it does not change while the program runs."""
    return read(FOLDER)


def problems(checklist: Checklist) -> tuple[Problem, ...]:
    """What the shipped library says against a checklist; reads no file if no item carries a code."""
    if not any(item.code for item in checklist.items()):
        return ()
    return rules.problems(checklist, shipped())


def codes_of(checklist: Checklist, slug: str = "") -> Mapping[str, str]:
    """The code of each item that has one, by key; `slug` where it is another than the checklist's, as of a cut."""
    known = shipped()
    found = {item.key: known.code_of(slug or checklist.slug, item) for item in checklist.items()}
    return {key: code for key, code in found.items() if code is not None}


def schema_text() -> str:
    """The JSON Schema for editors, as it is committed in `checklists/library/schema.json`."""
    return json.dumps(rules.json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _readable(path: Path) -> LibraryFile | None:
    try:
        return load_as(rules.parse_file, path.read_bytes(), lambda _: ())
    except (OSError, Invalid):
        return None
