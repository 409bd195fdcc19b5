"""Campaigns, the units they go to, the delegations that go, and the visits planned."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base

INSPECTION, SELF_CHECK = "inspection", "self_check"


class Campaign(Base):
    """A planned round over a period, run by `host_unit`, with one checklist version.

    One of kind `self_check` is a unit's check of itself: one visit, made by the unit's own people; `ordered_by_id` is
    the inspection that ordered it, if any did.
    """

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    plan_number: Mapped[str] = mapped_column(String(60), default="")  # such as 89/KH-UBND
    plan_date: Mapped[date | None]
    # The decision that sets up the delegation, such as 215/QĐ-UBND: by whom, and about what in its own words
    decision_number: Mapped[str] = mapped_column(String(60), default="", server_default="")
    decision_date: Mapped[date | None]
    decision_issuer: Mapped[str] = mapped_column(String(200), default="", server_default="")
    decision_subject: Mapped[str] = mapped_column(String(500), default="", server_default="")
    inspected_from: Mapped[date | None]  # the period inspected, which is not that of the campaign
    inspected_to: Mapped[date | None]
    host_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    host_path: Mapped[str] = mapped_column(String(200))  # a unit never moves, so its path is kept here too
    checklist_version_id: Mapped[str] = mapped_column(ForeignKey("checklist_versions.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default="active")  # active | cancelled | finished
    kind: Mapped[str] = mapped_column(String(20), default=INSPECTION, server_default=INSPECTION, index=True)
    ordered_by_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    sample_data: Mapped[bool] = mapped_column(default=False)
    # Steps of the review between the lead's report and the vice-chair: [{"name", "people": [user ids]}]
    review_chain: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    revision: Mapped[int] = mapped_column(default=1)


class CampaignUnit(Base):
    """A unit picked for a campaign."""

    __tablename__ = "campaign_units"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)


class Delegation(Base):
    """The team of a campaign's visits."""

    __tablename__ = "delegations"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))


class Member(Base):
    """A person's place in a delegation. A place that ended stays, with its date and who ended it."""

    __tablename__ = "members"
    __table_args__ = (Index("ix_members_user_id", "user_id"), UniqueConstraint("delegation_id", "user_id"))

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    delegation_id: Mapped[str] = mapped_column(ForeignKey("delegations.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    is_lead: Mapped[bool] = mapped_column(default=False)
    duty: Mapped[str] = mapped_column(String(150), default="")  # Trưởng đoàn, Thư ký, Thành viên
    added_at: Mapped[datetime] = mapped_column(UTC)
    removed_at: Mapped[datetime | None] = mapped_column(UTC)


class Visit(Base):
    """One delegation at one unit with one checklist version.

    The unit's name, kind and parent are kept as they were when planned, for documents are never renamed.
    A short visit that looks at a few items again names the visit that found them in `recheck_of`, and stays out of its
    campaign's lists and figures. `state` mirrors what the log says (sync writes it): planned, open, closed, signed; or
    cancelled by the desk. A surprise visit is *sealed* until its lead starts it: no list or page names its unit;
    `start_code` (twelve digits) opens what its members' phones hold of it, `started_at` is when the server heard of
    the start (sync writes it).
    """

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_campaign_id_unit_id", "campaign_id", "unit_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    delegation_id: Mapped[str] = mapped_column(ForeignKey("delegations.id"), index=True)
    recheck_of: Mapped[str | None] = mapped_column(ForeignKey("visits.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    unit_name: Mapped[str] = mapped_column(String(200))
    unit_kind: Mapped[str] = mapped_column(String(20))
    unit_parent_name: Mapped[str] = mapped_column(String(200), default="")
    unit_path: Mapped[str] = mapped_column(String(200))
    checklist_version_id: Mapped[str] = mapped_column(ForeignKey("checklist_versions.id"))
    planned_on: Mapped[date]
    planned_time: Mapped[str] = mapped_column(String(5), default="", server_default="")  # HH:MM, surprise visits
    surprise: Mapped[bool] = mapped_column(default=False, server_default=false())
    start_code: Mapped[str] = mapped_column(String(12), default="", server_default="")
    started_at: Mapped[datetime | None] = mapped_column(UTC)
    state: Mapped[str] = mapped_column(String(20), default="planned")
    signed_n: Mapped[int | None]
    signed_hash: Mapped[str | None] = mapped_column(String(64))
    signed_at: Mapped[datetime | None] = mapped_column(UTC)
    created_at: Mapped[datetime] = mapped_column(UTC)


class VisitAccess(Base):
    """Who could know of a surprise visit before it started, and how: planned | opened | phone | pack.

    `opened`: the visit's page on the desk; `phone`: the lead's phone fetched it; `pack`: a member's phone fetched what
    only the start code opens.
    """

    __tablename__ = "visit_accesses"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    how: Mapped[str] = mapped_column(String(20), primary_key=True)
    first_at: Mapped[datetime] = mapped_column(UTC)
    last_at: Mapped[datetime] = mapped_column(UTC)
    times: Mapped[int] = mapped_column(default=1)


class CampaignChange(Base):
    """The trace of planning: who did what to a campaign, its delegations and visits, when and why."""

    __tablename__ = "campaign_changes"
    __table_args__ = (Index("ix_campaign_changes_campaign_id_at", "campaign_id", "at"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visits.id"))
    at: Mapped[datetime] = mapped_column(UTC)
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(1000), default="")
    detail: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
