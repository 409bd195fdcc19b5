"""The summary report of a campaign: units compared, what fails in common, what came back, how repairs stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.documents.official import Bars, DocumentKind, Line, Official, Part, Signature, Style, Table
from app.documents.papers.letterhead import Letterhead, Signer, lines_in, official, recipients_of


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
class Failing:
    """An item that fails in several units; `units` names them."""

    item: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class Repeated:
    """A finding that came back: what it was, when it was found before, what was promised then, how that ended."""

    unit: str
    item: str
    before: str
    promise: str


@dataclass(frozen=True)
class SummaryRecord:
    subject: str
    addressed_to: str
    basis: tuple[str, ...]
    planned: int
    visited: int
    wards: tuple[WardLine, ...]
    failing: tuple[Failing, ...]
    repeated: tuple[Repeated, ...]
    mixed_versions: str = ""
    proposals: str = ""


def summary(head: Letterhead, record: SummaryRecord, signer: Signer, recipients: Sequence[str]) -> Official:
    """The campaign's summary report (báo cáo tổng hợp), with a table and a chart that can be put into a meeting."""
    return official(
        DocumentKind.SUMMARY,
        head,
        subject=record.subject,
        addressed_to=(record.addressed_to,) if record.addressed_to else (),
        basis=record.basis,
        body=(*_overall(record), *_comparison(record), *_failings(record), *_repairs(record), *_proposals(record)),
        signatures=(Signature(signer.titles, signer.name, signer.strokes),),
        recipients=recipients_of(recipients),
    )


def _overall(record: SummaryRecord) -> Iterable[Part]:
    found = sum(ward.findings for ward in record.wards)
    grave = sum(ward.critical for ward in record.wards)
    yield Line(Style.HEADING, "Khái quát", "I")
    yield Line(
        Style.PARAGRAPH,
        f"Đã kiểm tra {record.visited}/{record.planned} đơn vị theo kế hoạch; có kết luận hoặc dự thảo kết luận "
        f"đối với {len(record.wards)} đơn vị, ghi nhận {found} tồn tại, hạn chế, trong đó {grave} nghiêm trọng.",
    )
    if record.mixed_versions:
        yield Line(Style.NOTE, record.mixed_versions)


def _comparison(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Kết quả theo đơn vị", "II")
    rows = tuple(
        (
            str(number), ward.name, ward.score, ward.grade, str(ward.critical), str(ward.major), str(ward.minor),
            f"{ward.verified}/{ward.tasks}", str(ward.overdue),
        )
        for number, ward in enumerate(record.wards, start=1)
    )  # fmt: skip
    header = ("TT", "Đơn vị", "Điểm", "Xếp loại", "Nghiêm trọng", "Nặng", "Nhẹ", "Đã khắc phục", "Quá hạn")
    yield Table(header, rows, (2, 8, 4, 5, 4, 3, 3, 4, 3), "Kết quả kiểm tra và khắc phục", (2, 4, 5, 6, 7, 8))
    scored = tuple((ward.name, ward.share, ward.score) for ward in record.wards if ward.share is not None)
    if scored:
        yield Bars("Điểm kiểm tra của các đơn vị", scored)


def _failings(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Tồn tại, hạn chế phổ biến và lặp lại", "III")
    if not record.failing:
        yield Line(Style.PARAGRAPH, "Không có nội dung nào không đạt ở từ hai đơn vị trở lên.")
    for number, each in enumerate(record.failing, start=1):
        yield Line(Style.NUMBERED, f"{each.item}: {len(each.units)} đơn vị ({', '.join(each.units)}).", str(number))
    for again in record.repeated:
        promised = f" Yêu cầu trước đây: {again.promise}" if again.promise else ""
        yield Line(Style.BULLET, f"Lặp lại tại {again.unit}: {again.item} ({again.before}).{promised}")


def _repairs(record: SummaryRecord) -> Iterable[Part]:
    tasks, done = sum(ward.tasks for ward in record.wards), sum(ward.verified for ward in record.wards)
    late = sum(ward.overdue for ward in record.wards)
    yield Line(Style.HEADING, "Khắc phục sau kiểm tra", "IV")
    yield Line(
        Style.PARAGRAPH,
        f"Đã giao {tasks} nhiệm vụ khắc phục; xác nhận hoàn thành {done}; quá hạn {late}."
        if tasks
        else "Chưa giao nhiệm vụ khắc phục nào.",
    )


def _proposals(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Kiến nghị, đề xuất", "V")
    told = lines_in(record.proposals) or ("Tiếp tục theo dõi, đôn đốc các đơn vị khắc phục đúng hạn.",)
    for text in (*told[:-1], f"{told[-1].rstrip(' ./')}./."):
        yield Line(Style.PARAGRAPH, text)
