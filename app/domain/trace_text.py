"""Why an item scored as it did, in a Vietnamese sentence: the trace of `scoring` for people.

Twin of offline_client/src/domain/trace_text.ts; both are held to tests/vectors/explained/ and to the differential test.
"""

from collections.abc import Mapping
from fractions import Fraction

from app.domain.answer_text import answer_text, hundredths_text, percent_text, ratio_text
from app.domain.answer_types import Document
from app.domain.answers import ItemAnswer
from app.domain.checklist import Band, Bands, Checklist, Deduct, Item, Proportional
from app.domain.checklist_text import condition_words, sources
from app.domain.conditions import items_named
from app.domain.scoring import Score, Trace, half_up

_SENTENCES = {
    "unanswered": "Chưa có kết quả: 0 điểm, không tính là không đạt",
    "no_points": "Nội dung không chấm điểm",
    "choice": "Điểm theo phương án được chọn",
    "capped": "Tổng điểm các phương án vượt mức tối đa, lấy mức tối đa",
    "document_shown": "Có văn bản: đủ điểm",
    "document_not_shown": "Không xuất trình văn bản: 0 điểm",
    "no_rule": "Không có quy tắc chấm",
}
_ZERO_TOTAL = {
    "full": "Không phát sinh: đủ điểm",
    "none": "Không phát sinh: 0 điểm",
    "not_applicable": "Không phát sinh, không tính vào điểm tối đa",
}
_STATES = {"not_asked": "không hỏi", "not_applicable": "không áp dụng", "contested": "còn mâu thuẫn"}


def why_texts(checklist: Checklist, answers: Mapping[str, ItemAnswer], score: Score) -> dict[str, str]:
    """Say for every item which rule gave the points, with its figures, or why it did not apply."""
    traces = {trace.key: trace for trace in score.items}
    return {item.key: _why_text(checklist, item, answers[item.key], traces) for item in checklist.items()}


def earned_text(trace: Trace) -> str:
    """Write `4,5/5`; a dash for what does not score."""
    if trace.earned is None or trace.possible is None:
        return "–"
    return f"{hundredths_text(half_up(trace.earned))}/{hundredths_text(trace.possible)}"


def exact_text(hundredths: Fraction | None) -> str:
    """Write points as a fraction in lowest terms where two decimals do not say them whole: `40/9`; else nothing."""
    if hundredths is None or hundredths.denominator == 1:
        return ""
    points = hundredths / 100
    return f"{points.numerator}/{points.denominator}"


def _why_text(checklist: Checklist, item: Item, answer: ItemAnswer, traces: Mapping[str, Trace]) -> str:
    trace = traces[item.key]
    if trace.why == "not_asked":
        return _not_asked_text(checklist, item, traces)
    if trace.why == "not_applicable":
        told = f"Không áp dụng ({_reason_text(answer)}), không tính vào điểm tối đa"
    else:
        told = _SENTENCES.get(trace.why) or _rule_text(item, trace)
    if "frame" in trace.inputs:
        told += f"; mẫu {trace.inputs['size']} rút từ {hundredths_text(trace.inputs['frame'] * 100)}"
    if trace.contested:
        told += "; câu trả lời còn mâu thuẫn, lấy mức thấp nhất"
    elif trace.state == "incomplete":
        told += "; còn dòng chưa trả lời"
    return told


def _reason_text(answer: ItemAnswer) -> str:
    reasons = (each.value.get("reason") for each in answer.na.candidates if each.value is not None)
    return " / ".join(dict.fromkeys(each for each in reasons if isinstance(each, str))) or "không ghi lý do"


def _not_asked_text(checklist: Checklist, item: Item, traces: Mapping[str, Trace]) -> str:
    """Name the condition, and what stands now in the items it names."""
    if item.when is None:
        return "Không thuộc diện hỏi"
    named = items_named(item.when)
    now = "; ".join(
        f"“{each.text.vi}”: {_found_text(each, traces[each.key])}" for each in checklist.items() if each.key in named
    )
    return f"Không hỏi, vì chỉ hỏi khi {condition_words(item.when, sources(checklist, item))}. Hiện nay {now}"


def _found_text(item: Item, trace: Trace) -> str:
    """What a condition knows of an item."""
    if trace.state in _STATES:
        return _STATES[trace.state]
    if trace.why == "unanswered":
        return "chưa trả lời"
    observed, total = trace.inputs.get("observed"), trace.inputs.get("total")
    if isinstance(observed, int) and isinstance(total, int):
        return ratio_text(observed, total)
    value = trace.inputs.get("value")
    if isinstance(item.answer, Document):
        return "xuất trình được" if value == "shown" else "không xuất trình được"
    return answer_text(item.answer, value)


def _rule_text(item: Item, trace: Trace) -> str:
    points = hundredths_text(item.points or 0)
    observed, total = trace.inputs.get("observed", 0), trace.inputs.get("total", 0)
    match trace.why, item.score:
        case "zero_total", _:
            return _ZERO_TOTAL.get(item.zero_total or "not_applicable", "")
        case "share", _:
            return f"Theo tỷ lệ: {points} × {observed}/{total}"
        case "below_floor", Proportional(proportional=share):
            return f"{percent_text(observed, total)} thấp hơn mức sàn {hundredths_text(share.floor)}%: 0 điểm"
        case "band", Bands(bands=bands):
            return _band_text(bands[trace.inputs["band"]], percent="total" in trace.inputs)
        case "no_band", _:
            return "Không đạt mức nào: 0 điểm"
        case "deducted", Deduct(deduct=deduction):
            rows = trace.inputs.get("rows")
            found = hundredths_text(trace.inputs["value"] if rows is None else rows * 100)
            return f"Trừ {hundredths_text(deduction.each)} điểm mỗi trường hợp, có {found} trường hợp"
    return trace.why


def _band_text(band: Band, *, percent: bool) -> str:
    sign, bound = ("≥", band.at_least) if band.at_least is not None else ("≤", band.at_most or 0)
    return f"Đạt mức {sign} {hundredths_text(bound)}{'%' if percent else ''}: {hundredths_text(band.points)} điểm"
