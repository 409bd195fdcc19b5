"""The summary report of a campaign: units compared, what fails in common, what came back, how repairs stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.documents.official import Annex, DocumentKind, Line, Official, Part, Signature, Style, Table
from app.documents.papers import summary_charts as charts
from app.documents.papers.letterhead import Letterhead, Signer, lines_in, official, recipients_of
from app.documents.papers.summary_charts import Failing, Grade, Repairs, WardLine

MOST_IN_BODY = 40  # units; of more, the body has the classes and an annex has the units


@dataclass(frozen=True)
class Repeated:
    """A finding that came back: where, what was ordered then and in which document, and what became of it."""

    unit: str
    item: str
    promise: str
    outcome: str


@dataclass(frozen=True)
class SummaryRecord:
    """What the report says. `planned`, `visited`, `drafts` count visits; only what `wards` has was issued."""

    subject: str
    addressed_to: str
    basis: tuple[str, ...]
    planned: int
    visited: int
    drafts: int
    wards: tuple[WardLine, ...]
    grades: tuple[Grade, ...]
    failing: tuple[Failing, ...]
    failing_total: int
    repeated: tuple[Repeated, ...]
    repeated_total: int
    repairs: Repairs
    average: str = ""
    mixed: bool = False
    proposals: str = ""
    replaces: str = ""  # the sentence that says which report this one replaces


def summary(head: Letterhead, record: SummaryRecord, signer: Signer, recipients: Sequence[str]) -> Official:
    """The campaign's summary report (báo cáo tổng hợp), with tables and charts that can be put into a meeting."""
    many = len(record.wards) > MOST_IN_BODY
    return official(
        DocumentKind.SUMMARY,
        head,
        subject=record.subject,
        addressed_to=(record.addressed_to,) if record.addressed_to else (),
        basis=record.basis,
        body=(
            *_overall(record),
            *_comparison(record, many),
            *_failings(record),
            *_repeated(record),
            *_repairs(record),
            *_proposals(record),
        ),
        signatures=(Signature(signer.titles, signer.name, signer.strokes),),
        recipients=recipients_of(recipients),
        annexes=(Annex("Kết quả kiểm tra và khắc phục của từng đơn vị", (_ward_table(record, ""),)),) if many else (),
    )


def _overall(record: SummaryRecord) -> Iterable[Part]:
    wards, total = record.wards, sum(ward.findings for ward in record.wards)
    if record.replaces:
        yield Line(Style.PARAGRAPH, record.replaces)
    yield Line(Style.HEADING, "Khái quát", "I")
    told = f"Đã kiểm tra {record.visited}/{record.planned} đơn vị theo kế hoạch; đã ban hành kết luận đối với "
    told += f"{len(wards)} đơn vị."
    if record.drafts:
        told += f" Kết luận của {record.drafts} đơn vị chưa ban hành, chưa tính trong báo cáo này."
    yield Line(Style.PARAGRAPH, told)
    if total:
        by = (sum(ward.critical for ward in wards), sum(ward.major for ward in wards), sum(w.minor for w in wards))
        told = f"Ghi nhận {total} tồn tại, hạn chế: {by[0]} nghiêm trọng, {by[1]} nặng, {by[2]} nhẹ."
    else:
        told = "Không ghi nhận tồn tại, hạn chế nào."
    if record.average:
        told += f" Điểm trung bình {record.average}."
    yield Line(Style.PARAGRAPH, told)
    if record.mixed:
        yield Line(Style.NOTE, charts.MIXED)


def _comparison(record: SummaryRecord, many: bool) -> Iterable[Part]:
    yield Line(Style.HEADING, "Kết quả theo đơn vị", "II")
    yield from charts.scores(record.wards, record.grades)  # a table after a drawing may go on over the page
    caption = "Kết quả kiểm tra và khắc phục"
    if many:
        units = sum(grade.units for grade in record.grades)
        rows = tuple((each.label, str(each.units), charts.share(each.units, units)) for each in record.grades)
        yield Table(("Xếp loại", "Số đơn vị", "Tỷ lệ"), rows, (6, 4, 4), "Số đơn vị theo xếp loại", (1, 2))
        yield Line(Style.PARAGRAPH, "Kết quả của từng đơn vị tại Phụ lục.")
    else:
        yield _ward_table(record, caption)


