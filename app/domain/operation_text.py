"""Operations in words: which cell one writes, what it puts there, and what its device's clock said.

Nothing here raises on what a device sent: a value that does not fit is written as it came, so that nothing is hidden.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.answer_text import answer_text, ratio_text
from app.domain.answer_types import Roster, RosterField
from app.domain.calendar import VIET_NAM
from app.domain.checklist import Checklist, Item
from app.domain.operations import Entry, cell_value

NO_ROW_LABEL = "(chưa đặt tên)"
NOTHING = "(trống)"
NO_PATH, UNREADABLE = "Thay đổi không đọc được", "(không đọc được)"  # of a body that says nothing
_ASPECTS = {
    "": "Câu trả lời",
    "note": "Ghi chú",
    "na": "Không áp dụng",
    "claimed": "Đơn vị báo cáo",
    "observed_at": "Giờ quan sát",
    "sample": "Rút mẫu",
}
_ROW_CELLS = {"label": "Tên dòng", "order": "Thứ tự dòng", "deleted": "Xóa dòng"}
_AREAS = {
    "photo": "Ảnh",
    "caption": "Mô tả ảnh",
    "note": "Ghi chú chung",
    "done": "Đánh dấu xong phần",
    "assign": "Phân công phần",
    "comment": "Trao đổi trong đoàn",
    "held": "Thay đổi bị giữ",
    "start/visit": "Bắt đầu cuộc kiểm tra",
    "visit/closing": "Chốt biên bản",
    "sign/lead": "Chữ ký trưởng đoàn",
    "sign/unit": "Chữ ký đơn vị",
}
MINUTES = {
    "visit/place": "Địa điểm",
    "visit/started_at": "Bắt đầu",
    "visit/ended_at": "Kết thúc",
    "visit/unit_attendees": "Thành phần phía đơn vị",
    "visit/unit_recommendations": "Kiến nghị của đơn vị",
    "visit/remarks": "Nhận xét chung",
}


def moment_of(wall: str) -> datetime | None:
    """Read what a device's clock said; None unless it names a moment. Evidence only: nothing is decided by it."""
    try:
        moment = datetime.fromisoformat(wall)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(VIET_NAM)
    except OverflowError:  # a clock at the very edge of time
        return None


def received_moment(received_at: int | None) -> datetime | None:
    """Turn the server's milliseconds since 1970 into a moment in Viet Nam."""
    return None if received_at is None else datetime.fromtimestamp(received_at / 1000, VIET_NAM)


def item_key_of(path: str, photos: Mapping[str, str]) -> str | None:
    """Name the item a path belongs to; `photos` says of which path each photo, note or comment is."""
    parts = (photos.get(path.removesuffix("/caption")) or path).split("/")
    return parts[1] if len(parts) > 1 and parts[0] == "item" else None


def place_text(item: Item | None, path: str, row_labels: Mapping[str, str]) -> str:
    """Name the cell of a path: `Bàn số 3 · Có biển để bàn`, `Ghi chú`."""
    parts = path.split("/")
    if parts[0] != "item":
        return MINUTES.get(path) or _AREAS.get(path) or _AREAS.get(parts[-1]) or _AREAS.get(parts[0]) or path or NO_PATH
    if len(parts) == 5 and parts[2] == "row":
        field = _field(item, parts[4])
        name = field.text.vi if field else _ROW_CELLS.get(parts[4], parts[4])
        return f"{row_labels.get(parts[3], NO_ROW_LABEL)} · {name}"
    return _ASPECTS.get("/".join(parts[2:]), path)


def value_text(item: Item | None, path: str, value: Any) -> str:
    """Write what stands in a cell; without a path the body could not be read, so nobody knows what it would be."""
    if value is None:
        return NOTHING if path else UNREADABLE
    parts = path.split("/")
    if parts[0] == "item" and item is not None:
        return _item_value(item, parts, value)
    if parts[0] == "photo" and isinstance(value, Mapping) and "sha256" in value:
        return _photo_text(value)
    if path == "start/visit" and isinstance(value, Mapping) and type(value.get("at")) is int:
        at = received_moment(value["at"])
        return f"Máy ghi {at:%H:%M:%S %d/%m/%Y}"
    if isinstance(value, Mapping):
        return str(value.get("text") or value.get("mime") or value.get("reason") or dict(value))
    if parts[0] == "assign" and isinstance(value, list):
        return f"{len(value)} người" if value else "không giao cho ai"
    return "Đã xong" if value is True else str(value)


def location_text(place: Any) -> str:
    """Write where a photo was taken, `21,13800° B, 105,50500° Đ, sai số 12 m`; empty if nothing was recorded."""
    try:
        lat, lon, accuracy = (int(place[key]) for key in ("lat_e6", "lon_e6", "accuracy_m"))
    except (KeyError, TypeError, ValueError):
        return ""
    ends = (_degrees(lat, "B", "N"), _degrees(lon, "Đ", "T"))
    return f"{', '.join(ends)}, sai số {accuracy} m"


