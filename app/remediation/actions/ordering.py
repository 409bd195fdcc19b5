"""Tasks begin: with the notice that orders them, or as the re-check of a repair that was verified."""

from datetime import date

from app.domain.calendar import local_day, next_working_day
from app.domain.conclusions import document_number
from app.domain.permissions import Actor
from app.domain.remediation import TaskKind, TaskState, kind_of, months_later
from app.extensions import new_id, now
from app.findings.actions import issuing
from app.findings.queries import orders
from app.findings.queries import records as conclusions
from app.remediation import queries
from app.remediation.actions import telling
from app.remediation.actions.carrying import Notice, carry, supersede
from app.remediation.actions.trace import add
from app.remediation.models import RemediationTask
from app.remediation.queries.orders import plan_of

_KEPT = (
    *("conclusion_id", "finding_id", "instruction_id", "campaign_id", "delegation_id", "source", "unit_id"),
    *("unit_path", "unit_name", "host_path", "position", "severity", "problem", "remedy", "evidence_asked"),
)


def issue_conclusion(
    actor: Actor, conclusion_id: str, *, revision: int, number: int, on: date, today: date, public_url: str = ""
) -> str:
    """Issue a conclusion and give its unit the tasks it orders, each with its working-day limit and the head named.

    One that replaces another orders only what changed: what it asks for alike goes on with its date, history and
    evidence; a changed task gets a successor; what it asks for no longer is withdrawn with the reason.
    Returns the number as printed. Raises as `issuing.issue` does; either everything happens or nothing.
    """
    _, visit = conclusions.seen_by(actor, conclusion_id, lock=True)
    plan = plan_of(conclusion_id, on, lock=True)
    wanted = issuing.Issue(
        number=number, on=on, today=today, calendar=plan.calendar, public_url=public_url, kept=plan.kept
    )
    conclusion, work = issuing.issue(actor, conclusion_id, wanted, revision=revision)
    printed = document_number(number, conclusion.symbol)
    tasks = []
    planned = {each.key: each for each in plan.work}
    followers: dict[str, RemediationTask] = {}
    for position, each in enumerate(work):
        before = planned[each.finding_id or each.instruction_id or ""].before
        if each.kept is not None and before is not None:
            for going_on in plan.tasks[before.finding_id or before.instruction_id or ""]:
                carry(actor, going_on, each, Notice(conclusion.id, printed, position))
            continue
        task = RemediationTask(
            id=new_id(),
            conclusion_id=conclusion.id,
            finding_id=each.finding_id,
            instruction_id=each.instruction_id,
            campaign_id=conclusion.campaign_id,
            delegation_id=visit.delegation_id,
            replaces_id=before.id if before else None,
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
            calendar_version=plan.calendar.version,
            state=TaskState.ASSIGNED.value,
            revision=1,
        )
        tasks.append(add(task, actor))
        if before is not None:
            followers[before.id] = task
    why = orders.replacement_reason(conclusion)
    for ended in plan.ended:
        supersede(actor, ended, followers.get(ended.id), printed, why)
    telling.ordered(tasks)
    return printed


def order_recheck(actor: Actor, fixed: RemediationTask, *, day: date | None = None) -> RemediationTask:
    """Ask a unit to show, some months after a repair was verified, that it still holds; or on the day of a visit."""
    today = local_day(now())
    after = f"sau {fixed.recheck_months} tháng" if day is None else "tại chỗ"
    day = day or months_later(today, fixed.recheck_months)
    calendar = queries.calendar_of(day.year)  # it may be years from now
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
