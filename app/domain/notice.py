"""The text of a conclusion notice (thông báo kết luận), block by block, each block traceable to its sources.

Blocks I to VII follow the field set of inspection notices: overview, what is good, what is not, causes and
responsibility, assessment, what must be done, who follows up. Nothing is typed here that the record knows;
what a person wrote (wording, causes, assessment, instructions) comes in apart from what was computed.
Layout (Decree 30/2020/NĐ-CP) is the page's business, not this module's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.answer_text import hundredths_text
from app.domain.carrying import Kept


class BlockKind(StrEnum):
    BASIS = "basis"
    HEADING = "heading"
    GROUP = "group"
    PARAGRAPH = "paragraph"
    STRENGTH = "strength"
    FINDING = "finding"
    EXPLANATION = "explanation"
    TASK = "task"


@dataclass(frozen=True)
class Block:
    """One paragraph. `sources` are cell paths, `photo/…`, `finding:<id>` or `instruction:<id>`."""

    kind: BlockKind
    text: str
    sources: tuple[str, ...] = ()
    number: str = ""


@dataclass(frozen=True)
class Strength:
    """An item that applied and did not fail, with the figure behind it."""

    item_key: str
    section_key: str
    section_title: str
    text: str
    measure: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoticeFinding:
    """A finding that is not left out, in the wording a person gave it."""

    id: str
    item_key: str
    text: str
    remedy: str
    due_working_days: int
    explanation: str = ""
    due_on: date | None = None
    sources: tuple[str, ...] = ()
    kept: Kept | None = None


@dataclass(frozen=True)
class NoticeInstruction:
    id: str
    text: str
    due_working_days: int
    due_on: date | None = None
    kept: Kept | None = None


@dataclass(frozen=True)
class Assessment:
    """The score for people: points on the checklist's scale in hundredths, the grade, and the caps that bit."""

    scaled: int | None
    scale: int
    grade_label: str
    caps: tuple[str, ...] = ()


@dataclass(frozen=True)
class VisitRecord:
    """What the record knows of the visit; printed, never typed."""

    unit_name: str
    host_name: str
    campaign_title: str
    checklist_title: str
    visited_on: date
    cited: tuple[str, ...] = ()  # decision and plan, as `Grounds.cited` words them
    minutes_on: date | None = None
    minutes: str = ""  # number and symbol of the minutes, once issued
    reported_on: date | None = None
    report: str = ""  # number and symbol of the delegation's report, once issued
    members: tuple[tuple[str, str], ...] = ()  # duty, name
    representative: tuple[str, str] | None = None  # title, name
    refused: str = ""  # why the unit did not sign, and who witnessed it
    recommendations: str = ""  # what the unit itself asks for, from the minutes
    asked: int = 0
    not_applicable: int = 0
    unanswered: int = 0
    period: str = ""
    calendar_version: str = ""
    replaces: str = ""  # number and day of the notice whose content this one corrects
    replaces_why: str = ""


@dataclass(frozen=True)
class Wording:
    """What people wrote over or beside the computed text; empty means the default sentence."""

    causes: str = ""
    assessment: str = ""
    follow_up: str = ""


@dataclass(frozen=True)
class Notice:
    basis: tuple[Block, ...]
    blocks: tuple[Block, ...]


def committee_of(unit_name: str) -> str:
    """Name a unit's People's Committee: `Phường Lê Lợi` gives `UBND phường Lê Lợi`."""
    return f"UBND {unit_name[:1].lower()}{unit_name[1:]}"


def long_date(day: date) -> str:
    """Write a date as official documents do: a leading 0 for days below 10 and for months 1 and 2."""
    return f"ngày {day.day:02d} tháng {day.month if day.month > 2 else f'{day.month:02d}'} năm {day.year}"


def short_date(day: date) -> str:
    """Write a date with slashes, as lists and tables do."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


@dataclass
class _Writer:
    """Collects blocks; numbers the headings with Roman numerals."""

    blocks: list[Block] = field(default_factory=list)
    headings: int = 0

    def heading(self, text: str) -> None:
        self.headings += 1
        self.add(BlockKind.HEADING, text, number=("I", "II", "III", "IV", "V", "VI", "VII")[self.headings - 1])

    def add(self, kind: BlockKind, text: str, sources: Iterable[str] = (), number: str = "") -> None:
        self.blocks.append(Block(kind, text, tuple(sources), number))


def compose(
    record: VisitRecord,
    assessment: Assessment,
    strengths: Iterable[Strength],
    findings: tuple[NoticeFinding, ...],
    instructions: tuple[NoticeInstruction, ...],
    wording: Wording,
) -> Notice:
    """Compose the notice from the record, the computed outcome and what people wrote."""
    writer = _outcome(record, assessment, strengths, findings, wording)
    _tasks(writer, record, findings, instructions)
    _follow_up(writer, record, bool(findings or instructions), wording)
    _ending(writer, record)
    return Notice(basis=_basis(record), blocks=tuple(writer.blocks))


def compose_report(
    record: VisitRecord,
    assessment: Assessment,
    strengths: Iterable[Strength],
    findings: tuple[NoticeFinding, ...],
    instructions: tuple[NoticeInstruction, ...],
    wording: Wording,
) -> Notice:
    """Compose the delegation's report of the same outcome: it orders nothing, it proposes what to order."""
    writer = _outcome(record, assessment, strengths, findings, wording, "Đánh giá chung")
    _proposals(writer, record, findings, instructions)
    return Notice(basis=_basis(record, considers=False), blocks=tuple(writer.blocks))


