"""The shapes an editor's form is made of, read from the JSON Schema of the document.

Nothing here knows the parts of a checklist by name: what the format learns, the form can edit. A shape is a scalar, a
list of scalars, a list, a table, or a choice between variants, of which a tag names one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.domain.checklist import json_schema

AREA_FROM = 4000  # texts that may be this long get a box of several lines


@dataclass(frozen=True)
class Shape:
    """`kind` is line, area, number (decimals), count (whole), date, check, choice, lines, list, table or variants."""

    kind: str
    name: str = ""  # of the part of the format, such as "Item"
    default: Any = None
    options: tuple[str, ...] = ()
    parts: Mapping[str, "Shape"] = field(default_factory=dict)  # of a table, in document order
    required: frozenset[str] = frozenset()
    variants: Mapping[str, "Shape | None"] = field(default_factory=dict)  # None: a bare word
    reference: Mapping[str, Any] | None = None  # schema of a list's elements; read when needed, for it may be circular

    @property
    def element(self) -> "Shape":
        """The shape of a list's elements."""
        return _shape(self.reference or {})


@cache
def _schema() -> dict[str, Any]:
    return json_schema()


@cache
def part_shape(name: str) -> Shape:
    """The shape of a named part, such as "Item"; "Checklist" is the whole document."""
    return _table(_schema() if name == "Checklist" else _schema()["$defs"][name])


def tag_of(shape: Shape, value: Any) -> str:
    """Which variant a value is, empty if none."""
    if isinstance(value, str):
        return value if value in shape.variants else ""
    if not isinstance(value, Mapping):
        return ""
    kind = value.get("type")
    if isinstance(kind, str):
        return kind if kind in shape.variants else ""
    named = next((tag for tag in shape.variants if tag in value), "")
    return named or ("comparison" if "comparison" in shape.variants and value else "")


def _shape(schema: Mapping[str, Any]) -> Shape:
    default = schema.get("default")
    inner = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(inner) == 1:
        return _shape({**inner[0], "default": default})
    if inner and all(each.get("type") in ("number", "integer", "string") for each in inner):
        return Shape("count" if inner[0]["type"] == "integer" else "number", default=default)
    variants = schema.get("oneOf") or inner
    if variants:
        return Shape("variants", variants=_variants(variants))
    if "$ref" in schema:
        return _named(schema["$ref"])
    if schema.get("type") == "array":
        element = schema["items"]
        return Shape("lines" if element.get("type") == "string" else "list", reference=element)
    return _scalar(schema, default)


def _scalar(schema: Mapping[str, Any], default: Any) -> Shape:
    if schema.get("type") == "boolean":
        return Shape("check", default=default)
    if "enum" in schema:
        return Shape("choice", default=default, options=tuple(schema["enum"]))
    if schema.get("format") == "date":
        return Shape("date", default=default)
    return Shape("area" if schema.get("maxLength", 0) >= AREA_FROM else "line", default=default)


def _named(reference: str) -> Shape:
    return part_shape(reference.rsplit("/", 1)[-1])


def _table(schema: Mapping[str, Any]) -> Shape:
    parts = {key: each for key, each in schema["properties"].items() if "const" not in each}
    shapes = {key: _shape(each) for key, each in parts.items()}
    return Shape("table", schema["title"], parts=shapes, required=frozenset(schema.get("required", ())))


def _variants(schemas: list[Mapping[str, Any]]) -> dict[str, Shape | None]:
    found: dict[str, Shape | None] = {}
    for each in schemas:
        if "enum" in each:
            found |= dict.fromkeys(each["enum"])
            continue
        definition = _schema()["$defs"][each["$ref"].rsplit("/", 1)[-1]]
        properties = definition["properties"]
        kind = properties.get("type", {}).get("const")
        tag = kind or (next(iter(properties)) if len(properties) == 1 else "comparison")
        found[tag] = _lazy(each["$ref"])
    return found


def _lazy(reference: str) -> Shape:
    """A variant that is opened only when it is chosen: conditions contain conditions."""
    return Shape("reference", reference.rsplit("/", 1)[-1])


def opened(shape: Shape | None) -> Shape | None:
    """The shape itself, where a variant names one."""
    return part_shape(shape.name) if shape is not None and shape.kind == "reference" else shape
