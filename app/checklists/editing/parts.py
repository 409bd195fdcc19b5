"""The parts of a draft's document: finding one, putting one back, adding, copying, moving and removing.

A part is the head of the checklist, a section without its items, or an item. A draft may be broken in any way that
YAML allows; what cannot be found is refused with `Invalid("draft_part_gone")`.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.checklists.editing import forms
from app.checklists.editing.form_shapes import Shape, part_shape
from app.domain.errors import Invalid

Document = dict[str, Any]

_PART = re.compile(r"sections\[([0-9]{1,3})\](?:\.items\[([0-9]{1,3})\])?")


@dataclass(frozen=True)
class Part:
    """Which part: the head if `section` is None, a section if `item` is None."""

    section: int | None = None
    item: int | None = None

    @property
    def path(self) -> str:
        """As problems name it; empty for the head."""
        if self.section is None:
            return ""
        return f"sections[{self.section}]" + ("" if self.item is None else f".items[{self.item}]")

    @property
    def shape(self) -> Shape:
        """What the part's form is made from."""
        return part_shape("Checklist" if self.section is None else "Section" if self.item is None else "Item")

    @property
    def leave_out(self) -> frozenset[str]:
        """The keys that are parts of their own."""
        return frozenset({"sections"} if self.section is None else {"items"} if self.item is None else ())


def part_of(path: str) -> Part:
    """Read a part's path; anything else is refused."""
    if path == "":
        return Part()
    match = _PART.fullmatch(path)
    if match is None:
        raise Invalid("draft_part_gone")
    section, item = match.groups()
    return Part(int(section), None if item is None else int(item))


def value_at(document: Document, part: Part) -> Document:
    """The table of a part."""
    if part.section is None:
        return document
    siblings, index = _siblings(document, part)
    found = siblings[index]
    if not isinstance(found, dict):
        raise Invalid("draft_part_gone")
    return found


def put(document: Document, part: Part, value: Document) -> Document:
    """The document with a part replaced; `value` holds the parts inside it, too."""
    if part.section is None:
        return value
    changed = deepcopy(document)
    siblings, index = _siblings(changed, part)
    siblings[index] = value
    return changed


def posted(document: Document, part: Part, form: forms.Posted) -> Document:
    """The part as its form describes it."""
    return forms.read(part.shape, form, value_at(document, part), part.leave_out)


def moved(document: Document, part: Part, verb: str) -> tuple[Document, Part]:
    """Move a part `up` or `down`; an item at the edge of its section goes into the one beside it."""
    changed = deepcopy(document)
    siblings, index = _siblings(changed, part)
    step = -1 if verb == "up" else 1
    if 0 <= index + step < len(siblings):
        forms.shift(siblings, index, verb)
        there = index + step
        return changed, Part(there) if part.item is None else Part(part.section, there)
    beside = (part.section or 0) + step
    if part.item is None or not 0 <= beside < len(changed["sections"]):
        return document, part
    target, _ = _siblings(changed, Part(beside, 0), must_be=False)
    there = len(target) if verb == "up" else 0
    target.insert(there, siblings.pop(index))
    return changed, Part(beside, there)


def removed(document: Document, part: Part) -> Document:
    """The document without a section or item."""
    changed = deepcopy(document)
    siblings, index = _siblings(changed, part)
    siblings.pop(index)
    return changed


def copied(document: Document, part: Part) -> tuple[Document, Part]:
    """A copy of an item or section behind it, under keys of their own."""
    changed = deepcopy(document)
    siblings, index = _siblings(changed, part)
    copy = deepcopy(siblings[index])
    taken = set(_keys(changed))
    for each in (copy, *_tables(copy, "items")):
        if isinstance(each, dict):
            each["key"] = _free(str(each.get("key", "noi-dung")), taken)
            taken.add(each["key"])
    siblings.insert(index + 1, copy)
    return changed, Part(index + 1) if part.item is None else Part(part.section, index + 1)


def added(document: Document, section: int | None) -> tuple[Document, Part]:
    """A new item at the end of a section, or a new section with one item at the end."""
    changed = deepcopy(document)
    taken = set(_keys(changed))
    item = {"key": _free("noi-dung-moi", taken), "text": {"vi": "Nội dung mới"}, "answer": {"type": "yes_no"}}
    if section is None:
        sections = _list_of(changed, "sections")
        sections.append({"key": _free("phan-moi", taken), "title": {"vi": "Phần mới"}, "items": [item]})
        return changed, Part(len(sections) - 1)
    items, _ = _siblings(changed, Part(section, 0), must_be=False)
    items.append(item)
    return changed, Part(section, len(items) - 1)


def followed(before: Document, now: Document, part: Part) -> Part | None:
    """Where a part that was looked at stands now, if nobody has changed it; None if somebody has."""
    try:
        seen = _own(value_at(before, part), part)
    except Invalid:
        return None
    if part.section is None:
        return part if _own(now, part) == seen else None
    found = [each for each in places(now, part) if _own(value_at(now, each), each) == seen]
    return part if part in found else found[0] if len(found) == 1 else None


def fresh(slug: str, title: str, effective_from: str) -> Document:
    """A new checklist with one section and one item, which may be published as it is."""
    head = {
        "slug": slug,
        "version": "1",
        "title": {"vi": title},
        "effective_from": effective_from,
        "mode": "inspection",
    }
    return added({**head, "sections": []}, None)[0]


def _own(value: Document, part: Part) -> Document:
    """A part without the parts inside it."""
    return {key: each for key, each in value.items() if key not in part.leave_out}


def places(document: Document, like: Part) -> Iterator[Part]:
    """Every part of the same kind, in document order."""
    for s, section in enumerate(_raw(document, "sections")):
        if like.item is None and isinstance(section, dict):
            yield Part(s)
        for i, item in enumerate(_raw(section, "items") if like.item is not None else ()):
            if isinstance(item, dict):
                yield Part(s, i)


def _siblings(document: Document, part: Part, *, must_be: bool = True) -> tuple[list[Any], int]:
    """The list a part stands in, and its place there."""
    if part.section is None:
        raise Invalid("draft_part_gone")
    siblings, index = _list_of(document, "sections"), part.section
    if part.item is not None:
        if not (index < len(siblings) and isinstance(siblings[index], dict)):
            raise Invalid("draft_part_gone")
        siblings, index = _list_of(siblings[index], "items"), part.item
    if must_be and index >= len(siblings):
        raise Invalid("draft_part_gone")
    return siblings, index


def _list_of(table: Document, key: str) -> list[Any]:
    found = table.setdefault(key, [])
    if not isinstance(found, list):
        raise Invalid("draft_part_gone")
    return found


def _raw(table: Any, key: str) -> list[Any]:
    found = table.get(key) if isinstance(table, Mapping) else None
    return found if isinstance(found, list) else []


def _tables(table: Any, key: str) -> list[Document]:
    return [each for each in _raw(table, key) if isinstance(each, dict)]


def _keys(document: Document) -> Iterator[str]:
    for section in _tables(document, "sections"):
        yield str(section.get("key"))
        yield from (str(item.get("key")) for item in _tables(section, "items"))


def _free(base: str, taken: set[str]) -> str:
    """The base itself, or with the first number that makes it new; never longer than a key may be."""
    stem = re.sub(r"-[0-9]{1,3}$", "", base)[:58]
    candidates = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 3))
    return next(each for each in candidates if each not in taken)