def _outcome(
    record: VisitRecord,
    assessment: Assessment,
    strengths: Iterable[Strength],
    findings: tuple[NoticeFinding, ...],
    wording: Wording,
    heading: str = "Kết luận, đánh giá chung",
) -> _Writer:
    """What a notice and the report it rests on both say: what was seen, why, and how it is judged."""
    writer = _Writer()
    _overview(writer, record)
    _strengths(writer, tuple(strengths))
    _findings(writer, findings)
    _causes(writer, record, findings, wording)
    _assessment(writer, assessment, wording, heading)
    return writer


def _basis(record: VisitRecord, *, considers: bool = True) -> tuple[Block, ...]:
    lines = list(record.cited)
    if record.minutes_on:
        number = f" số {record.minutes}" if record.minutes else ""
        unit = committee_of(record.unit_name)
        lines.append(f"Căn cứ Biên bản kiểm tra{number} {long_date(record.minutes_on)} giữa Đoàn kiểm tra và {unit}")
    if considers:
        on = f" {long_date(record.reported_on)}" if record.reported_on else ""
        told = f"Báo cáo số {record.report}{on} của" if record.report else "báo cáo của"
        lines.append(f"Xét {told} Trưởng đoàn kiểm tra{'' if record.report else on}")
    return tuple(Block(BlockKind.BASIS, line) for line in listed(lines))


def listed(lines: Iterable[str]) -> tuple[str, ...]:
    """Citations as they are printed: a semicolon between, a full stop at the end (Decree 30/2020/NĐ-CP, appendix I)."""
    told = tuple(lines)
    return tuple(f"{line}{';' if place < len(told) else '.'}" for place, line in enumerate(told, start=1))


def _overview(writer: _Writer, record: VisitRecord) -> None:
    writer.heading("Khái quát cuộc kiểm tra")
    host, unit = committee_of(record.host_name), committee_of(record.unit_name)
    writer.add(
        BlockKind.PARAGRAPH,
        f"{long_date(record.visited_on).capitalize()}, Đoàn kiểm tra của {host} kiểm tra tại {unit} "
        f"theo phiếu “{record.checklist_title}”, gồm {record.asked} nội dung{_left_out(record)}.",
        ["visit"],
    )
    if record.period:
        writer.add(BlockKind.PARAGRAPH, f"Thời kỳ kiểm tra: {record.period}.", ["visit/period"])
    if record.members:
        named = "; ".join(f"{name} ({duty})" if duty else name for duty, name in record.members)
        writer.add(BlockKind.PARAGRAPH, f"Thành phần Đoàn kiểm tra: {named}.", ["visit"])
    if record.representative:
        title, name = record.representative
        writer.add(BlockKind.PARAGRAPH, f"Đại diện đơn vị: {', '.join(filter(None, (name, title)))}.", ["sign/unit"])
    if record.refused:
        writer.add(BlockKind.PARAGRAPH, f"Đơn vị không ký biên bản: {_sentence(record.refused)}", ["sign/unit"])
    if record.recommendations:
        told = f"Kiến nghị của đơn vị: {_sentence(record.recommendations)}"
        writer.add(BlockKind.PARAGRAPH, told, ["visit/unit_recommendations"])


def _left_out(record: VisitRecord) -> str:
    parts = []
    if record.not_applicable:
        parts.append(f"{record.not_applicable} nội dung không áp dụng")
    if record.unanswered:
        parts.append(f"{record.unanswered} nội dung chưa có kết quả")
    return f" (trong đó {', '.join(parts)})" if parts else ""


