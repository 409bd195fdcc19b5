"""Checklists as YAML text: whole documents in the house style, and changes that leave the rest of a file as written.

A document here is what `loader.read_yaml` reads: tables, lists, texts and booleans. The editor changes documents; an
author's file keeps every byte of what did not change, comments and order included (docs/decisions/0011).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from app.checklists.editing.form_shapes import Shape, opened, part_shape, tag_of
from app.checklists.loader import BOOLEANS, FAST, read_yaml
from app.domain.checklist import Checklist

WIDTH = 160  # characters of a line that holds a table in a table; a plain table of texts may be longer
LONGEST = 400

_PLAIN = re.compile(r"[A-Za-z0-9]+([-_./][A-Za-z0-9]+)*")
_RESERVED = frozenset({"true", "false", "null"})
# Characters that JSON leaves alone and YAML either refuses or takes for the end of a line.
_RAW = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_SPOKEN = frozenset({"vi", "en", "source", "is", "is_not"})
_BIG = frozenset({"items", "sections", "answer"})  # tables with these keys are never written on one line


def authored(checklist: Checklist) -> dict[str, Any]:
    """The document of a checklist as an author would have written it: nothing that equals its default."""
    document = checklist.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {key: _authored(part_shape("Checklist").parts[key], each) for key, each in document.items()}


def _authored(shape: Shape, value: Any) -> Any:
    """Whole numbers as text: hundredths become the decimals an author writes."""
    if isinstance(value, list):
        return [_authored(shape.element, each) for each in value]
    if isinstance(value, dict):
        table = shape if shape.kind == "table" else opened(shape.variants[tag_of(shape, value)])
        parts = table.parts if table else {}
        return {key: _authored(parts[key], each) if key in parts else each for key, each in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if shape.kind == "count" else decimal(value)
    return value


def decimal(hundredths: int) -> str:
    """Write 750 as "7.5", the way a number stands in YAML."""
    whole, rest = divmod(abs(hundredths), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if hundredths < 0 else text


def write(document: dict[str, Any]) -> str:
    """Write a document as YAML that `read_yaml` reads back to the same document, in its order."""
    return "\n".join(_table(document, 0)) + "\n"


def rewrite(text: str, document: dict[str, Any]) -> str:
    """Change a YAML file so that it reads as `document`; what is equal keeps its bytes and its comments.

    `text` has passed `read_yaml`. An unusual layout that cannot be changed part by part is written anew as a whole.
    """
    root = yaml.compose(text, Loader=FAST)
    changed = _Rewriter(text).whole(root, document)
    return changed if read_yaml(changed)[0] == document else write(document)


# --- writing anew -------------------------------------------------------------------------------------------


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return _RAW.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def _entry(key: str, value: Any) -> str:
    """A text for people is always in quotes, even a single word: the next edit will need them."""
    return _quoted(value) if isinstance(value, str) and key in _SPOKEN else _flow(value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_entry(key, each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return _scalar(value)


def _fits(value: Any, column: int) -> bool:
    """Whether a value is written on one line."""
    if not isinstance(value, dict | list) or not value:
        return True
    if isinstance(value, dict) and _BIG & value.keys():
        return False
    if isinstance(value, list) and isinstance(value[0], dict):
        return False  # a list of tables: one line each
    each = value.values() if isinstance(value, dict) else value
    nested = any(isinstance(part, dict | list) for part in each)
    return len(_flow(value)) + column <= (WIDTH if nested else LONGEST)


def _table(value: dict[str, Any], column: int) -> Iterator[str]:
    for key, each in value.items():
        yield " " * column + f"{_scalar(key)}:" + _after_colon(key, each, column)


def _after_colon(key: str, value: Any, column: int) -> str:
    """What follows `key:` of a table that stands at a column."""
    if _fits(value, column + len(key) + 2):
        return f" {_entry(key, value)}"
    if isinstance(value, dict):
        return "\n" + "\n".join(_table(value, column + 2))
    return "".join("\n" + " " * (column + 2) + "-" + _after_dash(each, column + 2) for each in value)


def _after_dash(value: Any, column: int) -> str:
    """What follows the dash of a list that stands at a column."""
    if _fits(value, column + 2):
        return f" {_flow(value)}"
    if isinstance(value, dict):
        return " " + "\n".join(_table(value, column + 2)).lstrip(" ")
    return " " + _flow(value)


# --- changing what was written ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Piece:
    """An entry of a block table or list: the lines of comment above it, its start, and what follows colon or dash."""

    key: str
    lead: str
    start: int
    after: int
    node: yaml.Node


class _Rewriter:
    """Writes a document again over the text it came from. Positions are characters of that text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._values: dict[int, Any] = {}
        self._pool: dict[tuple[int, str], list[_Piece]] = {}

    def whole(self, root: yaml.Node | None, document: dict[str, Any]) -> str:
        if not isinstance(root, yaml.MappingNode) or root.flow_style or root.start_mark.column:
            return write(document)
        self._collect(root)
        body = self._table(root, document)
        return self.text[: root.start_mark.index] + body + self.text[self._end(root) :]

    def _collect(self, node: yaml.Node) -> None:
        """Remember every entry of a list by its value, so that it may move to another list."""
        if isinstance(node, yaml.MappingNode):
            for _, each in node.value:
                self._collect(each)
        elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
            for piece in self._elements(node):
                known = (node.start_mark.column, _flow(self._value(piece.node)))
                self._pool.setdefault(known, []).append(piece)
                self._collect(piece.node)

    def _value(self, node: yaml.Node) -> Any:
        """What `read_yaml` makes of a node."""
        if id(node) not in self._values:
            self._values[id(node)] = self._read(node)
        return self._values[id(node)]

    def _read(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {key.value: self._value(each) for key, each in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self._value(each) for each in node.value]
        return node.value if getattr(node, "style", None) else BOOLEANS.get(node.value, node.value)

    def _end(self, node: yaml.Node) -> int:
        """Where a node's text ends; a block ends with its last line, the comment there included."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._line_end(self._end(last[1] if isinstance(last, tuple) else last))
        end: int = node.end_mark.index
        return len(self.text[:end].rstrip()) if getattr(node, "style", None) in ("|", ">") else end

    def _line_end(self, position: int) -> int:
        found = self.text.find("\n", position)
        return len(self.text) if found < 0 else found

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def _lead(self, before: int, start: int) -> str:
        """The whole lines between the line at `before` and the line at `start`."""
        return self.text[self._line_end(before) + 1 : self._line_start(start)]

    def _entries(self, node: yaml.MappingNode) -> list[_Piece]:
        pieces, before = [], None
        for key, value in node.value:
            start = key.start_mark.index
            lead = "" if before is None else self._lead(before, start)
            after = self.text.index(":", key.end_mark.index) + 1
            pieces.append(_Piece(key.value, lead, start, after, value))
            before = self._end(value)
        return pieces

    def _elements(self, node: yaml.SequenceNode) -> list[_Piece]:
        pieces: list[_Piece] = []
        column, start = node.start_mark.column, node.start_mark.index
        before = max(self.text.rfind(":", 0, start), 0)
        for value in node.value:
            if pieces:
                start = self._dash(before, column)
            pieces.append(_Piece("", self._lead(before, start), start, start + 1, value))
            before = self._end(value)
        return pieces

    def _dash(self, before: int, column: int) -> int:
        """The dash of the next element after a position: the first one at the list's column."""
        found = re.compile(rf"^ {{{column}}}-", re.MULTILINE).search(self.text, self._line_end(before))
        return found.end() - 1 if found else before

    def _body(self, piece: _Piece, value: Any, column: int) -> str:
        """What follows the colon or dash of an entry, and the comment at the end of its last line."""
        node, old = piece.node, self._value(piece.node)
        end = self._end(node)
        tail = self.text[end : self._line_end(end)]
        if old == value:
            return self.text[piece.after : end] + tail
        if isinstance(node, yaml.MappingNode) and not node.flow_style and isinstance(value, dict) and value:
            return self.text[piece.after : node.start_mark.index] + self._table(node, value)
        if isinstance(node, yaml.SequenceNode) and not node.flow_style and isinstance(value, list) and value:
            head = self.text[piece.after : self._line_end(piece.after)]
            return head + self._list(node, value)
        fresh = _after_colon(piece.key, value, column) if piece.key else _after_dash(value, column)
        return fresh + (tail if tail.strip() and "\n" not in fresh else "")

    def _table(self, node: yaml.MappingNode, value: dict[str, Any]) -> str:
        column = node.start_mark.column
        pieces = {piece.key: piece for piece in self._entries(node)}
        written = ""
        for place, key in enumerate(_ordered([key for key in pieces if key in value], list(value))):
            piece = pieces.get(key)
            line = f"{_scalar(key)}:" + _after_colon(key, value[key], column)
            if piece is not None:
                line = self.text[piece.start : piece.after] + self._body(piece, value[key], column)
            lead = piece.lead if piece else ""
            written += line if place == 0 else f"\n{lead}{' ' * column}{line}"
        return written

    def _list(self, node: yaml.SequenceNode, values: list[Any]) -> str:
        column = node.start_mark.column
        pieces = self._elements(node)
        written = ""
        for value, piece in zip(values, self._matched(pieces, values, column), strict=True):
            body = _after_dash(value, column) if piece is None else self._body(piece, value, column)
            written += f"\n{piece.lead if piece else ''}{' ' * column}-{body}"
        return written

    def _matched(self, pieces: list[_Piece], values: list[Any], column: int) -> list[_Piece | None]:
        """For every new element the old one it is: the same, else one with the same key, else one from elsewhere."""
        free = list(pieces)
        found: list[_Piece | None] = [self._take(free, lambda old, new=value: old == new) for value in values]
        for place, value in enumerate(values):
            if found[place] is None and isinstance(value, dict) and "key" in value:
                found[place] = self._take(free, lambda old, new=value: _key(old) == new["key"])
        for place, value in enumerate(values):
            if found[place] is None and isinstance(value, dict) and "key" not in value and len(free) == 1:
                found[place] = free.pop()
            elif found[place] is None:
                moved = self._pool.get((column, _flow(value)))
                found[place] = moved[0] if moved else None
        return found

    def _take(self, free: list[_Piece], fits: Any) -> _Piece | None:
        chosen = next((piece for piece in free if fits(self._value(piece.node))), None)
        if chosen is not None:
            free.remove(chosen)
        return chosen


def _key(value: Any) -> Any:
    return value.get("key") if isinstance(value, dict) else None


def _ordered(kept: list[str], wanted: list[str]) -> list[str]:
    """The author's order of keys; each new one comes after the key before it in the document."""
    order = list(kept)
    for place, key in enumerate(wanted):
        if key not in order:
            before = next((each for each in reversed(wanted[:place]) if each in order), None)
            order.insert(order.index(before) + 1 if before else 0, key)
    return order
