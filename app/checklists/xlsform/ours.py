"""The rows by which an answer of several parts stands in an XLSForm: a ratio, a document, a claim, a photo.

They are made from the checklist when it is exported; when it comes back, what is written in them is compared with
what would be made again, so that an edit which has no effect is told and not swallowed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

SHOWN_LIST = "congvu_shown"
SHOWN = (("shown", "Có xuất trình", "Shown"), ("not_shown", "Không xuất trình", "Not shown"))
# A row as texts by column; `label` and `label_en` are the two languages.
Made = dict[str, str]

_CLAIMED = ("Đơn vị tự báo cáo", "Claimed by the unit")
_WORDS = {
    "period_from": ("date", "Kỳ số liệu: từ ngày", "Period from"),
    "period_to": ("date", "Kỳ số liệu: đến ngày", "Period to"),
    "source": ("text", "Nguồn số liệu", "Source of the figures"),
    "number": ("text", "Số, ký hiệu văn bản", "Document number"),
    "issued_on": ("date", "Ngày văn bản", "Issued on"),
    "signer": ("text", "Người ký", "Signed by"),
    "kind": ("text", "Loại văn bản", "Kind of document"),
}
DOCUMENT = ("shown", "number", "issued_on", "signer", "kind")


def part_rows(name: str, part: Mapping[str, Any], answer: Mapping[str, Any], main: Mapping[str, str]) -> Iterator[Made]:
    """The rows beside the main row of an item (or document field); `main` is that row, for its type and relevant."""
    kind = answer["type"]
    if kind == "ratio":
        yield from _ratio(name, answer)
    elif kind == "document":
        yield from _document(name)
    elif kind != "roster" and answer.get("claimed"):
        yield _made(name, "claimed", main.get("type", ""), *_CLAIMED, relevant=main.get("relevant", ""))
    if "answer" in part and part.get("evidence", "optional") != "none":
        required = "yes" if part.get("evidence") == "required" else ""
        relevant = "" if kind in ("ratio", "document") else main.get("relevant", "")
        yield _made(name, "photo", "image", "Ảnh minh chứng", "Photo", relevant=relevant, required=required)


def _ratio(name: str, answer: Mapping[str, Any]) -> Iterator[Made]:
    yield from _counts(name, "", answer, "")
    for part in (*(("period_from", "period_to") if answer.get("period") else ()), *_source(answer)):
        yield _made(name, part, *_WORDS[part])
    if answer.get("claimed"):
        yield from _counts(name, "claimed_", answer, f"{_CLAIMED[0]}: ")


def _source(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return ("source",) if answer.get("source") else ()


def _counts(name: str, prefix: str, answer: Mapping[str, Any], before: str) -> Iterator[Made]:
    observed, total = answer.get("observed", {}), answer.get("total", {})
    first = _made(name, f"{prefix}observed", "integer", _say(observed, "vi", before), _say(observed, "en", before))
    yield first | {"constraint": ". >= 0"}
    second = _made(name, f"{prefix}total", "integer", _say(total, "vi", before), _say(total, "en", before))
    yield second | {"constraint": f". >= ${{{name}_{prefix}observed}}"}


def _say(text: Mapping[str, str], language: str, before: str) -> str:
    said = text.get(language, "")
    return f"{before}{said}" if said else ""


def _document(name: str) -> Iterator[Made]:
    yield _made(name, "shown", f"select_one {SHOWN_LIST}", "Xuất trình văn bản", "Document shown")
    for part in DOCUMENT[1:]:
        yield _made(name, part, *_WORDS[part], relevant=f"${{{name}_shown}} = 'shown'")


def _made(name: str, part: str, kind: str, vi: str, en: str, *, relevant: str = "", required: str = "") -> Made:
    return {
        "type": kind,
        "name": f"{name}_{part}",
        "label": vi,
        "label_en": en,
        "relevant": relevant,
        "required": required,
        "congvu_part": part,
    }
