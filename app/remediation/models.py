"""Remediation tasks, their whole life, and the evidence wards hand in."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base

_IS_TAKEN_OVER = text("applied_at IS NOT NULL AND undone_at IS NULL")


def _first_look(context: DefaultExecutionContext) -> date:
    """Every task is looked at as soon as there is one, however it came about."""
    found: date = context.get_current_parameters()["issued_on"]  # type: ignore[no-untyped-call]
    return found


class RemediationTask(Base):
    """What a unit must repair by a date, who does it, and the head who answers for it whoever does it.

    The unit's name and both paths are kept as they were when it was ordered, so that a board is one statement.
    `conclusion_id` is empty for work taken over from an old register. `reported_on` is the day in Viet Nam of the
    latest report; `wished_for` and `asked_by` are an extension that waits; `extended_to` is one that was granted;
    `look_on` is the next day on which somebody may have to be reminded; `recheck_visit_id` is a short visit on its
    way, or one whose outcome waits for the lead's answer.
    """

    __tablename__ = "remediation_tasks"
    __table_args__ = (
        Index("ix_remediation_tasks_unit_id_due_on", "unit_id", "due_on"),
        Index("ix_remediation_tasks_due_on", "due_on", "position"),
        Index("ix_remediation_tasks_look_on", "look_on"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    conclusion_id: Mapped[str | None] = mapped_column(ForeignKey("conclusions.id"), index=True)
    finding_id: Mapped[str | None] = mapped_column(ForeignKey("findings.id"))
    instruction_id: Mapped[str | None] = mapped_column(ForeignKey("instructions.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    delegation_id: Mapped[str | None] = mapped_column(ForeignKey("delegations.id"))
    import_id: Mapped[str | None] = mapped_column(ForeignKey("register_imports.id"))
    # What a re-check looks at again.
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("remediation_tasks.id"), index=True)
    recheck_visit_id: Mapped[str | None] = mapped_column(ForeignKey("visits.id"), index=True)
    # The task of a replaced notice whose place this one takes.
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("remediation_tasks.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="repair")
    source: Mapped[str] = mapped_column(String(60), default="")  # the document that ordered it: 05/TB-UBND
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    unit_path: Mapped[str] = mapped_column(String(200), default="")
    unit_name: Mapped[str] = mapped_column(String(200), default="")
    host_path: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int]
    severity: Mapped[str] = mapped_column(String(10), default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    remedy: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date]
    due_working_days: Mapped[int]
    due_on: Mapped[date]
    calendar_version: Mapped[str] = mapped_column(String(60))
    head_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    head_name: Mapped[str] = mapped_column(String(200), default="")
    head_since: Mapped[date | None]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    owner_name: Mapped[str] = mapped_column(String(200), default="")
    evidence_asked: Mapped[str] = mapped_column(Text, default="")
    plan: Mapped[str] = mapped_column(Text, default="")
    root_cause: Mapped[str] = mapped_column(Text, default="")
    dossiers: Mapped[int | None]  # how many late dossiers an apology is owed for
    recheck_months: Mapped[int] = mapped_column(default=0)
    extended_to: Mapped[date | None]
    wished_for: Mapped[date | None]
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    reported_on: Mapped[date | None]
    look_on: Mapped[date | None] = mapped_column(default=_first_look)
    state: Mapped[str] = mapped_column(String(20), default="assigned")
    revision: Mapped[int] = mapped_column(default=1)
    verified_at: Mapped[datetime | None] = mapped_column(UTC)
    verified_how: Mapped[str] = mapped_column(String(10), default="")


class TaskEvent(Base):
    """Each act on a task with words and evidence, kept for ever. Nobody is the actor of what the clock did."""

    __tablename__ = "task_events"
    __table_args__ = (Index("ix_task_events_task_id_at", "task_id", "at"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("remediation_tasks.id"))
    at: Mapped[datetime] = mapped_column(UTC)
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)


class TaskEvidence(Base):
    """A photo or document handed in with a report, named by its SHA-256."""

    __tablename__ = "task_evidence"
    __table_args__ = (Index("ix_task_evidence_task_id", "task_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("remediation_tasks.id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("task_events.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(String(60))
    filename: Mapped[str] = mapped_column(String(200))


class CalendarAnnouncement(Base):
    """What was announced of a day after this software was shipped; the last word on it wins over the shipped table.

    Kept for ever: a wrong one is corrected or withdrawn by a later one, with the reason. `kind` is off, worked, or
    withdrawn (the day is again what it was before anything was announced).
    """

    __tablename__ = "calendar_announcements"
    __table_args__ = (Index("ix_calendar_announcements_day", "day"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(Text, default="")  # of a correction or withdrawal
    corrects_id: Mapped[str | None] = mapped_column(ForeignKey("calendar_announcements.id"), unique=True)
    announced_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    announced_at: Mapped[datetime] = mapped_column(UTC)


class DigestDay(Base):
    """A working day whose digests for vice-chairs were made."""

    __tablename__ = "digest_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UTC)


class RegisterImport(Base):
    """An old register that was read and shown, then taken over whole (`applied_at`), perhaps undone with a reason."""

    __tablename__ = "register_imports"
    __table_args__ = (
        # The same file is taken over once, also when two people confirm it at once.
        Index(
            "uq_register_imports_taken_over", "host_unit_id", "sha256", unique=True,
            sqlite_where=_IS_TAKEN_OVER, postgresql_where=_IS_TAKEN_OVER,
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    host_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[str] = mapped_column(Text)  # JSON, as read from the workbook
    applied_at: Mapped[datetime | None] = mapped_column(UTC)
    undone_at: Mapped[datetime | None] = mapped_column(UTC)
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    undone_reason: Mapped[str] = mapped_column(Text, default="")
