"""What a question's `type` asks for, and why some types have no place in a checklist."""

import re
from dataclasses import dataclass
from typing import Literal

_LOGGED = "nhật ký cuộc kiểm tra đã tự ghi thời điểm, người và máy"
_NO_PLACE = "phiếu không ghi tọa độ"
_NO_SOUND = "phiếu chỉ nhận ảnh và tệp làm minh chứng, không ghi âm, ghi hình"
_EXTERNAL = "dữ liệu ngoài tệp không được nhập"
_COMPUTED = "phiếu không tính toán; điểm do quy tắc chấm của nội dung quyết định"

Answer = Literal["yes_no", "choice", "choices", "number", "text", "date", "time", "evidence", "note"]


@dataclass(frozen=True)
class Kind:
    """How a type is answered here; `why` tells a change. `answer` is None where nothing is asked."""

    answer: Answer | None
    why: str = ""
    whole: bool = False
    list_name: str = ""
    other: bool = False
    ranged: bool = False


_NUMBERS = {"integer": True, "int": True, "decimal": False, "float": False}
_PLAIN: dict[str, Answer] = {
    "text": "text",
    "string": "text",
    "date": "date",
    "time": "time",
    "note": "note",
}
_CHANGED: dict[str, tuple[Answer, str]] = {
    "datetime": ("date", "phiếu hỏi ngày hoặc giờ: chỉ giữ ngày"),
    "dateTime": ("date", "phiếu hỏi ngày hoặc giờ: chỉ giữ ngày"),
    "barcode": ("text", "phiếu không quét mã: ghi bằng chữ"),
    "acknowledge": ("yes_no", "xác nhận thành câu hỏi Có/Không"),
    "trigger": ("yes_no", "xác nhận thành câu hỏi Có/Không"),
    "image": ("evidence", "ảnh thành minh chứng của một nội dung ghi bằng chữ"),
    "photo": ("evidence", "ảnh thành minh chứng của một nội dung ghi bằng chữ"),
    "picture": ("evidence", "ảnh thành minh chứng của một nội dung ghi bằng chữ"),
    "file": ("evidence", "tệp thành minh chứng của một nội dung ghi bằng chữ"),
}
_REFUSED = {
    **dict.fromkeys(("start", "end", "today", "deviceid", "imei", "username", "audit"), _LOGGED),
    **dict.fromkeys(("subscriberid", "simserial", "phonenumber", "phone_number", "email", "uri:username"), _LOGGED),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "location", "gps", "start-geopoint", "osm"), _NO_PLACE),
    **dict.fromkeys(("background-geopoint",), _NO_PLACE),
    **dict.fromkeys(("audio", "video", "background-audio"), _NO_SOUND),
    **dict.fromkeys(("xml-external", "csv-external"), _EXTERNAL),
    **dict.fromkeys(("calculate", "hidden", "setvalue"), _COMPUTED),
    "rank": "phiếu không có câu hỏi xếp thứ tự",
}
_LIST = re.compile(
    r"(?P<command>select_one_external|select_one_from_file|select_multiple_from_file|select_one|select1|select_multiple"
    r"|select all that apply from|select one from|select one external|select one|select multiple|rank"
    r"|add select one prompt using|add select multiple prompt using)\s+(?P<list>.+?)"
    r"(?P<other>\s+(?:or[_ ]specify[_ ]other|or[_ ]other))?",
    re.IGNORECASE,
)
_PROMPT = re.compile(r"(?:add|q)\s+(.+?)(?:\s+prompt)?", re.IGNORECASE)


def kind_of(text: str) -> Kind:
    """Read a `type` cell."""
    chosen = _LIST.fullmatch(text)
    if chosen:
        return _select(chosen)
    word = text.lower()
    prompt = _PROMPT.fullmatch(word)
    if prompt:
        word = prompt.group(1).replace("date time", "datetime")
    if word in _NUMBERS:
        return Kind("number", whole=_NUMBERS[word])
    if word == "range":
        return Kind("number", "thanh trượt thành ô số", ranged=True)
    if word in _PLAIN:
        return Kind(_PLAIN[word])
    if word in _CHANGED:
        return Kind(*_CHANGED[word])
    if word.split(" ")[0] == "osm":
        word = "osm"
    return Kind(None, _REFUSED.get(word, f"không có loại câu hỏi “{text[:40]}”"))


def _select(chosen: re.Match[str]) -> Kind:
    command = " ".join(chosen["command"].lower().replace("_", " ").split())
    if command == "rank":
        return Kind(None, _REFUSED["rank"])
    if command.endswith("from file"):
        return Kind("text", "lựa chọn nằm ở tệp ngoài: ghi bằng chữ")
    several = "multiple" in command or "all that apply" in command
    return Kind(
        "choices" if several else "choice",
        list_name=chosen["list"],
        other=chosen["other"] is not None,
    )