def _strengths(writer: _Writer, strengths: tuple[Strength, ...]) -> None:
    writer.heading("Kết quả đạt được")
    if not strengths:
        writer.add(BlockKind.PARAGRAPH, "Chưa có nội dung nào đạt yêu cầu.")
    section = ""
    for strength in strengths:  # document order, so the items of a section stand together
        if strength.section_key != section:
            section = strength.section_key
            writer.add(BlockKind.GROUP, strength.section_title)
        measure = f": {strength.measure}" if strength.measure else ""
        sources = strength.sources or (f"item/{strength.item_key}",)
        writer.add(BlockKind.STRENGTH, f"{strength.text}{measure}.", sources)


def _findings(writer: _Writer, findings: tuple[NoticeFinding, ...]) -> None:
    writer.heading("Tồn tại, hạn chế")
    if not findings:
        writer.add(BlockKind.PARAGRAPH, "Không phát hiện tồn tại, hạn chế trong các nội dung đã kiểm tra.")
    for number, finding in enumerate(findings, start=1):
        sources = (f"finding:{finding.id}", *finding.sources)
        writer.add(BlockKind.FINDING, _sentence(finding.text), sources, str(number))
        if finding.explanation:
            writer.add(BlockKind.EXPLANATION, f"Ý kiến của đơn vị: {_sentence(finding.explanation)}", ["sign/unit"])


def _causes(writer: _Writer, record: VisitRecord, findings: tuple[NoticeFinding, ...], wording: Wording) -> None:
    writer.heading("Nguyên nhân và trách nhiệm")
    if wording.causes:
        _paragraphs(writer, wording.causes, "wording:causes")
    elif not findings:
        writer.add(BlockKind.PARAGRAPH, "Không có tồn tại, hạn chế phải làm rõ nguyên nhân, trách nhiệm.")
    else:
        explained = sum(1 for finding in findings if finding.explanation)
        told = (
            f"Đơn vị đã có ý kiến về {explained}/{len(findings)} tồn tại, ghi tại mục III."
            if explained
            else "Tại thời điểm ký biên bản, đơn vị không có ý kiến giải trình về các tồn tại nêu tại mục III."
        )
        writer.add(BlockKind.PARAGRAPH, told, ["sign/unit"])
        writer.add(
            BlockKind.PARAGRAPH,
            f"Trách nhiệm tổ chức khắc phục thuộc về người đứng đầu {committee_of(record.unit_name)}.",
        )


def _assessment(writer: _Writer, assessment: Assessment, wording: Wording, heading: str) -> None:
    writer.heading(heading)
    if assessment.scaled is None:
        writer.add(BlockKind.PARAGRAPH, "Không có nội dung nào được chấm điểm; không xếp loại.", ["score"])
    else:
        grade = f"; xếp loại: {assessment.grade_label}" if assessment.grade_label else ""
        points = hundredths_text(assessment.scaled)
        writer.add(BlockKind.PARAGRAPH, f"Điểm kiểm tra: {points}/{assessment.scale} điểm{grade}.", ["score"])
    for cap in assessment.caps:
        writer.add(BlockKind.PARAGRAPH, cap, ["score"])
    if wording.assessment:
        _paragraphs(writer, wording.assessment, "wording:assessment")


def _tasks(
    writer: _Writer,
    record: VisitRecord,
    findings: tuple[NoticeFinding, ...],
    instructions: tuple[NoticeInstruction, ...],
) -> None:
    writer.heading("Yêu cầu, kiến nghị")
    ordered: list[tuple[str, str, str]] = [
        (each.remedy, f"finding:{each.id}", _limit(each)) for each in findings if each.remedy
    ]
    ordered += [(each.text, f"instruction:{each.id}", _limit(each)) for each in instructions]
    if not ordered:
        writer.add(BlockKind.PARAGRAPH, "Không có yêu cầu khắc phục; đề nghị đơn vị tiếp tục duy trì kết quả đạt được.")
        return
    writer.add(BlockKind.PARAGRAPH, f"Yêu cầu {committee_of(record.unit_name)} thực hiện các nội dung sau:")
    for number, (text, source, limit) in enumerate(ordered, start=1):
        writer.add(BlockKind.TASK, f"{text.rstrip(' .;')}; {limit}.", [source], str(number))
    if record.calendar_version:
        writer.add(
            BlockKind.PARAGRAPH,
            f"Ngày làm việc tính từ ngày liền sau ngày ban hành, theo lịch làm việc {record.calendar_version}.",
        )


