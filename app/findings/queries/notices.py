"""The notice of a conclusion as a document: the record, what was computed and what people wrote, put together."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitEntry
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.documents.notice_html import NoticeDocument, agency_of, place_of, render
from app.documents.papers.letterhead import AnnexRow, AnnexSection
from app.domain.answer_text import hundredths_text
from app.domain.authority import Capacity, deputy_lines
from app.domain.calendar import VIET_NAM, local_day
from app.domain.carrying import Kept
from app.domain.checklist import Checklist
from app.domain.conclusions import document_number
from app.domain.notice import (
    Assessment,
    NoticeFinding,
    NoticeInstruction,
    Strength,
    VisitRecord,
    Wording,
    committee_of,
    compose,
    compose_report,
    long_date,
)
from app.domain.offices import archive, home_affairs
from app.domain.sums import SumRow, stored_sums, sum_rows
from app.findings.models import Conclusion, Finding
from app.findings.queries import minutes, orders, reports
from app.findings.queries.records import findings_of, forwarded_since, instructions_of, latest_event, numbers_of

# The order is that of the decree's models: those who act, those above, those who follow up, the archive.


@dataclass(frozen=True)
class Issued:
    """What issuing adds to the text: number, day, signer, and the due date of each finding or instruction."""

    number: int
    on: date
    signer_id: str
    at: datetime
    calendar_version: str
    due_on: Mapping[str, date]
    capacity: Capacity
    kept: Mapping[str, Kept] = field(default_factory=dict)  # work that goes on as the replaced notice ordered it


def document_of(
    conclusion: Conclusion, visit: PlannedVisit, issued: Issued | None = None, *, reporting: bool = False
) -> NoticeDocument:
    """The notice as it stands now; without `issued` it is a draft. `reporting`: as the delegation's report says it."""
    computed: dict[str, Any] = conclusion.computed
    checklist = checklists.checklist_by_chk(conclusion.chk)
    findings = [each for each in findings_of(conclusion.id) if each.excluded_reason is None]
    submitted, approved = latest_event(conclusion.id, "submit"), latest_event(conclusion.id, "approve")
    forwarded = forwarded_since(conclusion.id, submitted.at) if submitted and conclusion.chain else ()
    delegation = {place.user_id for place in visit.places}
    named = delegation | {conclusion.prepared_by}
    named |= {event.actor_id for event in (submitted, *forwarded, approved) if event} | (
        {issued.signer_id} if issued else set()
    )
    names = directory.names_of_people(named)
    host = directory.units([visit.host_unit_id])[visit.host_unit_id]
    due_on = issued.due_on if issued else {}
    kept = issued.kept if issued else orders.kept_in_draft(conclusion)
    instructions = [each for each in instructions_of(conclusion.id) if not reporting or each.author_id in delegation]
    notice = (compose_report if reporting else compose)(
        _record(conclusion, visit, host.name, names, submitted.at if submitted else None, issued),
        assessment_of(checklist, computed),
        [_strength(each) for each in computed["strengths"]],
        tuple(_notice_finding(each, computed, due_on.get(each.id), kept.get(each.id)) for each in findings),
        tuple(
            NoticeInstruction(each.id, each.text, each.due_working_days, due_on.get(each.id), kept.get(each.id))
            for each in instructions
        ),
        Wording(**{key: conclusion.texts.get(key, "") for key in ("causes", "assessment", "follow_up")}),
    )
    acts = [("Lập dự thảo", f"{names[conclusion.prepared_by]}, {_moment(conclusion.created_at)}")]
    acts += [("Báo cáo, trình", f"{names[submitted.actor_id]}, {_moment(submitted.at)}")] if submitted else []
    acts += [(each.detail["name"], f"{names[each.actor_id]}, {_moment(each.at)}") for each in forwarded]
    acts += [("Duyệt", f"{names[approved.actor_id]}, {_moment(approved.at)}")] if approved else []
    acts += _signing(issued, names) if issued else []
    return NoticeDocument(
        parent_agency=committee_of(host.parent_name).upper() if host.parent_name else "",
        issuer=agency_of(host.name),
        place=place_of(host.name),
        symbol=conclusion.symbol,
        subject=f"{_subject(visit.campaign_title)} tại {committee_of(visit.unit_name)}",
        notice=notice,
        signer_lines=issued.capacity.lines if issued else deputy_lines(),
        signer_name=names[issued.signer_id] if issued else "",
        recipients=_recipients(visit, host),
        annex=annex_of(checklist, computed),
        sums=sum_rows_of(checklist, computed),
        acts=tuple(acts),
        provenance=(
            ("Vị trí trong nhật ký cuộc kiểm tra", f"n = {conclusion.n}, {conclusion.log_hash}"),
            ("Phiếu kiểm tra (SHA-256)", conclusion.chk),
        ),
        number=issued.number if issued else None,
        issued_on=issued.on if issued else None,
        sample=visit.sample_data,
    )


