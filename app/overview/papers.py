"""The summary report of a campaign, put together from what the actor may compare of it."""

from app.accounts.queries import directory
from app.documents.official import Official
from app.documents.papers import summary as papers
from app.documents.papers.letterhead import Signer
from app.documents.papers.summary import Repeated, SummaryRecord
from app.documents.papers.summary_charts import Failing, Grade, Repairs, WardLine
from app.domain.answer_text import hundredths_text
from app.domain.authority import deputy_lines, for_collective
from app.domain.conclusions import document_number
from app.domain.errors import OutOfDate
from app.domain.notice import committee_of, listed, short_date
from app.domain.offices import archive, home_affairs
from app.domain.remediation import Standing
from app.findings.papers import letterhead_of
from app.overview.queries.failings import Promise, RepeatedFinding
from app.overview.queries.summaries import Summary
from app.overview.queries.wards import WardRow

SYMBOL = "BC-UBND"


def summary_paper(found: Summary, *, proposals: str = "", replaces: str = "") -> Official:
    """A draft of the report; `replaces` is the sentence that says which one it replaces.

    Raises OutOfDate("nothing_to_summarise") while no conclusion is issued.
    """
    if not found.concluded:
        raise OutOfDate("nothing_to_summarise")
    campaign = found.campaign
    host = directory.units([campaign.host_unit_id])[campaign.host_unit_id]
    above = committee_of(host.parent_name) if host.parent_name else ""
    head = letterhead_of(host, SYMBOL, sample=campaign.sample_data)
    told = (f"{above} (để báo cáo)",) if above else ()
    recipients = (*told, "Các đơn vị được kiểm tra", *home_affairs(host.kind), archive(host.kind))
    record = record_of(found, committee_of(host.name), above, proposals, replaces)
    # A report of the committee to the one above it is the collective's, so the block begins with TM.
    return papers.summary(head, record, Signer(for_collective(deputy_lines())), recipients)


def record_of(
    found: Summary, issuer: str = "", addressed_to: str = "", proposals: str = "", replaces: str = ""
) -> SummaryRecord:
    """The summary in the words of the report; its page shows the same record."""
    campaign = found.campaign
    title = f"{campaign.title[:1].lower()}{campaign.title[1:]}"
    tasks = found.tasks
    return SummaryRecord(
        subject=f"Tổng hợp kết quả {title}",
        addressed_to=addressed_to,
        basis=listed(campaign.grounds.cited(campaign.host_name, campaign.title)),
        planned=found.planned,
        visited=found.visited,
        drafts=found.drafts,
        wards=tuple(_line(found, row) for row in found.concluded),
        grades=tuple(Grade(each.label, each.units) for each in found.grades),
        failing=tuple(Failing(each.item, each.units, each.asked, each.names) for each in found.failing),
        failing_total=found.failing_total,
        repeated=tuple(repeated_line(each) for each in found.repeated),
        repeated_total=found.repeated_total,
        repairs=Repairs(tasks.total, tasks.verified, tasks.waiting, tasks.overdue),
        average=_percent(found.average) if found.average is not None else "",
        mixed=found.mixed,
        proposals=proposals,
        replaces=replaces,
    )


def facts_of(found: Summary) -> dict[str, object]:
    """Which conclusions were summed up; each has its own signed file."""
    return {"campaign": found.campaign.id, "conclusions": sorted(row.conclusion_id or "" for row in found.concluded)}


def repeated_line(each: RepeatedFinding) -> Repeated:
    """A finding that came back, with what was promised and what became of it in words."""
    return Repeated(each.unit, each.item, promise_text(each.promise), outcome_text(each.promise))


def promise_text(promise: Promise) -> str:
    """`Bổ sung 1 biển (Thông báo số 02/TB-UBND ngày 05/8/2019, hạn 12/8/2019)`."""
    ordered = promise.remedy or "; ".join(promise.orders) or promise.found
    due = f", hạn {short_date(promise.due_on)}" if promise.due_on else ""
    number = document_number(promise.number, promise.symbol)
    return f"{ordered.rstrip('. ')} (Thông báo số {number} ngày {short_date(promise.issued_on)}{due})"


def outcome_text(promise: Promise) -> str:
    """What became of the task that was given then."""
    if promise.standing is None:
        return "Khi đó không giao nhiệm vụ riêng"
    if promise.standing is Standing.DONE:
        on = f" ngày {short_date(promise.verified_on)}" if promise.verified_on else ""
        return f"Đã xác nhận khắc phục{on}, nay tái diễn"
    if promise.standing is Standing.OVERDUE:
        return f"Chưa khắc phục xong, quá hạn {promise.days_late} ngày"
    if promise.standing is Standing.WAITING:
        return "Đã báo cáo, chưa được xác nhận"
    return "Đang khắc phục, chưa hết hạn"


def _line(found: Summary, row: WardRow) -> WardLine:
    findings = row.findings or {}
    return WardLine(
        name=f"{row.visit.unit_name} ({found.version_of(row)})" if found.mixed else row.visit.unit_name,
        share=row.basis_points,
        score=_percent(row.basis_points) if row.basis_points is not None else "–",
        grade=found.grade_of(row),
        critical=findings.get("critical", 0),
        major=findings.get("major", 0),
        minor=findings.get("minor", 0),
        tasks=row.tasks,
        verified=row.verified,
        overdue=row.overdue,
    )


def _percent(basis_points: int) -> str:
    return f"{hundredths_text(basis_points)} %"
