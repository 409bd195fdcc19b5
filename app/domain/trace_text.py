"""Why an item scored as it did, in a Vietnamese sentence: the trace of `scoring` for people."""

from app.domain.answer_text import hundredths_text, percent_text
from app.domain.checklist import Band, Bands, Deduct, Item, Proportional
from app.domain.scoring import Trace, half_up

_SENTENCES = {
    "not_asked": "Không thuộc diện hỏi",
    "not_applicable": "Không áp dụng, không tính vào điểm tối đa",
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


def why_text(item: Item, trace: Trace) -> str:
    """Say which rule gave the points, with its figures."""
    told = _SENTENCES.get(trace.why) or _rule_text(item, trace)
    if "frame" in trace.inputs:
        told += f"; mẫu {trace.inputs['size']} rút từ {hundredths_text(trace.inputs['frame'] * 100)}"
    if trace.contested:
        told += "; câu trả lời còn mâu thuẫn, lấy mức thấp nhất"
    elif trace.state == "incomplete":
        told += "; còn dòng chưa trả lời"
    return told


def earned_text(trace: Trace) -> str:
    """Write `4,5/5`; a dash for what does not score."""
    if trace.earned is None or trace.possible is None:
        return "–"
    return f"{hundredths_text(half_up(trace.earned))}/{hundredths_text(trace.possible)}"


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
            found = hundredths_text(trace.inputs.get("rows", 0) * 100 or trace.inputs.get("value", 0))
            return f"Trừ {hundredths_text(deduction.each)} điểm mỗi trường hợp, có {found} trường hợp"
    return trace.why


def _band_text(band: Band, *, percent: bool) -> str:
    sign, bound = ("≥", band.at_least) if band.at_least is not None else ("≤", band.at_most or 0)
    return f"Đạt mức {sign} {hundredths_text(bound)}{'%' if percent else ''}: {hundredths_text(band.points)} điểm"
