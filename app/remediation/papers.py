"""The letter that demands the repairs of a conclusion, put together from its tasks as they stand today."""

from datetime import date

from app.accounts.queries import directory
from app.documents.official import Official
from app.documents.papers import demand as papers
from app.documents.papers.demand import Demanded
from app.documents.papers.letterhead import Signer
from app.domain.authority import deputy_lines
from app.domain.errors import OutOfDate
from app.domain.notice import committee_of
from app.domain.offices import archive, home_affairs
from app.domain.remediation import Standing
from app.findings.papers import letterhead_of
from app.findings.queries import records as conclusions
from app.remediation import queries


def demand_paper(conclusion_id: str, issued_on: date | None, today: date, *, replaces: str = "") -> Official:
    """A draft of the demand for a conclusion issued on a day: what is not verified yet, when it was due.

    `replaces` is the sentence that says which demand it replaces.

    Raises OutOfDate("nothing_to_demand") when everything is verified or nothing was ordered.
    """
    rows = [row for row in queries.tasks_of(conclusion_id, today) if row.standing is not Standing.DONE]
    if not rows or issued_on is None:
        raise OutOfDate("nothing_to_demand")
    visit = conclusions.visits_of([conclusion_id])[conclusion_id]
    host = directory.units([visit.host_unit_id])[visit.host_unit_id]
    head = letterhead_of(host, conclusions.LETTERS, sample=visit.sample_data)
    tasks = [
        Demanded(
            row.task.problem or "Chỉ đạo trong thông báo kết luận",
            row.task.remedy,
            row.task.due_on,
            row.task.due_working_days,
            f"đã quá hạn {row.days_late} ngày" if row.days_late else "",
        )
        for row in rows
    ]
    return papers.demand(
        head,
        visit.unit_name,
        rows[0].task.source,
        issued_on,
        tasks,
        rows[0].task.calendar_version,
        Signer(deputy_lines()),
        (
            f"{committee_of(visit.unit_name)} (để thực hiện)",
            *home_affairs(host.kind, purpose="để theo dõi"),
            archive(host.kind),
        ),
        replaces,
    )
