"""One part of a draft as a form, and back. Fields are named by their path inside the part: `answer.choices[0].key`.

Beside the values a form posts, for every list its length as `path#`, and for every choice between variants its tag as
`path?`. An empty field is an absent key. What the form does not know, or cannot show, stays as it is in the draft.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.checklists.editing import form_words
from app.checklists.editing.form_shapes import Shape, opened, tag_of
from app.checklists.editing.yaml_text import decimal
from app.domain.errors import Invalid

LONGEST_LIST = 500

Posted = Mapping[str, str]


class _Absent:
    """Nothing was written here."""


ABSENT = _Absent()


@dataclass(frozen=True)
class Field:
    """One field, or a group of fields, as the page shows it."""

    name: str
    kind: str
    label: str
    hint: str
    value: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()
    children: tuple["Field", ...] = ()
    language: str = ""
    unknown: tuple[str, ...] = ()  # keys that the format does not have
    adds: str = ""  # what one more element is called

    @property
    def is_filled(self) -> bool:
        """Whether anything stands in it or below it."""
        return bool(self.value and self.kind != "check") or any(each.is_filled for each in self.children)

    @property
    def is_text(self) -> bool:
        """Whether it is a text in two languages."""
        return self.kind == "table" and bool(self.children) and self.children[0].name.endswith(".vi")

    def names(self) -> set[str]:
        """Every name in it, its own included."""
        return {self.name}.union(*(each.names() for each in self.children)) if self.children else {self.name}


# --- from a document to fields ------------------------------------------------------------------------------


def fields_of(shape: Shape, value: Any, leave_out: frozenset[str] = frozenset()) -> tuple[Field, ...]:
    """The fields of a part."""
    return _table_fields(shape, value, "", leave_out)


def _table_fields(shape: Shape, value: Any, name: str, leave_out: frozenset[str] = frozenset()) -> tuple[Field, ...]:
    table = value if isinstance(value, Mapping) else {}
    return tuple(
        _field(part, table.get(key), _join(name, key), shape.name, key, required=key in shape.required)
        for key, part in shape.parts.items()
        if key not in leave_out
    )


def unknown_keys(shape: Shape, value: Any) -> tuple[str, ...]:
    """Keys of a table that the format does not have."""
    return tuple(key for key in value if key not in shape.parts and key != "type") if isinstance(value, Mapping) else ()


def _field(shape: Shape, value: Any, name: str, owner: str, key: str, *, required: bool) -> Field:
    label, hint = form_words.words(owner, key)
    language = "en" if key == "en" else ""
    text = "" if value is None or isinstance(value, Mapping | list) else _shown(value)
    if shape.kind == "table":
        children = _table_fields(shape, value, name)
        return Field(name, "table", label, hint, "", required, (), children, "", unknown_keys(shape, value))
    if shape.kind == "list":
        return _list_field(shape, value, name, owner, key, required=required)
    if shape.kind == "variants":
        return _variants_field(shape, value, name, owner, key, required=required)
    if shape.kind == "lines":
        return Field(name, "lines", label, hint, "\n".join(map(str, value or ())), required)
    if shape.kind == "choice":
        options = tuple((each, form_words.option(key, each)) for each in shape.options)
        empty = () if shape.default is not None else (("", form_words.EMPTY.get(key, "–")),)
        return Field(name, "choice", label, hint, text or str(shape.default or ""), required, empty + options)
    if shape.kind == "check":
        return Field(name, "check", label, hint, "true" if value is True else "", False)
    if shape.kind in ("number", "count") and not hint and shape.default:
        hint = f"Bỏ trống là {shape.default if shape.kind == 'count' else decimal(shape.default)}."
    return Field(name, shape.kind, label, hint, text, required, language=language)


def _list_field(shape: Shape, value: Any, name: str, owner: str, key: str, *, required: bool) -> Field:
    label, hint = form_words.words(owner, key)
    element = shape.element
    values = value if isinstance(value, list) else []
    children = []
    for index, each in enumerate(values):
        at = f"{name}[{index}]"
        title = f"{form_words.ONE.get(key, 'Mục')} {index + 1}"
        if element.kind == "variants":
            made = _variants_field(element, each, at, owner, key, required=True)
        else:
            made = Field(
                at, "table", title, "", "", True, (), _table_fields(element, each, at), "", unknown_keys(element, each)
            )
        children.append(replace(made, label=title))
    return Field(name, "list", label, hint, "", required, (), tuple(children), adds=form_words.ONE.get(key, "mục"))


def _variants_field(shape: Shape, value: Any, name: str, owner: str, key: str, *, required: bool) -> Field:
    label, hint = form_words.words(owner, key)
    tag = tag_of(shape, value)
    chosen = opened(shape.variants.get(tag))
    children = _table_fields(chosen, value, name) if chosen else ()
    unknown = unknown_keys(chosen, value) if chosen else ()
    options = (("", form_words.EMPTY.get(key, "–")), *((each, form_words.variant(each)) for each in shape.variants))
    return Field(name, "variants", label, hint, tag, required, options, children, "", unknown)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


# --- from a posted form to a document -----------------------------------------------------------------------


def read(shape: Shape, posted: Posted, old: Any, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The part that a form describes; keys in `leave_out` are taken from `old`."""
    value = _read_table(shape, posted, "", old, leave_out)
    return {} if isinstance(value, _Absent) else value


