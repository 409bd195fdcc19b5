"""What the phone can show of a draft: the whole of it, or what is left without the parts that are wrong."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.checklists.editing.parts import Document, part_of
from app.domain.checklist import Checklist, Problem, parse
from app.domain.errors import Invalid

# In place of a head that cannot be read, so that the questions can be tried all the same.
_HEAD = {"slug": "xem-thu", "version": "1", "title": {"vi": "Phiếu chưa có tên"}, "effective_from": "2020-01-01"}
_FATAL = frozenset({"key_twice"})  # problems of a well-formed part with which the phone could not draw it


@dataclass(frozen=True)
class Shown:
    """`checklist` is None if nothing can be shown; `left_out` names the paths of the parts that were left away."""

    checklist: Checklist | None
    left_out: tuple[str, ...] = ()


def shown(document: Document | None, checklist: Checklist | None, problems: Sequence[Problem]) -> Shown:
    """A checklist the phone can draw, as near to the draft as its problems allow."""
    fatal = [problem.path for problem in problems if checklist is None or problem.code in _FATAL]
    if checklist is not None and not fatal:
        return Shown(checklist)
    if document is None:
        return Shown(None)
    left = deepcopy(document)
    left_out = _without(left, fatal)
    for key in [key for key in left if any(_key_of(path) == key for path in fatal) and key != "sections"]:
        left.pop(key)
    try:
        return Shown(parse({**_HEAD, **left}), left_out)
    except Invalid:
        return Shown(None, left_out)


def _without(document: Document, paths: Sequence[str]) -> tuple[str, ...]:
    """Take the items with these problems, the sections whose own keys are wrong, and empty sections out."""
    bad: set[tuple[int, int | None]] = set()
    for path in paths:
        pieces = path.split(".")
        for length in (2, 1):
            try:
                part = part_of(".".join(pieces[:length]))
            except Invalid:
                continue
            if part.section is not None:
                bad.add((part.section, part.item))
                break
    sections: list[Any] = document["sections"] if isinstance(document.get("sections"), list) else []
    kept = []
    for s, section in enumerate(sections):
        if (s, None) in bad or not isinstance(section, dict) or not isinstance(section.get("items"), list):
            continue
        section["items"] = [item for i, item in enumerate(section["items"]) if (s, i) not in bad]
        if section["items"]:
            kept.append(section)
    document["sections"] = kept
    return tuple(f"sections[{s}]" + ("" if i is None else f".items[{i}]") for s, i in sorted(bad, key=str))


def _key_of(path: str) -> str:
    return path.split(".")[0].split("[")[0]
