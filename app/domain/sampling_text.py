"""A sample in words, as desk and documents print it: what was drawn, what it says of all, whether a claim fits."""

from collections.abc import Mapping
from typing import Any

from app.domain.answer_text import hundredths_text, ratio_text
from app.domain.answer_types import Roster, Sample
from app.domain.answers import ItemAnswer
from app.domain.checklist import Item
from app.domain.sampling import Estimate, standing_of
from app.domain.scoring import Trace, estimate_of

# How anybody repeats a draw; printed below the seeds.
REPEATING = (
    "Cách rút lại: đánh số danh sách từ 1. Với k = 0, 1, 2…, lấy 13 chữ số thập lục phân đầu của "
    "SHA-256(“congvu-mau-1|mã rút|k”) thành một số, bỏ qua nếu không nhỏ hơn bội lớn nhất của tổng số không quá 2^52, "
    "chia cho tổng số lấy số dư rồi cộng 1; số đã rút thì bỏ qua, đến khi đủ."
)

_VERDICTS = {
    "compatible": "phù hợp với mẫu",
    "above": "cao hơn mức mẫu cho thấy",
    "below": "thấp hơn mức mẫu cho thấy",
    "too_small": "mẫu quá ít để kiểm chứng",
}


def found_text(item: Item, trace: Trace) -> str | None:
    """Write `26/30 (86,67%) của mẫu rút từ 212; cả kỳ từ 71,69% đến 94,35%`; None if nothing was drawn."""
    found, plan = estimate_of(item, trace), plan_of(item)
    if plan is not None and found is None and "size" in trace.inputs:
        return f"đã rút {trace.inputs['size']} từ {_whole(trace.inputs['frame'])}, chưa có kết quả"
    if found is None or plan is None:
        return None
    told = ratio_text(found.observed, found.total)
    if found.whole:
        return f"{told}, đã xem toàn bộ {_whole(found.frame)}"
    told = f"{told} của mẫu rút từ {_whole(found.frame)}; {interval_text(plan, found)}"
    return f"{told}; mẫu quá ít để kết luận cho cả kỳ" if found.too_small else told


def interval_text(plan: Sample, found: Estimate) -> str:
    """Write the interval with its confidence."""
    low, high, confidence = (hundredths_text(each) for each in (found.low, found.high, plan.confidence))
    return f"cả kỳ từ {low}% đến {high}% (độ tin cậy {confidence}%)"


def verdict_of(item: Item, trace: Trace, claimed: Any) -> str:
    """Say whether what the unit claims may be true, given the sample; empty if there is no sample or no such claim."""
    found, plan = estimate_of(item, trace), plan_of(item)
    if found is None or plan is None or not isinstance(claimed, Mapping):
        return ""
    standing = standing_of(plan, found, claimed["observed"], claimed["total"])
    return _VERDICTS[standing] if standing else ""


def differs(verdict: str) -> bool:
    """Whether a verdict says that the claim does not fit."""
    return verdict in (_VERDICTS["above"], _VERDICTS["below"])


def draw_lines(item: Item, answer: ItemAnswer) -> tuple[str, ...]:
    """What was drawn for an item, so that the unit can repeat it; one line for each draw that stands."""
    plan = plan_of(item)
    if plan is None:
        return ()
    drawn = [each.value for each in answer.sample.candidates if each.value is not None]
    return tuple(
        f"{item.text.vi}: rút {value['size']} trong {_whole(value['frame'])} ({plan.frame.vi}), mã rút {value['seed']}"
        for value in drawn
    )


def plan_of(item: Item) -> Sample | None:
    """The plan of an item whose rows are drawn; None for any other."""
    return item.answer.sample if isinstance(item.answer, Roster) else None


def _whole(count: int) -> str:
    return hundredths_text(count * 100)
