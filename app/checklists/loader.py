"""From the text of a YAML file to a checklist that may be published, or to problems with path and line.

YAML is read as a small, safe part of itself: every plain scalar is text (numbers stay as written), except `true` and
`false`; anchors, aliases, tags, duplicate keys and several documents are refused; so is anything big or deep. Values
are built from the parser's events, so nothing is ever constructed from a tag and depth costs no recursion.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import yaml

from app.domain.answer_types import UNCLEAN
from app.domain.checklist import Checklist, Problem, json_schema, parse
from app.domain.errors import Invalid
from app.domain.publishing import problems

SIZE_LIMIT = 256 * 1024
DEPTH_LIMIT = 20
NODE_LIMIT = 20_000

BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
# The parser in C, where PyYAML has it, takes a tenth of the time.
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = {"", "~", "null", "Null", "NULL"}

Lines = dict[str, int]
Document = TypeVar("Document")
Judge = Callable[[Checklist], tuple[Problem, ...]]


def no_more(checklist: Checklist) -> tuple[Problem, ...]:
    """Find nothing more."""
    return ()


def load(source: str | bytes, also: Judge = no_more) -> Checklist:
    """Read a YAML file; raises `Invalid("checklist_invalid", problems=...)`, each problem with its line if known.

    `also` finds further problems of a well-formed checklist, such as what the item library says of it.
    """
    return load_as(parse, source, lambda checklist: (*problems(checklist), *also(checklist)))


def load_as(
    read: Callable[[object], Document], source: str | bytes, judge: Callable[[Document], tuple[Problem, ...]]
) -> Document:
    """Read a YAML file of any kind with `read`, then have it judged; raises as `load` does."""
    document, lines = read_yaml(source)
    try:
        value = read(document)
        found = judge(value)
    except Invalid as invalid:
        found = invalid.details["problems"]
    if found:
        raise Invalid("checklist_invalid", problems=tuple(located(problem, lines) for problem in found))
    return value


def read_yaml(source: str | bytes) -> tuple[Any, Lines]:
    """Read YAML text into tables, lists, texts and booleans, with the line of every path; raises `Invalid`."""
    text = clean(source)
    try:
        return _Builder().build(yaml.parse(text, Loader=FAST))
    except yaml.YAMLError:
        pass  # the parser in Python names the place better; what only it can read is read by it
    try:
        return _Builder().build(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        message = "không đọc được YAML ở đây: kiểm tra thụt dòng, dấu ngoặc và dấu hai chấm; đặt chữ trong ngoặc kép"
        raise _refusal("yaml_syntax", message, line=line) from None
    except yaml.YAMLError:
        raise _refusal("yaml_syntax", "không đọc được YAML") from None


def clean(source: str | bytes) -> str:
    """The text of a file; raises `Invalid` for what is too big, no UTF-8, or holds what no database may."""
    raw = source if isinstance(source, bytes) else source.encode(errors="surrogatepass")
    if len(raw) > SIZE_LIMIT:
        raise _refusal("too_big", f"tệp lớn hơn {SIZE_LIMIT // 1024} KiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refusal("not_utf8", "tệp phải là văn bản UTF-8", line=line) from None
    unclean = UNCLEAN.search(text)
    if unclean:
        line = text.count("\n", 0, unclean.start()) + 1
        raise _refusal("text_unclean", "có ký tự điều khiển không được phép (ví dụ NUL)", line=line)
    return text


def _refusal(code: str, message: str, *, path: str = "", line: int | None = None) -> Invalid:
    return Invalid("checklist_invalid", problems=(Problem(path, code, message, line),))


def located(problem: Problem, lines: Lines) -> Problem:
    """Find the line of a problem: its own, or that of the nearest part around it."""
    path = problem.path
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return replace(problem, line=lines.get(path))


class _Builder:
    """Builds values from parser events with an explicit stack: containers that are still open, innermost last."""

    def __init__(self) -> None:
        self.lines: Lines = {}
        self.open: list[_Container] = []
        self.roots: list[Any] = []
        self.nodes = 0

    def build(self, events: Iterator[yaml.Event]) -> tuple[Any, Lines]:
        for event in events:
            self._take(event)
        if not self.roots:
            raise _refusal("empty", "tệp trống")
        return self.roots[0], self.lines

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _refusal("anchor", "không dùng neo và bí danh (& và *); hãy viết lại đầy đủ", line=line)
        if getattr(event, "tag", None) is not None:
            raise _refusal("tag", "không dùng nhãn kiểu dữ liệu (!)", line=line)
        if isinstance(event, yaml.DocumentStartEvent) and self.roots:
            raise _refusal("many_documents", "mỗi tệp chỉ có một phiếu", line=line)
        if isinstance(event, yaml.ScalarEvent):
            self._add_scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            path = self._place(value, line)
            self.open.append(_Container(value, path))
            if len(self.open) > DEPTH_LIMIT:
                raise _refusal("too_deep", f"lồng nhau quá {DEPTH_LIMIT} tầng", path=path, line=line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()

    def _add_scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        parent = self.open[-1] if self.open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            if event.value in parent.value:
                path = parent.child(event.value)
                raise _refusal("duplicate_key", f"khóa {event.value} viết hai lần", path=path, line=line)
            parent.key = event.value
            return
        value: str | bool = event.value
        if not event.style:  # plain: None from the parser in Python, empty from the one in C
            if value in _NULLS:
                message = "thiếu giá trị; nếu muốn viết chữ thì đặt trong ngoặc kép"
                raise _refusal("empty_value", message, path=parent.child(parent.key) if parent else "", line=line)
            value = BOOLEANS.get(event.value, event.value)
        self._place(value, line)

    def _place(self, value: Any, line: int) -> str:
        """Put a value where it belongs, remember its line, and return its path."""
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            raise _refusal("too_many", f"có hơn {NODE_LIMIT} giá trị", line=line)
        if not self.open:
            self.roots.append(value)
            return ""
        parent = self.open[-1]
        if isinstance(parent.value, list):
            path = parent.child(None)
            parent.value.append(value)
        elif parent.key is None:
            raise _refusal("key_not_text", "khóa phải là chữ", path=parent.path, line=line)
        else:
            path, key = parent.child(parent.key), parent.key
            parent.value[key], parent.key = value, None
        self.lines[path] = line
        return path


class _Container:
    """A table or list being filled; `key` is the one read and waiting for its value."""

    def __init__(self, value: dict[str, Any] | list[Any], path: str) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None

    def child(self, key: str | None) -> str:
        """The path of the value at a key, or of the next one in a list."""
        if isinstance(self.value, list):
            return f"{self.path}[{len(self.value)}]"
        return f"{self.path}.{key}" if self.path else str(key)


def schema_text() -> str:
    """The JSON Schema for editors, as it is committed in `checklists/schema.json`."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
