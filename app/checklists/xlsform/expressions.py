"""A `when` table as XPath that says exactly the same, or `Unfit`.

Nothing follows from silence in a checklist, so a negation also asks that its source was answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.checklists.xlsform.xpath import Unfit


@dataclass(frozen=True)
class Named:
    """A question under its name in the form, and its type in the checklist."""

    name: str
    type: str


Find = Callable[[str, str], Named]  # ("item" or "field", key) → the question; raises Unfit
_LEAST = ("at_least", ">="), ("at_most", "<=")


def xpath(condition: Any, find: Find, *, negated: bool = False, depth: int = 0) -> str:
    """Write a condition as an expression; raises Unfit."""
    if not isinstance(condition, Mapping) or depth > 20:
        raise Unfit("điều kiện không đọc được")
    if "not" in condition:
        return xpath(condition["not"], find, negated=not negated, depth=depth + 1)
    for word, other in (("all", "any"), ("any", "all")):
        if word in condition:
            parts = condition[word]
            if not isinstance(parts, list | tuple) or not parts:
                raise Unfit("điều kiện không đọc được")
            joined = {"all": " and ", "any": " or "}[other if negated else word]
            return "(" + joined.join(xpath(part, find, negated=negated, depth=depth + 1) for part in parts) + ")"
    return _leaf(condition, find, negated)


def _leaf(condition: Mapping[str, Any], find: Find, negated: bool) -> str:
    where = "item" if "item" in condition else "field"
    named = find(where, str(condition.get(where)))
    if "is_not" in condition:
        return _same(named, [condition["is_not"]], negated=not negated)
    if "is" in condition:
        return _same(named, [condition["is"]], negated=negated)
    if isinstance(condition.get("in"), list):
        return _same(named, condition["in"], negated=negated)
    for word, operator in _LEAST:
        if word in condition:
            return _bound(named, operator, str(condition[word]), negated)
    raise Unfit("điều kiện không đọc được")


def _same(named: Named, values: list[Any], *, negated: bool) -> str:
    if named.type not in ("yes_no", "choice", "choices", "text", "document"):
        raise Unfit(f"XLSForm không so được như vậy với loại trả lời {named.type}")
    name = f"{named.name}_shown" if named.type == "document" else named.name
    each = [_is(name, str(value), several=named.type == "choices", negated=negated) for value in values]
    if negated:
        return f"(${{{name}}} != '' and {' and '.join(each)})"
    return each[0] if len(each) == 1 else f"({' or '.join(each)})"


def _is(name: str, value: str, *, several: bool, negated: bool) -> str:
    if several:
        found = f"selected(${{{name}}}, {_quoted(value)})"
        return f"not({found})" if negated else found
    return f"${{{name}}} {'!=' if negated else '='} {_quoted(value)}"


def _quoted(value: str) -> str:
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    raise Unfit("chữ trong điều kiện có cả hai loại dấu nháy")


def _bound(named: Named, operator: str, bound: str, negated: bool) -> str:
    if negated:
        operator = {">=": "<", "<=": ">"}[operator]
    if named.type == "number":
        return f"${{{named.name}}} {operator} {bound}"
    if named.type == "date":
        return f"${{{named.name}}} {operator} date('{bound}')"
    if named.type == "ratio":
        observed, total = f"${{{named.name}_observed}}", f"${{{named.name}_total}}"
        return f"({total} > 0 and {observed} * 100 {operator} {bound} * {total})"
    raise Unfit(f"XLSForm không so được ngưỡng với loại trả lời {named.type}")


def finder(items: Mapping[str, Named], fields: Mapping[str, Named]) -> Find:
    """Find the questions that a condition names, among earlier items and fields of the same row."""

    def find(where: str, key: str) -> Named:
        found = (items if where == "item" else fields).get(key)
        if found is None:
            raise Unfit(f"“{key}” không phải một câu hỏi đứng trước")
        return found

    return find
