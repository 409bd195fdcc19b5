"""`relevant` as a `when` table, where a table can say it.

An unanswered source is where the two differ: in XPath `${a} != 'x'` and `not(...)` hold for it, in a checklist
nothing follows from silence. Such a condition is taken over and told; `${a} != ''` beside it makes both say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal

from app.checklists.editing.yaml_text import decimal as hundredths_text
from app.checklists.xlsform.xpath import FLIPPED, Call, Compare, Join, Number, Reference, String, Tree, Unfit, parse

_NEGATED = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SILENCE = "khi “{}” chưa trả lời thì không hỏi (trong XLSForm thì có hỏi)"
_LARGEST = 10**9


@dataclass(frozen=True)
class Source:
    """An earlier question that a condition may name: an item, or a field of the same row."""

    where: Literal["item", "field"]
    key: str
    type: str
    whole: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # names in the form → keys in the checklist


@dataclass(frozen=True)
class Scope:
    """What may be named here, and why other names may not."""

    sources: Mapping[str, Source]
    others: Mapping[str, str] = field(default_factory=dict)

    def source(self, name: str) -> Source:
        found = self.sources.get(name)
        if found is None:
            raise Unfit(self.others.get(name, f"“{name}” không phải nội dung đứng trước trong phiếu"))
        return found


@dataclass(frozen=True)
class Relevance:
    """A condition, and in what it differs from the expression."""

    when: dict[str, Any]
    differs: tuple[str, ...]


@dataclass(frozen=True)
class _Answered:
    """`${a} != ''`: no condition of its own."""

    name: str


def read(expression: str, scope: Scope) -> Relevance:
    """Read a `relevant` as a condition; raises Unfit."""
    reader = _Reader(scope)
    when = reader.read(parse(expression), negated=False)
    if isinstance(when, _Answered):
        raise Unfit("điều kiện “đã trả lời” không ghi được")
    differs = [_SILENCE.format(name) for name in dict.fromkeys(reader.silent)]
    return Relevance(when, tuple(differs))


class _Reader:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.silent: list[str] = []  # names of sources whose silence is read differently

    def read(self, tree: Tree, *, negated: bool) -> dict[str, Any] | _Answered:
        if isinstance(tree, Join):
            word = tree.word if not negated else {"and": "or", "or": "and"}[tree.word]
            return self._all(tree.parts, negated) if word == "and" else self._any(tree.parts, negated)
        if isinstance(tree, Call):
            return self._call(tree, negated)
        if isinstance(tree, Compare):
            return self._compare(tree, negated)
        raise Unfit("điều kiện phải là một phép so sánh")

    def _all(self, trees: tuple[Tree, ...], negated: bool) -> dict[str, Any]:
        before = len(self.silent)
        read = [self.read(tree, negated=negated) for tree in trees]
        parts = [part for part in read if not isinstance(part, _Answered)]
        answered = {part.name for part in read if isinstance(part, _Answered)}
        for name in answered:
            source = self.scope.source(name)
            if not any(_leans_on(part, source) for part in parts):
                raise Unfit("điều kiện “đã trả lời” không ghi được")
        self.silent[before:] = [name for name in self.silent[before:] if name not in answered]
        return parts[0] if len(parts) == 1 else {"all": parts}

    def _any(self, trees: tuple[Tree, ...], negated: bool) -> dict[str, Any]:
        parts = [self.read(tree, negated=negated) for tree in trees]
        if any(isinstance(part, _Answered) for part in parts):
            raise Unfit("điều kiện “đã trả lời” không ghi được")
        return {"any": parts}

    def _call(self, call: Call, negated: bool) -> dict[str, Any] | _Answered:
        if call.name == "not" and len(call.arguments) == 1:
            return self.read(call.arguments[0], negated=not negated)
        if call.name != "selected" or len(call.arguments) != 2:
            raise Unfit(f"không có hàm {call.name[:30]}()")
        left, right = call.arguments
        if not isinstance(left, Reference) or not isinstance(right, String):
            raise Unfit("selected() phải so một nội dung với một lựa chọn")
        source = self.scope.source(left.name)
        if source.type not in ("yes_no", "choice", "choices"):
            raise Unfit("selected() chỉ dùng cho nội dung có lựa chọn")
        leaf = _leaf(source, "is", _option(source, right.text))
        if negated:
            self.silent.append(left.name)
            return {"not": leaf}
        return leaf

    def _compare(self, tree: Compare, negated: bool) -> dict[str, Any] | _Answered:
        left, operator, right = tree.left, tree.operator, tree.right
        if isinstance(right, Reference):
            left, operator, right = right, FLIPPED[operator], left
        if not isinstance(left, Reference) or isinstance(right, Reference):
            raise Unfit("chỉ so được một nội dung với một giá trị cố định")
        holds_for_silence = (operator == "!=") != negated  # what XPath makes of an empty answer
        if negated:
            operator = _NEGATED[operator]
        source = self.scope.source(left.name)
        if isinstance(right, String) and right.text == "":
            if operator == "!=":
                return _Answered(left.name)
            raise Unfit("điều kiện “chưa trả lời” không ghi được")
        if holds_for_silence:
            self.silent.append(left.name)
        if source.type == "number":
            return _number(source, operator, right)
        if source.type == "date":
            return _date(source, operator, right)
        return _text(source, operator, right)


def _leans_on(part: dict[str, Any], source: Source) -> bool:
    """Whether a condition surely fails while the source is unanswered."""
    if "all" in part:
        return any(_leans_on(each, source) for each in part["all"])
    if "any" in part:
        return all(_leans_on(each, source) for each in part["any"])
    if "not" in part:
        return "all" not in part["not"] and "any" not in part["not"] and _leans_on(part["not"], source)
    return bool(part.get(source.where) == source.key)


def _leaf(source: Source, operator: str, value: Any) -> dict[str, Any]:
    return {source.where: source.key, operator: value}


def _option(source: Source, name: str) -> str:
    found = source.options.get(name)
    if found is None:
        raise Unfit(f"không có lựa chọn “{name[:30]}”")
    return found


def _text(source: Source, operator: str, right: Tree) -> dict[str, Any]:
    if operator not in ("=", "!=") or not isinstance(right, String | Number):
        raise Unfit(f"không so được như vậy với loại trả lời {source.type}")
    if source.type == "choices":
        raise Unfit("nội dung chọn nhiều chỉ so được bằng selected()")
    if source.type not in ("yes_no", "choice", "text"):
        raise Unfit(f"không so được với loại trả lời {source.type}")
    value = right.text if source.type == "text" else _option(source, right.text)
    return _leaf(source, "is" if operator == "=" else "is_not", value)


def _number(source: Source, operator: str, right: Tree) -> dict[str, Any]:
    try:
        value = Fraction(right.text) if isinstance(right, Number | String) else None
    except ValueError:
        value = None
    if value is None or abs(value) >= _LARGEST:
        raise Unfit("chỉ so được số với một số cố định")
    step = Fraction(1) if source.whole else Fraction(1, 100)
    steps = value / step
    if operator in ("=", "!="):
        if steps.denominator != 1:
            raise Unfit("số có quá nhiều chữ số thập phân")
        bound = decimal(value)
        same = [_leaf(source, "at_least", bound), _leaf(source, "at_most", bound)]
        below, above = decimal(value - step), decimal(value + step)
        other = [_leaf(source, "at_most", below), _leaf(source, "at_least", above)]
        return {"all": same} if operator == "=" else {"any": other}
    if operator in (">", ">="):
        least = floor(steps) + 1 if operator == ">" else ceil(steps)
        return _leaf(source, "at_least", decimal(least * step))
    most = ceil(steps) - 1 if operator == "<" else floor(steps)
    return _leaf(source, "at_most", decimal(most * step))


def _date(source: Source, operator: str, right: Tree) -> dict[str, Any]:
    if isinstance(right, Call) and right.name == "date" and len(right.arguments) == 1:
        right = right.arguments[0]
    try:
        day = date.fromisoformat(right.text) if isinstance(right, String) and len(right.text) == 10 else None
        if day is None:
            raise Unfit("chỉ so được ngày với một ngày cố định, ví dụ date('2020-08-31')")
        before, after = (day - timedelta(1)).isoformat(), (day + timedelta(1)).isoformat()
    except (ValueError, OverflowError):
        raise Unfit("ngày trong điều kiện không đọc được") from None
    same = day.isoformat()
    if operator == "=":
        return {"all": [_leaf(source, "at_least", same), _leaf(source, "at_most", same)]}
    if operator == "!=":
        return {"any": [_leaf(source, "at_most", before), _leaf(source, "at_least", after)]}
    if operator in (">", ">="):
        return _leaf(source, "at_least", after if operator == ">" else same)
    return _leaf(source, "at_most", before if operator == "<" else same)


def decimal(value: Fraction) -> str:
    """Write a number of whole hundredths as an author does: `7.5`."""
    return hundredths_text(int(value * 100))