def _signing(issued: Issued, names: Mapping[str, str]) -> list[tuple[str, str]]:
    acts = [("Ký ban hành", f"{names[issued.signer_id]}, {_moment(issued.at)}")]
    return [*acts, ("Căn cứ ký thay", issued.capacity.basis)] if issued.capacity.basis else acts


def assessment_of(checklist: Checklist, computed: dict[str, Any]) -> Assessment:
    """The score and grade in words, and each cap that lowered the grade."""
    score = computed["score"]
    labels = {grade.key: grade.label.vi for grade in checklist.grades}
    items = {item.key: item.text.vi for item in checklist.items()}
    caps = tuple(
        f"Theo điểm đạt loại {labels.get(score['grade_before_caps'], '')}; hạ xuống tối đa loại "
        f"{labels[cap['grade_at_most']]} vì nội dung bắt buộc không đạt: {items[cap['item']]}."
        for cap in score["caps"]
        if cap["bit"]
    )
    return Assessment(score["on_scale"], checklist.scale, labels.get(score["grade"] or "", ""), caps)


def annex_of(checklist: Checklist, computed: dict[str, Any]) -> tuple[AnnexSection, ...]:
    """The score trace in words, by section."""
    explained = {each["item_key"]: each for each in computed["explained"]}
    fails = {each["key"]: each["fails"] for each in computed["score"]["items"]}
    sums = {each["key"]: each for each in computed["score"]["sections"]}
    sections = []
    for section in checklist.sections:
        rows = tuple(
            AnnexRow(item.text.vi, told["found"], told["points"], told["why"], fails[item.key])
            for item in section.items
            if (told := explained.get(item.key)) is not None
        )
        sections.append(AnnexSection(section.title.vi, points_text(sums[section.key]), rows))
    return tuple(sections)


def sum_rows_of(checklist: Checklist, computed: Mapping[str, Any]) -> tuple[SumRow, ...]:
    """From the sections to the total, as it is printed; nothing if nothing scored."""
    if computed["score"]["on_scale"] is None:
        return ()
    return sum_rows(checklist, stored_sums(checklist, computed["score"]))


def points_text(section: Mapping[str, Any]) -> str:
    """Write a section's sum: `12,5/15 điểm`."""
    if not section["possible"]:
        return "không chấm điểm"
    return f"{hundredths_text(rounded(section['earned']))}/{hundredths_text(section['possible'])} điểm"


def rounded_share(earned: str, possible: int) -> int:
    """The basis points of a stored exact fraction of hundredths out of a whole number of them."""
    numerator, _, denominator = earned.partition("/")
    over = possible * int(denominator or 1)
    return (20000 * int(numerator) + over) // (2 * over)


def rounded(fraction: str) -> int:
    """Round a stored exact fraction (`n/d` or `n`) half up to a whole number of hundredths, for display."""
    numerator, _, denominator = fraction.partition("/")
    over = int(denominator or 1)
    return (2 * int(numerator) + over) // (2 * over)


def objections_of(computed: dict[str, Any]) -> dict[str, str]:
    """The unit's objections by item, several to one item joined."""
    told: dict[str, str] = {}
    for each in computed["signatures"].get("unit", {}).get("objections", []):
        told[each["item"]] = f"{told[each['item']]} {each['text']}" if each["item"] in told else each["text"]
    return told


