"""The minutes of a visit, as both parties signed them on site.

The phone prints its copy without a network: `offline_client/src/domain/minutes.ts` says the same words in the same
order, both are held to tests/vectors/minutes/.
"""

from dataclasses import dataclass
from datetime import datetime

from app.documents.official import DocumentKind, Line, Official, Part, Signature, Style, Table
from app.documents.papers.letterhead import AnnexSection, Letterhead, lines_in, official
from app.domain.answer_text import hundredths_text
from app.domain.calendar import VIET_NAM
from app.domain.notice import committee_of, long_date
from app.domain.sampling_text import REPEATING
from app.domain.starting import Start, bounds_text, said_text

# What the lead wrote where something of the minutes themselves was lacking, by the name of the close reason.
LACKING = {
    "unanswered_reason": "Lý do còn nội dung chưa trả lời",
    "no_evidence_reason": "Lý do còn thiếu ảnh minh chứng phiếu kiểm tra yêu cầu",
}

DIGEST = "Mã băm nội dung đã ký (SHA-256)"


@dataclass(frozen=True)
class Signed:
    """A party's signature on the minutes; a refusal has a reason and a witness, and no strokes."""

    title: str
    name: str
    strokes: str = ""
    refused: str = ""
    witness: str = ""
    witness_strokes: str = ""


@dataclass(frozen=True)
class MinutesRecord:
    """What was frozen on site and signed there; everything is the record's, nothing is typed."""

    subject: str
    unit_name: str
    delegation_name: str
    place: str
    started_at: datetime | None
    ended_at: datetime | None
    members: tuple[tuple[str, str], ...]  # duty, name
    attendees: str
    sections: tuple[AnnexSection, ...]
    score: str
    draws: tuple[str, ...]  # what was drawn by lot, so that the unit can repeat it
    recommendations: str
    remarks: str
    objections: tuple[tuple[str, str], ...]  # item, the unit's words
    unit: Signed | None
    lead: Signed | None
    caps: tuple[str, ...] = ()  # why the grade is lower than the points say
    lacking: tuple[tuple[str, str], ...] = ()  # what was lacking when it was closed (a close reason), why
    digest: str = ""
    signed_digest: str = ""  # of everything that was signed, objections and signatures among it
    start: Start | None = None  # of a surprise visit


def minutes(head: Letterhead, record: MinutesRecord) -> Official:
    """The minutes of a visit (biên bản kiểm tra, form 1.9): no place and date in the header, two parties sign."""
    unit = committee_of(record.unit_name)
    body: list[Part] = [
        Line(Style.PARAGRAPH, _opening(record, unit)),
        *((Line(Style.PARAGRAPH, _starting(record.start)),) if record.start else ()),
        Line(Style.HEADING, "Thành phần", "I"),
        Line(Style.GROUP, "1. Đoàn kiểm tra"),
        *(Line(Style.BULLET, f"{name}{f', {duty}' if duty else ''};") for duty, name in record.members),
        Line(Style.GROUP, f"2. Đại diện {unit}"),
        *(Line(Style.BULLET, text) for text in lines_in(record.attendees) or (_attending(record),)),
        Line(Style.HEADING, "Nội dung và kết quả kiểm tra", "II"),
    ]
    for section in record.sections:
        rows = tuple(
            (str(number), row.text, row.found, "Không đạt" if row.fails else row.points)
            for number, row in enumerate(section.rows, start=1)
        )
        body.append(Table(("TT", "Nội dung", "Kết quả", "Đánh giá"), rows, (1, 7, 5, 3), section.title))
    if record.draws:
        body.append(Line(Style.GROUP, "Hồ sơ rút ngẫu nhiên"))
        body += [Line(Style.BULLET, f"{text};") for text in record.draws]
        body.append(Line(Style.NOTE, REPEATING))
    body += [
        Line(Style.PARAGRAPH, record.score),
        *(Line(Style.PARAGRAPH, cap) for cap in record.caps),
        *(Line(Style.PARAGRAPH, f"{LACKING[name]}: {text}") for name, text in record.lacking),
        Line(Style.HEADING, "Ý kiến của đơn vị được kiểm tra", "III"),
        *(Line(Style.NUMBERED, f"{item}: {text}", str(n)) for n, (item, text) in enumerate(record.objections, start=1)),
    ]
    if not record.objections:
        body.append(Line(Style.PARAGRAPH, "Đơn vị không có ý kiến khác về kết quả kiểm tra."))
    body += [Line(Style.PARAGRAPH, f"Kiến nghị: {text}") for text in lines_in(record.recommendations)]
    body += [Line(Style.PARAGRAPH, f"Ghi chú của Đoàn kiểm tra: {text}") for text in lines_in(record.remarks)]
    body.append(Line(Style.PARAGRAPH, _ending(record)))
    bounds = bounds_text(record.start) if record.start else ""
    provenance = (
        *head.provenance,
        *(((DIGEST, record.digest),) if record.digest else ()),
        *((("Mã băm gồm cả ý kiến và chữ ký (SHA-256, bản 2)", record.signed_digest),) if record.signed_digest else ()),
        *((("Thời điểm bắt đầu theo máy chủ", bounds),) if bounds else ()),
    )
    return official(
        DocumentKind.MINUTES,
        head,
        subject=record.subject,
        body=tuple(body),
        signatures=_signatures(record),
        provenance=provenance,
    )


