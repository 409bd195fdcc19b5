"""Which body of a host unit keeps home affairs, to which papers are copied and under whose mark they are filed.

Provinces have a department, districts (until 30 June 2025) had an office of home affairs; communes, wards and special
zones have given this work to their office of culture and society since 1 July 2025 (Decree 150/2025/NĐ-CP).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Office:
    """A body as it is addressed, and its mark behind the archive's `VT` (Decree 30/2020/NĐ-CP, appendix I, box 9b)."""

    name: str
    mark: str


_CULTURE = Office("Phòng Văn hóa - Xã hội", "VHXH")
_HOME_AFFAIRS = {
    "province": Office("Sở Nội vụ", "SNV"),
    "district": Office("Phòng Nội vụ", "NV"),
    "ward": _CULTURE,
    "commune": _CULTURE,
    "special_zone": _CULTURE,
}


def home_affairs(kind: str, *, purpose: str = "") -> tuple[str, ...]:
    """The recipient line of a unit's home affairs, `(để theo dõi)` behind it if wanted; none in a department."""
    office = _HOME_AFFAIRS.get(kind)
    return (f"{office.name} ({purpose})" if purpose else office.name,) if office else ()


def archive(kind: str) -> str:
    """The last recipient line of everything a unit of this kind issues: `Lưu: VT, NV`."""
    office = _HOME_AFFAIRS.get(kind)
    return f"Lưu: VT, {office.mark}" if office else "Lưu: VT"
