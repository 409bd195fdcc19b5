"""The charts of a campaign's summary, for its page and its report: scores, what fails in common, how repairs stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.documents.charts import MOST_BARS, Bar, Slice, bars, parts
from app.documents.official import Chart

MOST_LOWEST = 15  # units in the chart where not all fit
MOST_FAILINGS = 8
MIXED = (
    "Các đơn vị được chấm theo nhiều phiên bản phiếu khác nhau; điểm chỉ so sánh được trong cùng một phiên bản, "
    "nên không tính điểm trung bình chung."
)


@dataclass(frozen=True)
class WardLine:
    """A unit in the summary: score in basis points and in words, findings by severity, repairs."""

    name: str
    share: int | None
    score: str
    grade: str
    critical: int
    major: int
    minor: int
    tasks: int
    verified: int
    overdue: int

    @property
    def findings(self) -> int:
        return self.critical + self.major + self.minor


@dataclass(frozen=True)
class Grade:
    """A class and how many units are in it."""

    label: str
    units: int


@dataclass(frozen=True)
class Failing:
    """An item that failed in `units` of `asked` units; `names` are some of them."""

    item: str
    units: int
    asked: int
    names: tuple[str, ...]

    @property
    def named(self) -> str:
        """The units by name, and how many more there are."""
        more = self.units - len(self.names)
        return ", ".join(self.names) + (f" và {more} đơn vị khác" if more > 0 else "")


@dataclass(frozen=True)
class Repairs:
    """Tasks by how they stand; `waiting` were reported in time and wait to be verified."""

    total: int = 0
    verified: int = 0
    waiting: int = 0
    overdue: int = 0

    @property
    def open(self) -> int:
        return self.total - self.verified - self.waiting - self.overdue


def share(number: int, total: int) -> str:
    """A whole percentage, half up; a dash of nothing."""
    return f"{(200 * number + total) // (2 * total)} %" if total else "–"


def scores(wards: Sequence[WardLine], grades: Sequence[Grade]) -> tuple[Chart, ...]:
    """Every unit's score as a bar; of too many units, how many are in each class, and the lowest ones."""
    scored = [ward for ward in wards if ward.share is not None]
    if not scored:
        return ()
    if len(scored) <= MOST_BARS:
        return (_scores("diem", "Điểm kiểm tra của các đơn vị, từ cao xuống thấp", scored),)
    lowest = f"{MOST_LOWEST} đơn vị có điểm thấp nhất"
    return (_grades(grades), _scores("diem", lowest, scored[-MOST_LOWEST:]))


def _scores(name: str, caption: str, wards: Sequence[WardLine]) -> Chart:
    told = "; ".join(f"{ward.name} {ward.score}" for ward in wards)
    return bars(name, caption, f"Biểu đồ cột ngang. {told}.", [Bar(w.name, w.share or 0, w.score) for w in wards])


def _grades(grades: Sequence[Grade]) -> Chart:
    most, total = max((each.units for each in grades), default=0) or 1, sum(each.units for each in grades)
    told = "; ".join(f"{each.label} {each.units} đơn vị" for each in grades)
    shown = [
        Bar(each.label, 10_000 * each.units // most, f"{each.units} ({share(each.units, total)})") for each in grades
    ]
    return bars("xep-loai", "Số đơn vị theo xếp loại", f"Biểu đồ cột ngang. {told}.", shown)


def failings(found: Sequence[Failing]) -> Chart:
    """In which share of the units each item fails, the most common first."""
    shown = [
        Bar(
            each.item, 10_000 * each.units // each.asked, f"{each.units}/{each.asked} ({share(each.units, each.asked)})"
        )
        for each in found[:MOST_FAILINGS]
    ]
    told = "; ".join(f"{each.label}: {each.figure}" for each in shown)
    caption = "Nội dung không đạt phổ biến: số đơn vị và tỷ lệ"
    return bars("khong-dat", caption, f"Biểu đồ cột ngang. {told}.", shown, beside=False)


def states(each: Repairs) -> tuple[tuple[str, int, str], ...]:
    """How repairs stand: in words, how many, and with which hatching."""
    return (
        ("Đã xác nhận khắc phục", each.verified, "solid"),
        ("Đã báo cáo, chờ thẩm tra", each.waiting, "stripes"),
        ("Đang thực hiện, còn hạn", each.open, "empty"),
        ("Quá hạn", each.overdue, "bars"),
    )


def repairs(found: Repairs) -> Chart:
    """The share of repairs in each state."""
    told = "; ".join(f"{label}: {number}" for label, number, _ in states(found))
    shown = [Slice(*each) for each in states(found)]
    return parts("khac-phuc", "Nhiệm vụ khắc phục theo tình trạng", f"Biểu đồ tỷ lệ. {told}.", shown)