def origin_text(*, made_from: str, masked: bool) -> str:
    """What a photo was made from by hand, in words; empty for one as the camera took it."""
    if not made_from:
        return ""
    return "Đã che khuôn mặt hoặc giấy tờ từ ảnh gốc" if masked else "Đã đánh dấu trên ảnh gốc"


def _degrees(millionths: int, positive: str, negative: str) -> str:
    """Degrees with five decimals, some one metre."""
    hundred_thousandths = (abs(millionths) + 5) // 10
    whole, part = divmod(hundred_thousandths, 100_000)
    return f"{whole},{part:05d}° {negative if millionths < 0 else positive}"


def _photo_text(value: Mapping[str, Any]) -> str:
    """`Ảnh image/jpeg, 200 kB, chụp 08:31 13/08/2020, 21,13800° B …; làm từ ảnh aaaaaaaa, đã che`."""
    size = value.get("size")
    taken = moment_of(str(value.get("taken_at") or ""))
    source = value.get("made_from")
    told = [
        f"Ảnh {value.get('mime')}",
        f"{-(-size // 1000)} kB" if isinstance(size, int) else "",
        f"chụp {taken:%H:%M %d/%m/%Y}" if taken else "",
        location_text(value.get("place")),
    ]
    text = ", ".join(each for each in told if each)
    if not isinstance(source, Mapping):
        return text
    return f"{text}; làm từ ảnh {str(source.get('sha256'))[:8]}{', đã che' if source.get('masked') is True else ''}"


def details_text(value: Any) -> str:
    """Write a ratio's period and source: what stands beside the figures."""
    if not isinstance(value, Mapping):
        return ""
    period, source = value.get("period"), value.get("source")
    told = []
    if isinstance(period, Mapping) and all(isinstance(period.get(end), str) for end in ("from", "to")):
        told.append(f"Kỳ {_day(period['from'])} – {_day(period['to'])}")
    if isinstance(source, str) and source:
        told.append(f"Nguồn: {source}")
    return "; ".join(told)


def entry_value(entry: Entry) -> Any:
    """Return what an entry puts (or, if held, would put) into its cell."""
    if entry.kind in {"resolve", "adopt"} and not isinstance(entry.value, Mapping):
        return entry.value
    if entry.kind in {"resolve", "adopt"} and "value" not in entry.value:
        return dict(entry.value)
    return cell_value(entry.kind, entry.value)


def reason_text(entry: Entry) -> str:
    """Return the reason that was given with an entry, if its kind asks for one."""
    if entry.kind in {"resolve", "adopt", "dismiss", "reopen", "amend"} and isinstance(entry.value, Mapping):
        return str(entry.value.get("reason") or "")
    return ""


def checklist_items(checklist: Checklist) -> Mapping[str, Item]:
    """The items of a checklist by key, in document order."""
    return {item.key: item for item in checklist.items()}


def _item_value(item: Item, parts: list[str], value: Any) -> str:
    if len(parts) == 2:
        return answer_text(item.answer, value)
    if parts[2] == "claimed":
        return claim_text(item, value)
    if parts[2] == "sample" and isinstance(value, Mapping):
        return draw_text(value)
    if parts[2] == "na" and isinstance(value, Mapping):
        return str(value.get("reason") or dict(value))
    if parts[2] == "row" and len(parts) == 5:
        field = _field(item, parts[4])
        if field is not None:
            return answer_text(field, value)
        return "Xóa dòng này" if parts[4] == "deleted" else str(value)
    return _local_time(value) if parts[2] == "observed_at" else str(value)


def draw_text(value: Mapping[str, Any]) -> str:
    """Write a draw so that anybody can repeat it: `Rút 30 trong 212, mã rút …`."""
    told = f"Rút {value.get('size')} trong {value.get('frame')}, mã rút {value.get('seed')}"
    details = details_text(value)
    return f"{told}; {details}" if details else told


def claim_text(item: Item, value: Any) -> str:
    """Write what the unit reports of itself: of a roster, its counts."""
    counted = isinstance(value, Mapping) and all(isinstance(value.get(key), int) for key in ("observed", "total"))
    if counted:
        return ratio_text(value["observed"], value["total"])
    return answer_text(item.answer, value)


def _field(item: Item | None, key: str) -> RosterField | None:
    if item is None or not isinstance(item.answer, Roster):
        return None
    return next((field for field in item.answer.fields if field.key == key), None)


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))


def _local_time(value: Any) -> str:
    """`2020-08-13T08:05` → `08:05 13/08/2020`."""
    day, _, time = str(value).partition("T")
    return f"{time} {_day(day)}".strip()