def _ward_table(record: SummaryRecord, caption: str) -> Table:
    header = ("TT", "Đơn vị", "Điểm", "Xếp loại", "Nghiêm trọng", "Nặng", "Nhẹ", "Đã khắc phục", "Quá hạn")
    rows = tuple(
        (
            str(number), ward.name, ward.score, ward.grade or "–", str(ward.critical), str(ward.major), str(ward.minor),
            f"{ward.verified}/{ward.tasks}", str(ward.overdue),
        )
        for number, ward in enumerate(record.wards, start=1)
    )  # fmt: skip
    return Table(header, rows, (3, 9, 5, 5, 5, 4, 3, 5, 4), caption, (0, 2, 4, 5, 6, 7, 8))


def _failings(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Tồn tại, hạn chế phổ biến", "III")
    if not record.failing:
        yield Line(Style.PARAGRAPH, "Không có nội dung nào không đạt ở từ hai đơn vị trở lên.")
        return
    rows = tuple(
        (str(number), each.item, f"{each.units}/{each.asked}", charts.share(each.units, each.asked), each.named)
        for number, each in enumerate(record.failing, start=1)
    )
    yield charts.failings(record.failing)
    header = ("TT", "Nội dung không đạt", "Số đơn vị", "Tỷ lệ", "Đơn vị")
    yield Table(header, rows, (2, 9, 4, 3, 8), "Nội dung không đạt ở từ hai đơn vị trở lên", (0, 2, 3))
    if record.failing_total > len(rows):
        yield Line(
            Style.NOTE, f"Ngoài ra có {record.failing_total - len(rows)} nội dung khác không đạt ở ít đơn vị hơn."
        )


def _repeated(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Tồn tại, hạn chế lặp lại qua các đợt", "IV")
    if not record.repeated:
        yield Line(Style.PARAGRAPH, "Không có tồn tại nào đã nêu trong kết luận trước của cùng đơn vị.")
        return
    yield Line(
        Style.PARAGRAPH,
        f"{record.repeated_total} tồn tại đã được nêu trong kết luận trước của cùng đơn vị, nay lặp lại:",
    )
    rows = tuple((str(n), *_repeated_row(each)) for n, each in enumerate(record.repeated, start=1))
    header = ("TT", "Đơn vị, nội dung", "Yêu cầu trước đây", "Kết quả thực hiện")
    yield Table(header, rows, (2, 8, 10, 6), "", (0,))
    if record.repeated_total > len(rows):
        yield Line(Style.NOTE, f"Bảng nêu {len(rows)} trường hợp nặng nhất.")


def _repeated_row(each: Repeated) -> tuple[str, str, str]:
    return (f"{each.unit}: {each.item}", each.promise, each.outcome)


def _repairs(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Khắc phục sau kiểm tra", "V")
    repairs = record.repairs
    if not repairs.total:
        yield Line(Style.PARAGRAPH, "Chưa giao nhiệm vụ khắc phục nào.")
        return
    told = "; ".join(f"{label[:1].lower()}{label[1:]} {number}" for label, number, _ in charts.states(repairs))
    yield Line(Style.PARAGRAPH, f"Đã giao {repairs.total} nhiệm vụ khắc phục: {told}.")
    yield charts.repairs(repairs)


def _proposals(record: SummaryRecord) -> Iterable[Part]:
    yield Line(Style.HEADING, "Kiến nghị, đề xuất", "VI")
    told = lines_in(record.proposals) or ("Tiếp tục theo dõi, đôn đốc các đơn vị khắc phục đúng hạn.",)
    for text in (*told[:-1], f"{told[-1].rstrip(' ./')}./."):
        yield Line(Style.PARAGRAPH, text)
