"""What a condition or a count may name: earlier items or earlier fields of the same row, compared as their type allows.

Naming only what comes earlier is what makes a cycle impossible.
"""

from collections.abc import Iterator, Mapping

from app.domain.answer_types import (
    AllOf,
    Answer,
    AnyOf,
    Choice,
    ChoiceField,
    Choices,
    ChoicesField,
    Comparison,
    Condition,
    Counts,
    Negation,
    Roster,
    RosterField,
)
from app.domain.checklist import Item, Problem

Fields = Mapping[str, RosterField]


def check(
    path: str, condition: Condition | None, earlier: Mapping[str, Item], *, fields: Fields | None = None
) -> Iterator[Problem]:
    """Check every comparison of a `when` or `fails_when`; `fields` only where a row is at hand."""
    if isinstance(condition, Negation):
        yield from check(f"{path}.not", condition.not_, earlier, fields=fields)
    elif isinstance(condition, AllOf):
        for index, part in enumerate(condition.all_):
            yield from check(f"{path}.all[{index}]", part, earlier, fields=fields)
    elif isinstance(condition, AnyOf):
        for index, part in enumerate(condition.any_):
            yield from check(f"{path}.any[{index}]", part, earlier, fields=fields)
    elif isinstance(condition, Comparison):
        yield from _comparison(path, condition, earlier, fields)


def check_counts(path: str, counts: Counts, fields: Fields) -> Iterator[Problem]:
    """Check the field that a roster's ratio is counted from."""
    field = fields.get(counts.field)
    if field is None:
        yield Problem(f"{path}.field", "unknown_field", f"không có trường nào tên {counts.field}")
    elif counts.is_ is not None:
        yield from _value(f"{path}.is", field, counts.is_)
    else:
        due = fields.get(counts.not_after or "")
        if due is None:
            yield Problem(f"{path}.not_after", "unknown_field", f"không có trường nào tên {counts.not_after}")
        elif {field.type, due.type} not in ({"date"}, {"time"}):
            yield Problem(
                f"{path}.not_after", "not_comparable", "not_after so hai trường cùng là ngày hoặc cùng là giờ"
            )


def _comparison(
    path: str, comparison: Comparison, earlier: Mapping[str, Item], fields: Fields | None
) -> Iterator[Problem]:
    source: Answer | RosterField | None = None
    if comparison.item is not None:
        item = earlier.get(comparison.item)
        source = item.answer if item else None
        if item is None:
            message = f"không có nội dung nào tên {comparison.item} đứng trước nội dung này"
            yield Problem(f"{path}.item", "unknown_item", message)
    elif fields is None:
        yield Problem(f"{path}.field", "field_outside_row", "chỉ điều kiện của trường trong bảng kê mới được nêu field")
    else:
        source = fields.get(comparison.field or "")
        if source is None:
            message = f"không có trường nào tên {comparison.field} đứng trước trường này trong cùng dòng"
            yield Problem(f"{path}.field", "unknown_field", message)
    if source is not None:
        yield from _operator(path, comparison, source)


def _operator(path: str, comparison: Comparison, source: Answer | RosterField) -> Iterator[Problem]:
    for name, threshold in (("at_least", comparison.at_least), ("at_most", comparison.at_most)):
        if threshold is not None and not _orders(source, threshold):
            yield Problem(f"{path}.{name}", "not_comparable", f"không so được như vậy với loại trả lời {source.type}")
    named = [("is", comparison.is_), ("is_not", comparison.is_not), *(("in", each) for each in comparison.in_ or ())]
    for name, value in named:
        if value is not None:
            yield from _value(f"{path}.{name}", source, value)


def _orders(source: Answer | RosterField, threshold: int | str) -> bool:
    if isinstance(threshold, int):
        return source.type in ("number", "ratio") or (isinstance(source, Roster) and source.ratio is not None)
    return source.type == ("date" if "-" in threshold else "time")


def _value(path: str, source: Answer | RosterField, value: str) -> Iterator[Problem]:
    """Check that the source can have this value; numbers and ratios are compared by at_least and at_most only."""
    if source.type in ("number", "ratio", "roster"):
        yield Problem(path, "not_comparable", f"loại trả lời {source.type} chỉ so bằng at_least hoặc at_most")
        return
    allowed: set[str] | None = None
    if source.type == "yes_no":
        allowed = {"yes", "no"}
    elif source.type == "document":
        allowed = {"shown", "not_shown"}
    elif isinstance(source, Choice | Choices | ChoiceField | ChoicesField):
        allowed = {option.key for option in source.choices}
    if allowed is not None and value not in allowed:
        yield Problem(path, "unknown_value", f"không có giá trị {value}; chỉ có: {', '.join(sorted(allowed))}")
