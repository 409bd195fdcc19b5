"""A checklist's rules in plain Vietnamese: how an item is answered, what it is worth, what a failure becomes.

For people who read a checklist before it is used: nothing here decides anything. Numbers are hundredths.
"""

from collections.abc import Mapping

from app.domain.answer_text import hundredths_text
from app.domain.answer_types import (
    AllOf,
    AnyOf,
    Choice,
    ChoiceField,
    Choices,
    ChoicesField,
    Comparison,
    Condition,
    FreeText,
    Negation,
    Number,
    NumberField,
    Ratio,
    Roster,
    RosterField,
    Sample,
    TextField,
    YesNo,
)
from app.domain.answer_types import Answer as AnswerSpec
from app.domain.checklist import Band, Bands, Checklist, Deduct, Item, Proportional

_PLACEHOLDERS = {
    "observed": "số đạt",
    "total": "tổng số",
    "missing": "số còn thiếu",
    "percent": "tỷ lệ",
    "claimed": "số đơn vị báo cáo",
    "value": "giá trị ghi nhận",
    "exceptions": "các dòng không đạt",
}

Sources = Mapping[str, tuple[str, AnswerSpec | RosterField]]  # what a condition may name: its text and its type

_VALUES = {
    ("yes_no", "yes"): "“Có”",
    ("yes_no", "no"): "“Không”",
    ("document", "shown"): "“xuất trình được”",
    ("document", "not_shown"): "“không xuất trình được”",
}
_PLAIN = {"date": "Ngày", "time": "Giờ", "document": "Văn bản: số, ngày, người ký, loại", "yes_no": "Có / Không"}
_EVIDENCE = {
    "required": "Bắt buộc có ảnh minh chứng",
    "required_on_fail": "Bắt buộc có ảnh minh chứng khi không đạt",
    "optional": "Có thể kèm ảnh minh chứng",
    "none": "Không cần ảnh",
}
_ZERO_TOTAL = {
    "full": "Tổng số bằng 0: được đủ điểm",
    "none": "Tổng số bằng 0: 0 điểm",
    "not_applicable": "Tổng số bằng 0: coi là không áp dụng, không tính vào điểm",
}


def evidence_words(item: Item | RosterField) -> str:
    """Say whether photos are asked for."""
    return _EVIDENCE[item.evidence]


def template_words(text: str) -> str:
    """A finding's sentence with its placeholders named: `{missing}` is shown as `[số còn thiếu]`."""
    for name, words in _PLACEHOLDERS.items():
        text = text.replace(f"{{{name}}}", f"[{words}]")
    return text


def answer_words(spec: AnswerSpec | RosterField) -> str:
    """Say in one line how something is answered."""
    if isinstance(spec, Choice | ChoiceField | Choices | ChoicesField):
        several = isinstance(spec, Choices | ChoicesField)
        names = "; ".join(option.text.vi for option in spec.choices)
        return f"{'Chọn một hoặc nhiều' if several else 'Chọn một'}: {names}"
    if isinstance(spec, Number | NumberField):
        return _number_words(spec)
    if isinstance(spec, FreeText | TextField):
        return f"Chữ, tối đa {spec.max_length} ký tự"
    if isinstance(spec, Ratio):
        extras = [name for asked, name in ((spec.period, "kỳ số liệu"), (spec.source, "nguồn số liệu")) if asked]
        suffix = f" (kèm {' và '.join(extras)})" if extras else ""
        return f"Hai số đếm: {spec.observed.vi.lower()} trên {spec.total.vi.lower()}{suffix}"
    if isinstance(spec, Roster):
        rows = f"Danh sách, mỗi dòng một “{spec.row.label.vi}”"
        return rows if spec.sample is None else f"{rows}; {_sample_words(spec.sample)}"
    return _PLAIN[spec.type]


def _sample_words(plan: Sample) -> str:
    confidence, margin = hundredths_text(plan.confidence), hundredths_text(plan.margin)
    words = f"các dòng do máy rút ngẫu nhiên trong “{plan.frame.vi}”, độ tin cậy {confidence}%, sai số ±{margin}%"
    return words if plan.at_most is None else f"{words}, nhiều nhất {plan.at_most}"


def counted_words(roster: Roster) -> str:
    """Say how a ratio is counted from the rows; empty if none is."""
    if roster.ratio is None:
        return ""
    counts, fields = roster.ratio.counts, {field.key: field for field in roster.fields}
    name = fields[counts.field].text.vi
    if counts.not_after is not None:
        way = f"“{name}” không sau “{fields[counts.not_after].text.vi}”"
    else:
        way = f"“{name}” là {_value_words(fields[counts.field], counts.is_ or '')}"
    return f"Tỷ lệ đếm từ danh sách: số dòng có {way}, trên số dòng đã trả lời"


def score_words(item: Item, checklist: Checklist) -> tuple[str, ...]:
    """Say in a few lines what the item is worth and what trips it."""
    lines = [*_rule_words(item)]
    if item.zero_total and item.points is not None:
        lines.append(_ZERO_TOTAL[item.zero_total])
    if item.pass_at is not None:
        lines.append(f"Coi là đạt khi được từ {hundredths_text(item.pass_at)}% số điểm")
    if item.fails_when is not None:
        lines.append(f"Coi là không đạt khi {condition_words(item.fails_when, sources(checklist, item))}")
    if item.critical is not None:
        grade = next((each.label.vi for each in checklist.grades if each.key == item.critical.grade_at_most), "?")
        trigger = "không đạt"
        if item.critical.below is not None:
            trigger = f"dưới {_measure(item, item.critical.below)}"
        lines.append(f"Điểm liệt: nếu {trigger} thì xếp loại cao nhất là “{grade}”")
    return tuple(lines)


