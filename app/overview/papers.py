"""The summary report of a campaign, put together from the wards the actor may compare."""

from collections import defaultdict
from datetime import date

from app.accounts.queries import directory
from app.checklists import queries as checklists
from app.documents.notice_html import agency_of, place_of
from app.documents.official import Official
from app.documents.papers import summary as papers
from app.documents.papers.letterhead import Letterhead, Signer
from app.documents.papers.summary import Failing, Repeated, SummaryRecord, WardLine
from app.domain.answer_text import hundredths_text
from app.domain.authority import deputy_lines, for_collective
from app.domain.checklist import Checklist
from app.domain.errors import OutOfDate
from app.domain.notice import committee_of, long_date
from app.domain.permissions import Actor
from app.domain.vietnamese import unit_sort_key
from app.overview.queries import failings, wards
from app.overview.queries.wards import WardRow

COMMON_FROM = 2  # units that fail in an item before it is called common


def summary_paper(actor: Actor, campaign_id: str, today: date, *, proposals: str = "") -> Official:
    """A draft of the summary: units compared, what fails in common, what came back, how repairs stand.

    Raises OutOfDate("nothing_to_summarise") while no unit has a conclusion.
    """
    compared = wards.compare(actor, campaign_id, today)
    rows = [row for row in compared.rows if row.conclusion_id]
    if not rows:
        raise OutOfDate("nothing_to_summarise")
    rows.sort(key=lambda row: (-(row.basis_points or -1), unit_sort_key(row.visit.unit_name)))
    first = rows[0].visit
    host = directory.units([first.host_unit_id])[first.host_unit_id]
    plan = f" số {first.plan_number}" if first.plan_number else ""
    on = f" {long_date(first.plan_date)}" if first.plan_date else ""
    title = f"{first.campaign_title[:1].lower()}{first.campaign_title[1:]}"
    found = failings.of_campaign(campaign_id)
    record = SummaryRecord(
        subject=f"Tổng hợp kết quả {title}",
        addressed_to=committee_of(host.parent_name) if host.parent_name else "",
        basis=(f"Thực hiện Kế hoạch{plan}{on} của {committee_of(host.name)} về {title}.",),
        planned=len(compared.rows) + compared.hidden,
        visited=sum(row.visit.state == "signed" for row in compared.rows),
        wards=tuple(_line(row) for row in rows),
        failing=_common(found),
        repeated=tuple(Repeated(each.unit, each.item, each.before, each.promise) for each in failings.repeated(found)),
        mixed_versions=_mixed(rows),
        proposals=proposals,
    )
    head = Letterhead(
        parent_agency=committee_of(host.parent_name) if host.parent_name else "",
        agency=agency_of(host.name),
        place=place_of(host.name),
        symbol="BC-UBND",
        sample=first.sample_data,
    )
    # A report of the committee to the one above it is the collective's, so the block begins with TM.
    return papers.summary(head, record, Signer(for_collective(deputy_lines())), _recipients(host.parent_name))


def _recipients(parent: str) -> tuple[str, ...]:
    above = (f"{committee_of(parent)} (để báo cáo)",) if parent else ()
    return (*above, "Các đơn vị được kiểm tra", "Phòng Nội vụ", "Lưu: VT, NV")


def _line(row: WardRow) -> WardLine:
    found = row.findings or {}
    grades = {grade.key: grade.label.vi for grade in _checklist(row).grades}
    return WardLine(
        name=row.visit.unit_name,
        share=row.basis_points,
        score=f"{hundredths_text(row.basis_points)} %" if row.basis_points is not None else "–",
        grade=grades.get(row.grade, "–"),
        critical=found.get("critical", 0),
        major=found.get("major", 0),
        minor=found.get("minor", 0),
        tasks=row.tasks,
        verified=row.verified,
        overdue=row.overdue,
    )


def _checklist(row: WardRow) -> Checklist:
    return checklists.checklists_of_versions({row.visit.checklist_version_id})[row.visit.checklist_version_id]


def _common(found: list[failings.FoundItem]) -> tuple[Failing, ...]:
    units: dict[str, list[str]] = defaultdict(list)
    for each in found:
        units[each.item].append(each.unit)
    common = [Failing(item, tuple(sorted(names, key=unit_sort_key))) for item, names in units.items()]
    common = [each for each in common if len(each.units) >= COMMON_FROM]
    return tuple(sorted(common, key=lambda each: (-len(each.units), each.item)))


def _mixed(rows: list[WardRow]) -> str:
    versions = {row.visit.checklist_version_id for row in rows}
    if len(versions) < 2:
        return ""
    return (
        f"Các đơn vị được chấm theo {len(versions)} phiên bản phiếu khác nhau; chỉ so sánh được trong cùng phiên bản."
    )
