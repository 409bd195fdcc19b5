"""`constraint` and `parameters` as the bounds of a number or the length of a text, where they say no more."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from app.checklists.xlsform.relevance import decimal
from app.checklists.xlsform.xpath import FLIPPED, Call, Compare, Dot, Join, Number, Tree, Unfit, parse

_LARGEST = 10**9
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Bounds:
    """The bounds found, and the parts that are none; numbers as an author writes them."""

    least: str | None = None
    most: str | None = None
    unfit: tuple[str, ...] = ()


def number_bounds(expression: str, *, whole: bool) -> Bounds:
    """Read a constraint as bounds of a number: those parts of it that fit."""
    low: list[Fraction] = []
    high: list[Fraction] = []
    unfit = []
    for part in _parts(expression):
        try:
            operator, value = _dot_and_number(part)
            _put(operator, value, Fraction(1) if whole else Fraction(1, 100), low, high)
        except Unfit as error:
            unfit.append(str(error))
    least, most = max(low, default=None), min(high, default=None)
    if least is not None and most is not None and least > most:
        return Bounds(unfit=("không số nào thỏa điều kiện này",))
    return Bounds(
        decimal(least) if least is not None else None, decimal(most) if most is not None else None, tuple(unfit)
    )


def longest_text(expression: str) -> int:
    """Read `string-length(.) <= 50` as the longest text; raises Unfit for anything else."""
    tree = parse(expression)
    if not isinstance(tree, Compare) or not isinstance(tree.left, Call) or not isinstance(tree.right, Number):
        raise Unfit("chỉ nhận giới hạn độ dài: string-length(.) <= số")
    if tree.left.name != "string-length" or tree.left.arguments != (Dot(),) or tree.operator not in ("<", "<="):
        raise Unfit("chỉ nhận giới hạn độ dài: string-length(.) <= số")
    value = tree.right.value
    most = ceil(value) - 1 if tree.operator == "<" else floor(value)
    if not 1 <= most <= LONGEST_TEXT:
        raise Unfit(f"độ dài chữ phải từ 1 đến {LONGEST_TEXT}")
    return most


def parameters(text: str) -> dict[str, str]:
    """Read `start=1 end=10`, separated by spaces, commas or semicolons."""
    pairs = (part.split("=", 1) for part in text.replace(",", " ").replace(";", " ").split() if "=" in part)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def _parts(expression: str) -> list[Tree | Unfit]:
    try:
        tree = parse(expression)
    except Unfit as error:
        return [error]
    waiting, parts = [tree], []
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, Join) and each.word == "and":
            waiting = [*each.parts, *waiting]
        else:
            parts.append(each)
    return [*parts]


def _dot_and_number(part: Tree | Unfit) -> tuple[str, Fraction]:
    if isinstance(part, Unfit):
        raise part
    if isinstance(part, Compare):
        left, operator, right = part.left, part.operator, part.right
        if isinstance(right, Dot):
            left, operator, right = right, FLIPPED[operator], left
        if isinstance(left, Dot) and isinstance(right, Number) and abs(right.value) < _LARGEST:
            return operator, right.value
    raise Unfit("chỉ nhận giới hạn dạng . >= số hoặc . <= số")


def _put(operator: str, value: Fraction, step: Fraction, low: list[Fraction], high: list[Fraction]) -> None:
    """Add a bound, moved to the nearest number that can be answered."""
    steps = value / step
    if operator in (">", ">="):
        low.append((floor(steps) + 1 if operator == ">" else ceil(steps)) * step)
    elif operator in ("<", "<="):
        high.append((ceil(steps) - 1 if operator == "<" else floor(steps)) * step)
    elif operator == "=" and steps.denominator == 1:
        low.append(value)
        high.append(value)
    else:
        raise Unfit(f"phép so {operator} không phải giới hạn")