def condition_words(condition: Condition, known: Sources) -> str:
    """Read a `when` or `fails_when` table aloud."""
    if isinstance(condition, Negation):
        return f"không phải ({condition_words(condition.not_, known)})"
    if isinstance(condition, AllOf):
        return " và ".join(_inner(each, known) for each in condition.all_)
    if isinstance(condition, AnyOf):
        return " hoặc ".join(_inner(each, known) for each in condition.any_)
    return _comparison_words(condition, known)


def sources(checklist: Checklist, item: Item) -> Sources:
    """What a condition at `item` may name: every item, and the fields of the item's own rows."""
    known: dict[str, tuple[str, AnswerSpec | RosterField]] = {
        f"item/{each.key}": (each.text.vi, each.answer) for each in checklist.items()
    }
    if isinstance(item.answer, Roster):
        known.update({f"field/{each.key}": (each.text.vi, each) for each in item.answer.fields})
    return known


def _inner(condition: Condition, known: Sources) -> str:
    words = condition_words(condition, known)
    return f"({words})" if isinstance(condition, AllOf | AnyOf) else words


def _comparison_words(comparison: Comparison, known: Sources) -> str:
    key = f"item/{comparison.item}" if comparison.item is not None else f"field/{comparison.field}"
    text, spec = known.get(key, (key, None))
    if comparison.is_ is not None:
        return f"“{text}” là {_value_words(spec, comparison.is_)}"
    if comparison.is_not is not None:
        return f"“{text}” khác {_value_words(spec, comparison.is_not)}"
    if comparison.in_ is not None:
        return f"“{text}” là một trong: {', '.join(_value_words(spec, each) for each in comparison.in_)}"
    bound, words = (comparison.at_least, "từ") if comparison.at_least is not None else (comparison.at_most, "đến")
    shown = "/".join(reversed(bound.split("-"))) if isinstance(bound, str) else hundredths_text(bound or 0)
    unit = "%" if isinstance(spec, Ratio | Roster) else ""
    return f"“{text}” {words} {shown}{unit} {'trở lên' if words == 'từ' else 'trở xuống'}"


def _value_words(spec: AnswerSpec | RosterField | None, value: str) -> str:
    if isinstance(spec, Choice | ChoiceField | Choices | ChoicesField):
        return next((f"“{option.text.vi}”" for option in spec.choices if option.key == value), value)
    return _VALUES.get((spec.type if spec else "", value), value)


def _number_words(spec: Number | NumberField) -> str:
    words = f"Số {'nguyên ' if spec.whole else ''}({spec.unit.vi})"
    if spec.min is not None:
        words += f", từ {hundredths_text(spec.min)}"
    if spec.max is not None:
        words += f", đến {hundredths_text(spec.max)}"
    return words


def _rule_words(item: Item) -> list[str]:
    if item.points is None:
        return ["Không tính điểm"]
    points = hundredths_text(item.points)
    rule = item.score
    if isinstance(rule, Deduct):
        each = hundredths_text(rule.deduct.each)
        what = item.answer.unit.vi if isinstance(item.answer, Number) else "dòng"
        return [f"{points} điểm, trừ {each} điểm cho mỗi {what}, không dưới 0"]
    if isinstance(rule, Bands):
        bands = "; ".join(_band_words(item, band) for band in rule.bands)
        return [f"Tối đa {points} điểm: {bands}; còn lại 0 điểm"]
    if isinstance(rule, Proportional) or rule == "proportional":
        lines = [f"{points} điểm × số đạt / tổng số"]
        if isinstance(rule, Proportional) and rule.proportional.floor:
            lines.append(f"Dưới {hundredths_text(rule.proportional.floor)}%: 0 điểm")
        return lines
    return [_plain_rule(item, points)]


def _plain_rule(item: Item, points: str) -> str:
    answer = item.answer
    if isinstance(answer, YesNo):
        yes, no = ("0", points) if answer.inverted else (points, "0")
        return f"Có: {yes} điểm; Không: {no} điểm"
    if isinstance(answer, Choice | Choices):
        each = "; ".join(f"{option.text.vi}: {hundredths_text(option.points or 0)} điểm" for option in answer.choices)
        return f"{each} (cộng lại, tối đa {points} điểm)" if isinstance(answer, Choices) else each
    if answer.type == "document":
        return f"Xuất trình được: {points} điểm; không xuất trình được: 0 điểm"
    return f"Tối đa {points} điểm"


def _band_words(item: Item, band: Band) -> str:
    bound, words = (band.at_least, "từ {} trở lên") if band.at_least is not None else (band.at_most, "đến {}")
    return f"{words.format(_measure(item, bound or 0))}: {hundredths_text(band.points)} điểm"


def _measure(item: Item, value: int) -> str:
    """A bound in the item's own measure: percent of a ratio, or the number's unit."""
    if isinstance(item.answer, Number):
        return f"{hundredths_text(value)} {item.answer.unit.vi}"
    return f"{hundredths_text(value)}%"
