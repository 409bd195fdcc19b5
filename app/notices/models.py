"""What people were told, by which channel, and how they want to be reached."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base


class Notice(Base):
    """One thing told to one person, once a day at most; the desk's own list is made of these.

    `subject` names the matter (`task/<id>`, `conclusion/<id>`, `digest`); `day` is the day it belongs to; `why` says
    why this person; `mark` tells apart what may happen twice a day. What was done meanwhile lapses, with the reason.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("user_id", "subject", "kind", "day", "mark"),
        Index("ix_notices_user_id_created_at", "user_id", "created_at"),
        Index("ix_notices_user_id_read_at", "user_id", "read_at"),
        Index("ix_notices_subject", "subject"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(60))
    day: Mapped[date]
    mark: Mapped[str] = mapped_column(String(22), default="")
    unit_path: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(200), default="")  # a path of this desk
    why: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(UTC)
    read_at: Mapped[datetime | None] = mapped_column(UTC)
    lapsed_at: Mapped[datetime | None] = mapped_column(UTC)
    lapsed_reason: Mapped[str] = mapped_column(String(200), default="")


class Sending(Base):
    """A notice on its way by one channel to one target: waiting → claimed → handing → sent.

    A claim that was not followed up goes back to waiting. What was being handed over when the process died is
    `uncertain` and is never sent again by itself. Else: failed (given up) or lapsed.
    """

    __tablename__ = "notice_sendings"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "target"),
        Index("ix_notice_sendings_state_planned_at", "state", "planned_at"),
        Index("ix_notice_sendings_state_channel_planned_at", "state", "channel", "planned_at"),
        Index("ix_notice_sendings_unit_path", "unit_path"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    unit_path: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(254), default="")  # a subscription, or an address to be confirmed
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    planned_at: Mapped[datetime] = mapped_column(UTC)
    claimed_at: Mapped[datetime | None] = mapped_column(UTC)
    sent_at: Mapped[datetime | None] = mapped_column(UTC)
    sent_to: Mapped[str] = mapped_column(String(254), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")


class Contact(Base):
    """How a person wants to be reached. An address counts once it is confirmed; a new one waits in `wanted_email`."""

    __tablename__ = "notice_contacts"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UTC)
    wanted_email: Mapped[str] = mapped_column(String(254), default="")
    asked_at: Mapped[datetime | None] = mapped_column(UTC)
    quiet_from: Mapped[str] = mapped_column(String(5), default="")  # "18:00"; empty: the office's hours
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    muted: Mapped[list[str]] = mapped_column(JSON, default=list)  # turned off: email:before


class PushSubscription(Base):
    """A browser that asked for messages; its endpoint belongs to the person who asked last."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (Index("ix_push_subscriptions_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(30))
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UTC)
