"""The part of XPath that XLSForm's `relevant` and `constraint` are usually written in, as a tree.

Only reading: what a tree means is decided by `relevance` and `bounds`. Anything else (arithmetic, other functions,
paths) is `Unfit` with a reason in Vietnamese.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 4000
DEEPEST = 40


class Unfit(Exception):
    """The expression says something that a table of conditions cannot; the text tells what."""


@dataclass(frozen=True)
class Reference:
    name: str


@dataclass(frozen=True)
class Dot:
    """The answer to the question itself."""


@dataclass(frozen=True)
class Number:
    text: str

    @property
    def value(self) -> Fraction:
        return Fraction(self.text)


@dataclass(frozen=True)
class String:
    text: str


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Tree", ...]


@dataclass(frozen=True)
class Compare:
    operator: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True)
class Join:
    """`word` is and, or."""

    word: str
    parts: tuple["Tree", ...]


Tree = Reference | Dot | Number | String | Call | Compare | Join

_TOKEN = re.compile(
    r"""\s*(?:
    \$\{\s*(?P<reference>[^{}\s]+)\s*\}
  | (?P<string>"[^"]*"|'[^']*')
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<operator>!=|<=|>=|=|<|>|\(|\)|,)
  | (?P<word>[A-Za-z_][\w.:-]*)
  | (?P<dot>\.(?![\w./]))
  )""",
    re.VERBOSE,
)
_COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def parse(text: str) -> Tree:
    """Read an expression; raises Unfit."""
    if len(text) > LONGEST:
        raise Unfit("biểu thức quá dài")
    parser = _Parser(_tokens(text))
    tree = parser.either(0)
    if parser.place < len(parser.tokens):
        raise Unfit(f"không hiểu từ chỗ “{parser.tokens[parser.place][1][:30]}”")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise Unfit(f"có phép tính hoặc đường dẫn không dùng được: “{text[place:].strip()[:30]}”")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Parser:
    """Reads `or` of `and` of comparisons; parentheses and calls may nest."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.place = 0

    def either(self, depth: int) -> Tree:
        return self._join("or", depth)

    def _join(self, word: str, depth: int) -> Tree:
        if depth > DEEPEST:
            raise Unfit("biểu thức lồng nhau quá sâu")
        parts = [self._part(word, depth)]
        while self._next("word", word):
            parts.append(self._part(word, depth))
        return parts[0] if len(parts) == 1 else Join(word, tuple(parts))

    def _part(self, word: str, depth: int) -> Tree:
        return self._join("and", depth) if word == "or" else self._comparison(depth)

    def _comparison(self, depth: int) -> Tree:
        left = self._value(depth)
        kind, text = self._peek()
        if kind == "operator" and text in _COMPARISONS:
            self.place += 1
            return Compare(text, left, self._value(depth))
        return left

    def _value(self, depth: int) -> Tree:
        kind, text = self._peek()
        self.place += 1
        if kind == "operator" and text == "(":
            inside = self._join("or", depth + 1)
            self._expect(")")
            return inside
        if kind == "word":
            return self._call(text, depth)
        if kind == "reference":
            return Reference(text)
        if kind == "number":
            return Number(text)
        if kind == "string":
            return String(text[1:-1])
        if kind == "dot":
            return Dot()
        raise Unfit("biểu thức thiếu một vế hoặc dấu ngoặc")

    def _call(self, name: str, depth: int) -> Tree:
        if not self._next("operator", "("):
            raise Unfit(f"không hiểu “{name[:30]}”")
        arguments: list[Tree] = []
        if not self._next("operator", ")"):
            arguments.append(self._join("or", depth + 1))
            while self._next("operator", ","):
                arguments.append(self._join("or", depth + 1))
            self._expect(")")
        return Call(name, tuple(arguments))

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def _next(self, kind: str, text: str) -> bool:
        if self._peek() != (kind, text):
            return False
        self.place += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._next("operator", text):
            raise Unfit(f"biểu thức thiếu “{text}”")