def _read(shape: Shape, posted: Posted, name: str, old: Any, *, required: bool) -> Any:
    if shape.kind == "table":
        return _read_table(shape, posted, name, old)
    if shape.kind == "list":
        return _read_list(shape, posted, name, old, required=required)
    if shape.kind == "variants":
        return _read_variant(shape, posted, name, old)
    text = posted.get(name, "").replace("\r\n", "\n").strip()
    if shape.kind == "check":
        return True if text else (False if old is False else ABSENT)
    if shape.kind == "lines":
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines or ABSENT
    if text == "" or (shape.kind == "choice" and text == shape.default and old is None):
        return old if _unshown(old) else ABSENT
    return old if isinstance(old, bool) and _shown(old) == text else text


def _unshown(old: Any) -> bool:
    """Whether a form that expects something else could not show what stands there."""
    return isinstance(old, Mapping | list)


def _read_table(
    shape: Shape, posted: Posted, name: str, old: Any, leave_out: frozenset[str] = frozenset()
) -> dict[str, Any] | _Absent:
    before = old if isinstance(old, Mapping) else {}
    kept = [key for key in before if key in leave_out or key == "type" or key not in shape.parts]
    dropped = {key for key in kept if posted.get(f"{_join(name, key)}!")}
    found = {key: before[key] for key in kept if key not in dropped}
    for key, part in shape.parts.items():
        if key in leave_out:
            continue
        value = _read(part, posted, _join(name, key), before.get(key), required=key in shape.required)
        if not isinstance(value, _Absent):
            found[key] = value
    # A table is there once anything in it is: an empty table that must be there does not count.
    written = any(not (isinstance(value, dict) and not value) for value in found.values())
    if not written and not isinstance(old, Mapping):
        return ABSENT if old is None else old
    return _in_order(found, before, shape) if written else {} if old == {} else ABSENT


def _in_order(found: dict[str, Any], before: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The keys in the author's order; each new one after the key that the format has before it."""
    ranked = ["type", *shape.parts]
    order = [key for key in before if key in found]
    for key in sorted((key for key in found if key not in before), key=ranked.index):
        ahead = [each for each in reversed(ranked[: ranked.index(key)]) if each in order]
        order.insert(order.index(ahead[0]) + 1 if ahead else 0, key)
    return {key: found[key] for key in order}


def _read_list(shape: Shape, posted: Posted, name: str, old: Any, *, required: bool) -> Any:
    count = posted.get(f"{name}#", "")
    if not (count.isascii() and count.isdecimal() and int(count) <= LONGEST_LIST):
        return [] if required else ABSENT
    before = old if isinstance(old, list) else []
    values = []
    for index in range(int(count)):
        earlier = before[index] if index < len(before) else None
        value = _read(shape.element, posted, f"{name}[{index}]", earlier, required=True)
        values.append({} if isinstance(value, _Absent) else value)
    return values if values or required or old == [] else ABSENT


def _read_variant(shape: Shape, posted: Posted, name: str, old: Any) -> Any:
    tag = posted.get(f"{name}?", "")
    if tag not in shape.variants:
        return old if tag_of(shape, old) == "" and old is not None and _is_kept(old) else ABSENT
    chosen = opened(shape.variants[tag])
    if chosen is None:
        return tag
    was = tag_of(shape, old)
    if tag in ("all", "any", "not") and was == "comparison":  # what was one comparison is now inside
        inner = _read_variant(shape, {**posted, f"{name}?": "comparison"}, name, old)
        return {tag: inner if tag == "not" else [inner]}
    before = old if was == tag and isinstance(old, Mapping) else {}
    value = _read_table(chosen, posted, name, dict(before))
    table: dict[str, Any] = {} if isinstance(value, _Absent) else value
    if "type" in before or _is_typed(chosen, shape):
        table = {**({"type": tag} if "type" not in table else {}), **table}
        table["type"] = tag
    if tag == "proportional" and not table.get("proportional"):
        return "proportional" if not isinstance(old, Mapping) else table or "proportional"
    return table or ({tag: []} if tag in ("all", "any", "bands") else {tag: {}} if tag != "comparison" else {})


def _is_typed(chosen: Shape, shape: Shape) -> bool:
    return "yes_no" in shape.variants or "type" in chosen.required


def _is_kept(old: Any) -> bool:
    return not isinstance(old, Mapping) or bool(old)


# --- buttons of a form --------------------------------------------------------------------------------------

_TOKEN = re.compile(r"([a-z_]+)|\[([0-9]{1,4})\]")


def tokens(path: str) -> list[str | int]:
    """Take `answer.choices[0]` apart."""
    return [int(index) if index else key for key, index in _TOKEN.findall(path)]


def change(value: dict[str, Any], doing: str) -> None:
    """Do what a button says to a part: `add:path`, `remove:path[i]`, `up:path[i]` or `down:path[i]`."""
    verb, _, path = doing.partition(":")
    way = tokens(path)
    try:
        if verb == "shape":  # the values themselves say which variant was chosen
            return
        if verb == "add":
            _list_at(value, way).append({"type": "yes_no"} if way[-1] == "fields" else {})
        elif verb in ("remove", "up", "down") and isinstance(way[-1], int):
            shift(_list_at(value, way[:-1]), way[-1], verb)
        else:
            raise KeyError(doing)
    except (KeyError, IndexError, TypeError):
        raise Invalid("draft_part_gone") from None


def shift(elements: list[Any], index: int, verb: str) -> None:
    """Take an element out of a list, or move it by one place; raises IndexError."""
    element = elements.pop(index)
    if verb != "remove":
        elements.insert(max(0, index + (-1 if verb == "up" else 1)), element)


def _list_at(value: Any, way: list[str | int]) -> list[Any]:
    for token in way[:-1]:
        value = value.setdefault(token, {}) if isinstance(value, dict) and isinstance(token, str) else value[token]
    last = way[-1]
    found = value.setdefault(last, []) if isinstance(value, dict) else value[last]
    if not isinstance(found, list):
        raise TypeError
    return found
