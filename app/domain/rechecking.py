"""A short visit that looks at a few items again: its checklist, cut from the one that found them, and what it saw.

The cut is a checklist like any other, so that phone, log, score and verifier need to know nothing of it. It has the
same items under the same keys, with their criteria, rosters and ratios, and what their conditions look at, which is
asked without points or findings. Grades and what caps them stay out: a short visit is no scored conclusion.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.answer_types import AllOf, AnyOf, Choice, Choices, Comparison, Condition, Negation, Roster, Text
from app.domain.checklist import Checklist, Item, canonical, parse
from app.domain.errors import Invalid
from app.domain.findings import Finding

_LONGEST_SLUG = 64
_MARK = "kiem-tra-lai"


class Seen(StrEnum):
    """What a signed short visit saw of an item."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "unchecked"  # not answered, not applicable or contested: nobody can say


@dataclass(frozen=True)
class Sight:
    """What was seen of one item; `text` is the finding as computed, `paths` the cells it came from."""

    seen: Seen
    text: str = ""
    paths: tuple[str, ...] = ()


def cut(checklist: Checklist, keys: Collection[str]) -> Checklist:
    """Keep the items named and what their conditions need, in document order.

    The same items of the same checklist give the same document. Raises `Invalid("recheck_items")` when none is named
    or one is not there.
    """
    wanted = set(keys)
    if not wanted or not wanted <= set(checklist.by_key):
        raise Invalid("recheck_items")
    kept = wanted | _needed(checklist, wanted)
    sections = tuple(
        section.model_copy(
            update={
                "weight": None,
                "items": tuple(_asked(item) if item.key in wanted else _beside(item) for item in section.items
                               if item.key in kept),
            }
        )
        for section in checklist.sections
        if any(item.key in kept for item in section.items)
    )  # fmt: skip
    title = Text(vi=f"Kiểm tra lại: {checklist.title.vi}"[:4000], en=f"Re-check: {checklist.title.en}"[:4000])
    named = {"slug": _slug(checklist, wanted), "version": 1, "title": title, "grades": (), "sections": sections}
    short = checklist.model_copy(update=named)
    # Read anew as the bytes will be: a copy would also take over what its parent had cached of itself.
    return parse(json.loads(canonical(short)))


def sight_of(key: str, score: Mapping[str, Any], findings: Collection[Finding], *, text: str) -> Sight:
    """What a visit saw of an item, from its score as JSON; `text` stands in for a finding that has no template."""
    trace = next((each for each in score["items"] if each["key"] == key), None)
    if trace is None or trace["state"] != "answered" or trace["contested"]:
        return Sight(Seen.UNCHECKED)
    paths = tuple(trace["paths"])
    if not trace["fails"]:
        return Sight(Seen.PASSED, paths=paths)
    found = next((finding.text for finding in findings if finding.item_key == key), text)
    return Sight(Seen.FAILED, found, paths)


def _slug(checklist: Checklist, wanted: Collection[str]) -> str:
    """A name of its own: no newer version is ever offered for it, and it is no version of its parent."""
    digest = hashlib.sha256(canonical(checklist) + "\n".join(sorted(wanted)).encode()).hexdigest()[:12]
    tail = f"-{_MARK}-{digest}"
    return checklist.slug[: _LONGEST_SLUG - len(tail)].rstrip("-") + tail


def _asked(item: Item) -> Item:
    return item.model_copy(update={"critical": None})


def _beside(item: Item) -> Item:
    """An item that is asked only because another depends on it."""
    nothing = dict.fromkeys(("points", "score", "pass_at", "fails_when", "critical", "finding"))
    answer = item.answer
    if isinstance(answer, Choice | Choices):
        options = tuple(option.model_copy(update={"points": None}) for option in answer.choices)
        answer = answer.model_copy(update={"choices": options})
    return item.model_copy(update={**nothing, "evidence": "none", "answer": answer})


def _needed(checklist: Checklist, wanted: Collection[str]) -> set[str]:
    """The items that conditions of the wanted look at, and theirs in turn."""
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        for source in _sources(checklist.by_key[waiting.pop()]):
            if source not in needed:
                needed.add(source)
                waiting.append(source)
    return needed


def _sources(item: Item) -> Iterator[str]:
    yield from _items_in(item.when)
    yield from _items_in(item.fails_when)
    if isinstance(item.answer, Roster):
        for field in item.answer.fields:
            yield from _items_in(field.when)


def _items_in(condition: Condition | None) -> Iterator[str]:
    if isinstance(condition, Comparison):
        if condition.item is not None:
            yield condition.item
    elif isinstance(condition, Negation):
        yield from _items_in(condition.not_)
    elif isinstance(condition, AllOf):
        for part in condition.all_:
            yield from _items_in(part)
    elif isinstance(condition, AnyOf):
        for part in condition.any_:
            yield from _items_in(part)
