"""What becomes of a replaced notice's tasks: carried over to the new notice, or withdrawn because it asks otherwise."""

from dataclasses import dataclass
from typing import Any

from app.domain.permissions import Actor
from app.domain.remediation import superseded
from app.findings.actions.issuing import Work
from app.remediation.actions.trace import record
from app.remediation.models import RemediationTask
from app.remediation.queries import tasks


@dataclass(frozen=True)
class Notice:
    """The notice that takes a task over, and the task's place in it."""

    conclusion_id: str
    number: str
    position: int


def carry(actor: Actor, task: RemediationTask, work: Work, notice: Notice) -> None:
    """Let a task go on under the new notice: dates, people, reports and evidence stay; its words are the new ones."""
    detail: dict[str, Any] = {"from": task.source, "to": notice.number, "due_on": task.due_on.isoformat()}
    if task.problem != work.problem:
        detail |= {"before": task.problem, "after": work.problem}
    task.conclusion_id, task.source, task.position = notice.conclusion_id, notice.number, notice.position
    task.finding_id, task.instruction_id = work.finding_id, work.instruction_id
    task.severity, task.problem = work.severity, work.problem
    task.revision += 1
    record(task, actor, "carry", detail=detail)


def supersede(actor: Actor, task: RemediationTask, by: RemediationTask | None, number: str, reason: str) -> None:
    """Withdraw a task that the new notice does not ask for as it was; `by` is the one that takes its place."""
    facts = superseded(tasks.facts_of(task))
    task.state, task.wished_for, task.asked_by = facts.state.value, facts.wished_for, facts.asked_by or None
    task.revision += 1
    record(task, actor, "supersede", text=reason, detail={"to": number, "by": by.id if by else ""})
