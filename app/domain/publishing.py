"""What keeps a well-formed checklist from being published: every rule that one part sets for another.

Each check yields problems with the path of the part; none stops at the first. The phone needs no twin of this file:
it only ever sees what was published.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.domain import references, sampling
from app.domain.answer_types import (
    Answer,
    Choice,
    ChoiceField,
    Choices,
    ChoicesField,
    Number,
    NumberField,
    Option,
    Roster,
    RosterField,
    Sample,
    Text,
)
from app.domain.checklist import Band, Bands, Checklist, Deduct, Item, Problem
from app.domain.earning import rule_of
from app.domain.evidence import can_fail as can_fail_field
from app.domain.findings import PLACEHOLDER, placeholders

RESERVED_FIELDS = frozenset({"label", "order", "deleted"})

_NEVER_FAILS = "nội dung này không có cách nào bị coi là không đạt"

# Which rule may score which type of answer; "roster" stands for rows, "derived" for a roster's counted ratio.
RULES = {
    "choice": {"yes_no", "choice", "choices"},
    "proportional": {"ratio", "derived"},
    "bands": {"ratio", "derived", "number"},
    "deduct": {"number", "roster", "derived"},
    "document": {"document"},
}


def problems(checklist: Checklist) -> tuple[Problem, ...]:
    """List what must be mended before the checklist may be published; empty if nothing."""
    return tuple(_all(checklist))


def _all(checklist: Checklist) -> Iterator[Problem]:
    yield from _unique("sections", [section.key for section in checklist.sections])
    yield from _grades(checklist)
    weighted = [section.weight is not None for section in checklist.sections]
    grades = {grade.key for grade in checklist.grades}
    seen: dict[str, Item] = {}
    for index, section in enumerate(checklist.sections):
        path = f"sections[{index}]"
        if any(weighted) and section.weight is None:
            yield Problem(path, "weight_missing", "đã có phần ghi trọng số (weight) thì phần nào cũng phải ghi")
        if section.weight == 0:
            yield Problem(f"{path}.weight", "weight_zero", "trọng số phải lớn hơn 0")
        for place, item in enumerate(section.items):
            at = f"{path}.items[{place}]"
            if item.key in seen:
                yield Problem(f"{at}.key", "key_twice", f"khóa nội dung {item.key} đã dùng ở trên")
            yield from _item(at, item, seen)
            if item.critical and item.critical.grade_at_most not in grades:
                message = f"không có mức xếp loại nào tên {item.critical.grade_at_most}"
                yield Problem(f"{at}.critical.grade_at_most", "unknown_grade", message)
            seen.setdefault(item.key, item)


def _unique(path: str, keys: Sequence[str]) -> Iterator[Problem]:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield Problem(f"{path}[{index}].key", "key_twice", f"khóa {key} đã dùng ở trên")


def _grades(checklist: Checklist) -> Iterator[Problem]:
    grades = checklist.grades
    yield from _unique("grades", [grade.key for grade in grades])
    for index, (higher, lower) in enumerate(pairwise(grades), start=1):
        if lower.at_least >= higher.at_least:
            yield Problem(f"grades[{index}].at_least", "grades_order", "các mức phải xếp từ cao xuống thấp")
    if grades and grades[-1].at_least != 0:
        last = f"grades[{len(grades) - 1}].at_least"
        yield Problem(last, "grades_gap", "mức thấp nhất phải bắt đầu từ 0, nếu không sẽ có điểm không xếp loại được")


def _item(path: str, item: Item, earlier: dict[str, Item]) -> Iterator[Problem]:
    yield from _answer(f"{path}.answer", item.answer, scored=item.points is not None)
    yield from references.check(f"{path}.when", item.when, earlier)
    if isinstance(item.answer, Roster):
        yield from _roster(f"{path}.answer", item.answer, earlier)
    yield from _scoring(path, item)
    yield from _zero_total(path, item)
    yield from _failing(path, item, earlier)
    yield from _finding(path, item)


def _answer(path: str, answer: Answer | RosterField, *, scored: bool) -> Iterator[Problem]:
    if isinstance(answer, Choice | Choices | ChoiceField | ChoicesField):
        yield from _unique(f"{path}.choices", [option.key for option in answer.choices])
        for index, option in enumerate(answer.choices):
            yield from _option(f"{path}.choices[{index}]", option, scored=scored)
    elif (
        isinstance(answer, Number | NumberField)
        and answer.min is not None
        and answer.max is not None
        and answer.min > answer.max
    ):
        yield Problem(f"{path}.max", "bounds_order", "max phải không nhỏ hơn min")


def _option(path: str, option: Option, *, scored: bool) -> Iterator[Problem]:
    if scored and (option.points is None) == (not option.fail):
        yield Problem(path, "option_worth", "mỗi lựa chọn phải có điểm (points) hoặc ghi fail: true, không cả hai")
    if not scored and option.points is not None:
        yield Problem(f"{path}.points", "points_unused", "nội dung này không chấm điểm nên lựa chọn không có điểm")


def _roster(path: str, roster: Roster, earlier: dict[str, Item]) -> Iterator[Problem]:
    yield from _unique(f"{path}.fields", [field.key for field in roster.fields])
    before: dict[str, RosterField] = {}
    for index, field in enumerate(roster.fields):
        at = f"{path}.fields[{index}]"
        if field.key in RESERVED_FIELDS:
            yield Problem(f"{at}.key", "key_reserved", f"không được dùng khóa {field.key}: đã dành cho dòng")
        yield from _answer(at, field, scored=False)
        yield from references.check(f"{at}.when", field.when, earlier, fields=before)
        if field.evidence == "required_on_fail" and not can_fail_field(roster, field):
            message = (
                "trường này không có cách nào bị coi là không đạt: dùng required, hoặc đếm tỷ lệ theo trường này, "
                "hoặc ghi fail: true cho một lựa chọn"
            )
            yield Problem(f"{at}.evidence", "field_never_fails", message)
        before[field.key] = field
    if roster.sample is not None:
        yield from _sample(f"{path}.sample", roster, roster.sample)
    if roster.ratio is not None:
        yield from references.check_counts(f"{path}.ratio.counts", roster.ratio.counts, before)


def _sample(path: str, roster: Roster, plan: Sample) -> Iterator[Problem]:
    if roster.ratio is None:
        yield Problem(path, "sample_ratio", "mẫu hồ sơ phải có ratio để biết hồ sơ nào đạt")
    size = sampling.full_size(plan, sampling.FRAME_LIMIT)
    if plan.at_most is None and size > sampling.SIZE_LIMIT:
        most = sampling.SIZE_LIMIT
        message = f"cần tới {size} hồ sơ, quá {most} dòng: tăng margin, giảm confidence hoặc ghi at_most"
        yield Problem(f"{path}.margin", "sample_size", message)


def kind_of(item: Item) -> str:
    """Name the answer type for rules: a roster with a counted ratio is `derived`."""
    is_derived = isinstance(item.answer, Roster) and item.answer.ratio is not None
    return "derived" if is_derived else item.answer.type


def _scoring(path: str, item: Item) -> Iterator[Problem]:
    rule = rule_of(item)
    if item.points is None:
        if item.score is not None:
            yield Problem(f"{path}.score", "score_unused", "không có points thì không chấm điểm, bỏ score")
        return
    if item.points == 0:
        yield Problem(f"{path}.points", "points_zero", "điểm tối đa phải lớn hơn 0; nội dung không chấm thì bỏ points")
    if kind_of(item) not in RULES[rule or "choice"]:
        named = f"cách chấm {rule}" if item.score is not None else "nội dung có điểm mà không ghi score"
        yield Problem(f"{path}.score", "rule_mismatch", f"{named} không dùng được cho loại trả lời {item.answer.type}")
    elif isinstance(item.score, Bands):
        yield from _bands(f"{path}.score.bands", item.score.bands, item.points)
    elif isinstance(item.score, Deduct):
        if isinstance(item.answer, Roster) and item.answer.sample is not None:
            message = "không trừ điểm theo số dòng của mẫu: số dòng là cỡ mẫu, không phải số vi phạm"
            yield Problem(f"{path}.score", "sample_deduct", message)
        yield from _deduct(path, item, item.score)
    elif isinstance(item.answer, Choice | Choices):
        yield from _choices(f"{path}.answer.choices", item.answer, item.points)


def _bands(path: str, bands: Sequence[Band], points: int) -> Iterator[Problem]:
    more = [band.at_least for band in bands if band.at_least is not None]
    less = [band.at_most for band in bands if band.at_most is not None]
    if len(more) + len(less) != len(bands) or (more and less):
        yield Problem(path, "bands_mixed", "các bậc phải cùng dùng at_least hoặc cùng dùng at_most, mỗi bậc một ngưỡng")
    elif any(a <= b for a, b in pairwise(more)) or any(a >= b for a, b in pairwise(less)):
        yield Problem(path, "bands_order", "ngưỡng phải đi từ bậc tốt nhất: at_least giảm dần, at_most tăng dần")
    if any(better.points <= worse.points for better, worse in pairwise(bands)):
        yield Problem(path, "bands_points", "điểm của bậc sau phải thấp hơn bậc trước")
    if bands[0].points != points:
        yield Problem(f"{path}[0].points", "best_not_full", "bậc tốt nhất phải bằng đúng points của nội dung")


def _deduct(path: str, item: Item, rule: Deduct) -> Iterator[Problem]:
    if rule.deduct.each == 0:
        yield Problem(f"{path}.score.deduct.each", "deduct_zero", "mức trừ phải lớn hơn 0")
    if isinstance(item.answer, Number) and (item.answer.min is None or item.answer.min < 0):
        yield Problem(f"{path}.answer.min", "deduct_minimum", "trừ điểm theo số thì phải ghi min từ 0 trở lên")


def _choices(path: str, answer: Choice | Choices, points: int) -> Iterator[Problem]:
    worth = [option.points or 0 for option in answer.choices]
    for index, each in enumerate(worth):
        if each > points:
            yield Problem(f"{path}[{index}].points", "points_above", "điểm của lựa chọn lớn hơn points của nội dung")
    best = max(worth) if isinstance(answer, Choice) else sum(worth)
    if best < points:
        yield Problem(path, "best_not_full", "không cách trả lời nào đạt đủ points của nội dung")


def _zero_total(path: str, item: Item) -> Iterator[Problem]:
    is_ratio = kind_of(item) in ("ratio", "derived")
    if is_ratio and item.zero_total is None:
        message = "nội dung có tỷ lệ phải ghi zero_total: full, none hoặc not_applicable (khi tổng bằng 0)"
        yield Problem(path, "zero_total_missing", message)
    if not is_ratio and item.zero_total is not None:
        yield Problem(f"{path}.zero_total", "zero_total_unused", "zero_total chỉ dùng cho nội dung có tỷ lệ")


def _failing(path: str, item: Item, earlier: dict[str, Item]) -> Iterator[Problem]:
    is_ratio = kind_of(item) in ("ratio", "derived")
    if item.pass_at is not None and item.points is None and not is_ratio:
        yield Problem(f"{path}.pass_at", "pass_at_unused", "pass_at cần points hoặc một tỷ lệ để so")
    if item.fails_when is not None and (item.points is not None or item.pass_at is not None):
        yield Problem(f"{path}.fails_when", "fails_when_unused", "fails_when chỉ dùng khi không có points và pass_at")
    yield from references.check(f"{path}.fails_when", item.fails_when, earlier | {item.key: item})
    critical = item.critical
    if critical is None:
        return
    if critical.when_fails and not can_fail(item):
        yield Problem(
            f"{path}.critical.when_fails", "never_fails", "nội dung này không có cách nào bị coi là không đạt"
        )
    if critical.below is not None and not is_ratio and not isinstance(item.answer, Number):
        yield Problem(f"{path}.critical.below", "below_mismatch", "below chỉ dùng cho tỷ lệ hoặc số")
    if critical.below is not None and is_ratio and not 0 < critical.below <= 10_000:
        yield Problem(f"{path}.critical.below", "below_range", "below của tỷ lệ là phần trăm, từ trên 0 đến 100")


def can_fail(item: Item) -> bool:
    """Whether any answer could make the item fail."""
    marked = isinstance(item.answer, Choice | Choices) and any(option.fail for option in item.answer.choices)
    return marked or item.points is not None or item.pass_at is not None or item.fails_when is not None


def _finding(path: str, item: Item) -> Iterator[Problem]:
    if item.finding is None:
        return
    if not can_fail(item):
        yield Problem(f"{path}.finding", "never_fails", _NEVER_FAILS)
    texts: list[tuple[str, Text | None]] = [("text", item.finding.text), ("remedy", item.finding.remedy)]
    known = placeholders(item)
    for name, text in texts:
        for language in ("vi", "en"):
            written = getattr(text, language) if text else ""
            for unknown in dict.fromkeys(PLACEHOLDER.findall(written)):
                if unknown not in known:
                    message = f"không có chỗ điền {{{unknown}}} cho loại trả lời này"
                    yield Problem(f"{path}.finding.{name}.{language}", "unknown_placeholder", message)
            if PLACEHOLDER.sub("", written).count("{") or PLACEHOLDER.sub("", written).count("}"):
                yield Problem(f"{path}.finding.{name}.{language}", "loose_brace", "có dấu ngoặc nhọn bị lẻ")
