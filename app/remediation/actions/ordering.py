"""Tasks begin: with the notice that orders them, or as the re-check of a repair that was verified."""

from datetime import date

from app.domain.calendar import local_day, next_working_day
from app.domain.conclusions import document_number
from app.domain.permissions import Actor
from app.domain.remediation import TaskKind, TaskState, kind_of, months_later
from app.extensions import new_id, now
from app.findings.actions import issuing
from app.findings.queries import records as conclusions
from app.remediation import queries
from app.remediation.actions import telling
from app.remediation.actions.trace import add
from app.remediation.models import RemediationTask

_KEPT = (
    *("conclusion_id", "finding_id", "instruction_id", "campaign_id", "delegation_id", "source", "unit_id"),
    *("unit_path", "unit_name", "host_path", "position", "severity", "problem", "remedy", "evidence_asked"),
)


def issue_conclusion(
    actor: Actor, conclusion_id: str, *, revision: int, number: int, on: date, today: date, public_url: str = ""
) -> str:
    """Issue a conclusion and give its unit the tasks it orders, each with its working-day limit and the head named.

    Returns the number as printed. Raises as `issuing.issue` does; either everything happens or nothing.
    """
    calendar = queries.calendar_of(on.year)
    wanted = issuing.Issue(number=number, on=on, today=today, calendar=calendar, public_url=public_url)
    conclusion, work = issuing.issue(actor, conclusion_id, wanted, revision=revision)
    visit = conclusions.visits_of([conclusion.id])[conclusion.id]
    printed = document_number(number, conclusion.symbol)
    tasks = []
    for position, each in enumerate(work):
        task = RemediationTask(
            id=new_id(),
            conclusion_id=conclusion.id,
            finding_id=each.finding_id,
            instruction_id=each.instruction_id,
            campaign_id=conclusion.campaign_id,
            delegation_id=visit.delegation_id,
            kind=kind_of(each.remedy).value,
            source=printed,
            unit_id=conclusion.unit_id,
            unit_path=visit.unit_path,
            unit_name=visit.unit_name,
            host_path=visit.host_path,
            position=position,
            severity=each.severity,
            problem=each.problem,
            remedy=each.remedy,
            issued_on=on,
            due_working_days=each.due_working_days,
            due_on=each.due_on,
            calendar_version=calendar.version,
            state=TaskState.ASSIGNED.value,
            revision=1,
        )
        tasks.append(add(task, actor))
    telling.ordered(tasks)
    return printed


def order_recheck(actor: Actor, fixed: RemediationTask, *, day: date | None = None) -> RemediationTask:
    """Ask a unit to show, some months after a repair was verified, that it still holds; or on the day of a visit."""
    today = local_day(now())
    after = f"sau {fixed.recheck_months} tháng" if day is None else "tại chỗ"
    day = day or months_later(today, fixed.recheck_months)
    calendar = queries.calendar_of(today.year)
    task = RemediationTask(
        id=new_id(),
        **{name: getattr(fixed, name) for name in _KEPT},
        parent_id=fixed.id,
        kind=TaskKind.RECHECK.value,
        recheck_months=fixed.recheck_months,
        issued_on=today,
        due_working_days=0,
        due_on=next_working_day(calendar, day),
        extended_to=day,  # a date by the calendar of months, moved only off days on which offices are closed
        calendar_version=calendar.version,
        state=TaskState.ASSIGNED.value,
        revision=1,
    )
    return add(task, actor, text=f"Kiểm tra lại việc đã khắc phục {after}")
