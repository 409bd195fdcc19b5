"""Answers in words, as Vietnamese documents print them: `9/9 (100%)`, `2,5 điểm`, `Có`."""

from collections.abc import Mapping
from typing import Any

from app.domain.answer_types import (
    Answer,
    Choice,
    ChoiceField,
    Choices,
    ChoicesField,
    Date,
    DateField,
    Document,
    DocumentField,
    Number,
    NumberField,
    Ratio,
    Roster,
    RosterField,
    YesNo,
    YesNoField,
)

_YES_NO = {"yes": "Có", "no": "Không"}


def hundredths_text(value: int) -> str:
    """Write hundredths in Vietnamese notation: 750 gives `7,5`, 123456 gives `1.234,56`."""
    whole, rest = divmod(abs(value), 100)
    grouped = f"{whole:,}".replace(",", ".")
    decimals = f"{rest:02d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{grouped}{f',{decimals}' if decimals else ''}"


def percent_text(observed: int, total: int) -> str:
    """Write a share in percent, at most two decimals, rounded half up. `total` must be positive."""
    return hundredths_text((20000 * observed + total) // (2 * total)) + "%"


def ratio_text(observed: int, total: int) -> str:
    """Write `8/9 (88,89%)`; with nothing to count, only `0/0`."""
    counted = f"{hundredths_text(observed * 100)}/{hundredths_text(total * 100)}"
    return f"{counted} ({percent_text(observed, total)})" if total > 0 else counted


def answer_text(spec: Answer | RosterField, value: Any) -> str:
    """Write one answer. What does not fit its type is written as it came, so that nothing is hidden."""
    match spec:
        case _ if value is None:
            return "chưa trả lời"
        case YesNo() | YesNoField():
            return _YES_NO.get(value, str(value)) if isinstance(value, str) else str(value)
        case Choice() | ChoiceField():
            return _option_text(spec, value)
        case Choices() | ChoicesField() if isinstance(value, list):
            return "; ".join(_option_text(spec, each) for each in value) or "không chọn mục nào"
        case Ratio() if isinstance(value, Mapping):
            return _ratio_value(value)
        case Number() | NumberField() if isinstance(value, int):
            return f"{hundredths_text(value)} {spec.unit.vi}"
        case Date() | DateField() if isinstance(value, str):
            return "/".join(reversed(value.split("-")))
        case Document() | DocumentField() if isinstance(value, Mapping):
            return _document_text(value)
        case Roster():
            return "không có" if value == "none" else str(value)
    return str(value)


def _option_text(spec: Choice | ChoiceField | Choices | ChoicesField, key: Any) -> str:
    return next((option.text.vi for option in spec.choices if option.key == key), str(key))


def _ratio_value(value: Mapping[str, Any]) -> str:
    observed, total = value.get("observed"), value.get("total")
    if not isinstance(observed, int) or not isinstance(total, int):
        return str(dict(value))
    return ratio_text(observed, total)


def _document_text(value: Mapping[str, Any]) -> str:
    if value.get("shown") is False:
        return "không xuất trình"
    issued = value.get("issued_on")
    parts = [str(value.get("kind") or "văn bản")]
    if value.get("number"):
        parts.append(f"số {value['number']}")
    if isinstance(issued, str) and issued:
        parts.append("ngày " + "/".join(reversed(issued.split("-"))))
    if value.get("signer"):
        parts.append(f"do {value['signer']} ký")
    return " ".join(parts)