def _proposals(
    writer: _Writer,
    record: VisitRecord,
    findings: tuple[NoticeFinding, ...],
    instructions: tuple[NoticeInstruction, ...],
) -> None:
    writer.heading("Kiến nghị, đề xuất")
    host, unit = committee_of(record.host_name), committee_of(record.unit_name)
    proposed: list[tuple[str, str, NoticeFinding | NoticeInstruction]] = [
        (each.remedy, f"finding:{each.id}", each) for each in findings if each.remedy
    ]
    proposed += [(each.text, f"instruction:{each.id}", each) for each in instructions]
    if proposed:
        writer.add(BlockKind.PARAGRAPH, f"Đoàn kiểm tra đề nghị {host} yêu cầu {unit} thực hiện các nội dung sau:")
    else:
        writer.add(BlockKind.PARAGRAPH, f"Không có nội dung đề nghị yêu cầu {unit} khắc phục.")
    for number, (text, source, work) in enumerate(proposed, start=1):
        limit = _limit(work) if work.kept else f"thời hạn {work.due_working_days} ngày làm việc"
        writer.add(BlockKind.TASK, f"{text.rstrip(' .;')}; {limit}.", [source], str(number))
    if record.replaces:
        told = f"Đề nghị ban hành thông báo thay thế Thông báo số {record.replaces}{_why(record)}."
        writer.add(BlockKind.PARAGRAPH, told)
    writer.add(BlockKind.PARAGRAPH, f"Đoàn kiểm tra báo cáo, đề nghị {host} xem xét, kết luận./.")


def _limit(work: NoticeFinding | NoticeInstruction) -> str:
    """By when; for work that goes on as the replaced notice ordered it, what was ordered then."""
    if work.kept is None:
        until = f"xong trước hết {long_date(work.due_on)}" if work.due_on else "kể từ ngày ban hành"
        return f"thời hạn {work.due_working_days} ngày làm việc, {until}"
    if work.kept.done:
        return f"đã giao tại Thông báo số {work.kept.source}, đã được xác nhận khắc phục"
    until = f", xong trước hết {long_date(work.kept.due_on)}" if work.kept.due_on else ""
    return f"đã giao tại Thông báo số {work.kept.source}, thời hạn giữ nguyên{until}"


def _follow_up(writer: _Writer, record: VisitRecord, work: bool, wording: Wording) -> None:
    writer.heading("Tổ chức thực hiện")
    if wording.follow_up:
        _paragraphs(writer, wording.follow_up, "wording:follow_up")
    else:
        unit = committee_of(record.unit_name)
        writer.add(
            BlockKind.PARAGRAPH,
            f"{unit} tổ chức thực hiện, báo cáo kết quả kèm minh chứng theo từng yêu cầu tại mục VI. "
            "Trưởng đoàn kiểm tra theo dõi, xác nhận kết quả khắc phục."
            if work
            else f"{unit} tiếp tục duy trì kết quả đạt được và công khai thông báo này tại đơn vị.",
        )


def _ending(writer: _Writer, record: VisitRecord) -> None:
    if record.replaces:
        writer.add(
            BlockKind.PARAGRAPH,
            f"Các yêu cầu tại Thông báo số {record.replaces} không nêu lại tại mục VI thì không phải thực hiện nữa.",
        )
        writer.add(BlockKind.PARAGRAPH, f"Thông báo này thay thế Thông báo số {record.replaces}{_why(record)}.")
    last = writer.blocks[-1]
    writer.blocks[-1] = Block(last.kind, last.text.rstrip(" ./") + "./.", last.sources, last.number)


def _why(record: VisitRecord) -> str:
    return f", lý do: {' '.join(record.replaces_why.split()).rstrip(' .;')}" if record.replaces_why.strip() else ""


def _paragraphs(writer: _Writer, text: str, source: str) -> None:
    for line in text.splitlines():
        if line.strip():
            writer.add(BlockKind.PARAGRAPH, line.strip(), [source])


def _sentence(text: str) -> str:
    return text.rstrip(" ;") if text.rstrip().endswith((".", "!", "?")) else text.rstrip(" ;") + "."


def lower_first(text: str) -> str:
    """A name as it stands inside a sentence."""
    return text[:1].lower() + text[1:]


def as_json(notice: Notice) -> Mapping[str, object]:
    """The notice as plain JSON, for the frozen record."""

    def plain(block: Block) -> dict[str, object]:
        return {"kind": block.kind.value, "text": block.text, "sources": list(block.sources), "number": block.number}

    return {"basis": [plain(each) for each in notice.basis], "blocks": [plain(each) for each in notice.blocks]}


def from_json(stored: Mapping[str, Any]) -> Notice:
    """Read a notice back out of a frozen record: what was issued, whatever has happened to the visit since."""

    def blocks(plain: Iterable[Mapping[str, Any]]) -> tuple[Block, ...]:
        return tuple(
            Block(BlockKind(each["kind"]), each["text"], tuple(each["sources"]), each["number"]) for each in plain
        )

    return Notice(blocks(stored["basis"]), blocks(stored["blocks"]))