def _record(
    conclusion: Conclusion,
    visit: PlannedVisit,
    host_name: str,
    names: Mapping[str, str],
    submitted_at: datetime | None,
    issued: Issued | None,
) -> VisitRecord:
    states = [each["state"] for each in conclusion.computed["score"]["items"]]
    unit_side = conclusion.computed["signatures"].get("unit", {})
    refused = unit_side.get("refused")
    report, recorded = reports.in_force(conclusion.id), minutes.in_force(visit)
    return VisitRecord(
        unit_name=visit.unit_name,
        host_name=host_name,
        campaign_title=visit.campaign_title,
        checklist_title=checklists.checklist_by_chk(conclusion.chk).title.vi,
        visited_on=visit.planned_on,
        cited=tuple(visit.grounds.cited(host_name, visit.campaign_title)),
        period=visit.grounds.period,
        minutes=recorded.printed if recorded else "",
        minutes_on=local_day(visit.signed_at) if visit.signed_at else None,
        reported_on=report.dated if report else local_day(submitted_at) if submitted_at else None,
        report=document_number(report.number, report.symbol) if report else "",
        members=tuple((place.duty, names[place.user_id]) for place in visit.places if place.removed_at is None),
        representative=None if refused else (unit_side.get("title", ""), unit_side.get("name", "")),
        refused=f"{refused.get('reason', '')} (người chứng kiến: {refused.get('witness', '')})" if refused else "",
        recommendations=conclusion.computed["minutes"].get("unit_recommendations", ""),
        asked=sum(state != "not_asked" for state in states),
        not_applicable=states.count("not_applicable"),
        unanswered=states.count("unanswered"),
        calendar_version=issued.calendar_version if issued else "",
        replaces=_replaced(conclusion),
        replaces_why=orders.replacement_reason(conclusion),
    )


def _replaced(conclusion: Conclusion) -> str:
    """`05/TB-UBND ngày 22 tháng 11 năm 2026`, of the notice that this one replaces."""
    if conclusion.replaces_id is None:
        return ""
    number, symbol, on = numbers_of([conclusion.replaces_id])[conclusion.replaces_id]
    return f"{document_number(number, symbol)} {long_date(on)}" if number and on else ""


def _strength(stored: dict[str, Any]) -> Strength:
    return Strength(**{**stored, "sources": tuple(stored["sources"])})


def _notice_finding(
    finding: Finding, computed: dict[str, Any], due_on: date | None, kept: Kept | None
) -> NoticeFinding:
    photos = computed["photos"].get(finding.item_key, [])
    return NoticeFinding(
        id=finding.id,
        item_key=finding.item_key,
        text=finding.text,
        remedy=finding.remedy,
        due_working_days=finding.due_working_days,
        explanation=objections_of(computed).get(finding.item_key, ""),
        due_on=due_on,
        sources=(*finding.sources.get("paths", []), *(f"photo/{uuid}" for uuid in photos)),
        kept=kept,
    )


def _recipients(visit: PlannedVisit, host: UnitEntry) -> tuple[str, ...]:
    lines = [f"{committee_of(visit.unit_name)} (để thực hiện)"]
    if host.parent_name:
        lines.append(f"{committee_of(host.parent_name)} (để báo cáo)")
    follows = home_affairs(host.kind, purpose="để theo dõi")
    return (*lines, *follows, "Thành viên Đoàn kiểm tra", archive(host.kind))


def _subject(campaign_title: str) -> str:
    """`Kiểm tra công vụ năm 2020` becomes `Kết luận kiểm tra công vụ năm 2020`."""
    return f"Kết luận {campaign_title[:1].lower()}{campaign_title[1:]}"


def _moment(at: datetime) -> str:
    return at.astimezone(VIET_NAM).strftime("%H:%M ngày %d/%m/%Y")


def is_intact(conclusion: Conclusion) -> bool:
    """Whether the frozen bytes still have the hash they were issued with."""
    return conclusion.frozen is not None and hashlib.sha256(conclusion.frozen).hexdigest() == conclusion.frozen_sha256


def page_of(conclusion: Conclusion, visit: PlannedVisit) -> bytes:
    """The page to print: taken out of the frozen bytes once issued, else the draft as it stands."""
    if conclusion.frozen is None:
        return render(document_of(conclusion, visit))
    if not is_intact(conclusion):
        raise RuntimeError(f"the frozen bytes of conclusion {conclusion.id} do not have their hash")
    html: str = json.loads(conclusion.frozen)["html"]
    return html.encode()
