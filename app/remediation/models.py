"""Remediation tasks, their whole life, and the evidence wards hand in."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base


class RemediationTask(Base):
    """What a unit must repair by a date, and the head who answers for it."""

    __tablename__ = "remediation_tasks"
    __table_args__ = (Index("ix_remediation_tasks_unit_id_due_on", "unit_id", "due_on"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    conclusion_id: Mapped[str] = mapped_column(ForeignKey("conclusions.id"), index=True)
    finding_id: Mapped[str | None] = mapped_column(ForeignKey("findings.id"))
    instruction_id: Mapped[str | None] = mapped_column(ForeignKey("instructions.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
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
    state: Mapped[str] = mapped_column(String(20), default="assigned")
    revision: Mapped[int] = mapped_column(default=1)
    verified_at: Mapped[datetime | None] = mapped_column(UTC)


class TaskEvent(Base):
    """Each act on a task: assigned, reported, returned, verified; with words and evidence, kept for ever."""

    __tablename__ = "task_events"
    __table_args__ = (Index("ix_task_events_task_id_at", "task_id", "at"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("remediation_tasks.id"))
    at: Mapped[datetime] = mapped_column(UTC)
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
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