def subject_of(campaign_title: str, unit_name: str) -> str:
    """`Kiểm tra công vụ năm 2020 tại UBND phường Lê Lợi`."""
    return f"{campaign_title[:1].upper()}{campaign_title[1:]} tại {committee_of(unit_name)}"


def score_text(on_scale: int | None, scale: int, grade: str) -> str:
    """The score as a sentence; `on_scale` in hundredths, `grade` its label or empty."""
    if on_scale is None:
        return "Không có nội dung nào được chấm điểm."
    told = f", xếp loại {grade}" if grade else ""
    return f"Điểm kiểm tra: {hundredths_text(on_scale)}/{scale} điểm{told}."


def _opening(record: MinutesRecord, unit: str) -> str:
    when = f"Hồi {_clock(record.started_at)}" if record.started_at else "Tại thời điểm kiểm tra"
    return f"{when}, tại {record.place or f'trụ sở {unit}'}, {record.delegation_name} tiến hành kiểm tra tại {unit}."


def _starting(start: Start) -> str:
    return f"Cuộc kiểm tra đột xuất, Trưởng đoàn bắt đầu lúc {said_text(start)} theo điện thoại của Trưởng đoàn."


def _ending(record: MinutesRecord) -> str:
    when = f"Cuộc kiểm tra kết thúc hồi {_clock(record.ended_at)}. " if record.ended_at else ""
    read = "Biên bản đã được đọc lại cho những người tham gia cùng nghe, được lập thành 02 bản có giá trị như nhau, "
    if record.unit is not None and record.unit.refused:
        why = record.unit.refused.rstrip(". ")
        return f"{when}{read}mỗi bên giữ 01 bản. Đại diện đơn vị không ký biên bản, lý do: {why}; " + (
            f"người chứng kiến: {record.unit.witness}./."
        )
    return f"{when}{read}mỗi bên giữ 01 bản và cùng ký xác nhận./."


def _attending(record: MinutesRecord) -> str:
    if record.unit is None:
        return "…"
    return f"{record.unit.name}, {record.unit.title}."


def _signatures(record: MinutesRecord) -> tuple[Signature, ...]:
    """The unit on the left, the delegation on the right; below them who saw that the unit would not sign."""
    unit, lead = _party(record.unit, "ĐẠI DIỆN ĐƠN VỊ"), _party(record.lead, "TRƯỞNG ĐOÀN KIỂM TRA")
    if record.unit is None or not record.unit.refused:
        return (unit, lead)
    return (unit, lead, Signature(("NGƯỜI CHỨNG KIẾN",), record.unit.witness, record.unit.witness_strokes))


def _party(signed: Signed | None, title: str) -> Signature:
    if signed is None:
        return Signature((title,), "")
    if signed.refused:
        return Signature((title,), signed.name, note="(không ký)")
    return Signature((title,), signed.name, signed.strokes)


def _clock(at: datetime) -> str:
    local = at.astimezone(VIET_NAM)
    return f"{local.hour:02d} giờ {local.minute:02d} phút, {long_date(local.date())}"
