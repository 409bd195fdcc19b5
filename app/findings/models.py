"""Conclusions: what was computed, kept apart from what a person added; and, once issued, the frozen bytes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import UTC, Base

_IS_FIRST = text("replaces_id IS NULL")


class Conclusion(Base):
    """The outcome of a visit for its unit, from draft to issued.

    `computed` is score, trace and findings as the domain gave them at log position (n, hash) under `chk`.
    `frozen` and `frozen_sha256` are set once, at issue; a trigger refuses any later change of the row. An error in its
    content is corrected by another conclusion of the visit, which names it in `replaces_id`; once that one is issued,
    it no longer counts.
    """

    __tablename__ = "conclusions"
    __table_args__ = (
        UniqueConstraint("issuer_unit_id", "issued_year", "number"),
        Index("ix_conclusions_state", "state"),
        # Two people may begin at once; a visit has one first conclusion all the same.
        Index("uq_conclusions_first", "visit_id", unique=True, sqlite_where=_IS_FIRST, postgresql_where=_IS_FIRST),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("conclusions.id"), unique=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    issuer_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    state: Mapped[str] = mapped_column(String(20), default="draft")
    n: Mapped[int]
    log_hash: Mapped[str] = mapped_column(String(64))
    chk: Mapped[str] = mapped_column(String(64))
    computed: Mapped[dict[str, Any]] = mapped_column(JSON)
    basis_points: Mapped[int | None]
    grade: Mapped[str] = mapped_column(String(40), default="")
    texts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # blocks a person has edited
    stale_texts: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")  # of these, the stale ones
    chain: Mapped[list[str]] = mapped_column(
        JSON, default=list, server_default="[]"
    )  # names of the steps, as submitted
    chain_step: Mapped[int] = mapped_column(default=0, server_default="0")  # from 0, while it is checked
    prepared_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    revision: Mapped[int] = mapped_column(default=1)
    number: Mapped[int | None]
    issued_year: Mapped[int | None]
    symbol: Mapped[str] = mapped_column(String(30), default="")
    issued_on: Mapped[date | None]
    issued_at: Mapped[datetime | None] = mapped_column(UTC)
    issued_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    frozen: Mapped[bytes | None] = mapped_column(LargeBinary)
    frozen_sha256: Mapped[str | None] = mapped_column(String(64))


class ConclusionChecker(Base):
    """Who may take a step of a conclusion's chain, as named when it was submitted."""

    __tablename__ = "conclusion_checkers"
    __table_args__ = (Index("ix_conclusion_checkers_user_id", "user_id"),)

    conclusion_id: Mapped[str] = mapped_column(ForeignKey("conclusions.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)


class Finding(Base):
    """A breach in a conclusion: as computed, with the wording a person gave it, or left out with a reason."""

    __tablename__ = "findings"
    __table_args__ = (Index("ix_findings_conclusion_id", "conclusion_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    conclusion_id: Mapped[str] = mapped_column(ForeignKey("conclusions.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    position: Mapped[int]
    item_key: Mapped[str] = mapped_column(String(80))
    severity: Mapped[str] = mapped_column(String(10))
    computed_text: Mapped[str] = mapped_column(Text)
    computed_remedy: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text, default="")
    due_working_days: Mapped[int]
    sources: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # cells, photos, counts
    excluded_reason: Mapped[str | None] = mapped_column(Text)
    stale_from: Mapped[str | None] = mapped_column(Text)  # the computed text the words were written for, if it changed


class Instruction(Base):
    """What the vice-chair orders beyond the remedies of the findings."""

    __tablename__ = "instructions"
    __table_args__ = (Index("ix_instructions_conclusion_id", "conclusion_id"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    conclusion_id: Mapped[str] = mapped_column(ForeignKey("conclusions.id"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    due_working_days: Mapped[int]
    author_id: Mapped[str] = mapped_column(ForeignKey("users.id"))


class ConclusionEvent(Base):
    """Each act on a conclusion: who, when, why, and what the text was before."""

    __tablename__ = "conclusion_events"
    __table_args__ = (Index("ix_conclusion_events_conclusion_id_at", "conclusion_id", "at"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    conclusion_id: Mapped[str] = mapped_column(ForeignKey("conclusions.id"))
    at: Mapped[datetime] = mapped_column(UTC)
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class IssuedDocument(Base):
    """A signed PDF as it left the office, found by its public code. Never changed, never deleted.

    `facts` are what the document rests on: log position, checklist, hashes of photos. `replaces_id` names the document
    whose content this one corrects, `corrects_id` the one whose layout it corrects (Decree 30/2020/NĐ-CP, article 18).
    """

    __tablename__ = "issued_documents"
    __table_args__ = (
        UniqueConstraint("issuer_unit_id", "year", "symbol", "number"),
        Index("uq_issued_documents_replaces_id", "replaces_id", unique=True),  # each is replaced once
        Index("ix_issued_documents_corrects_id", "corrects_id"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)  # the public code: 128 random bits
    kind: Mapped[str] = mapped_column(String(10))
    conclusion_id: Mapped[str | None] = mapped_column(ForeignKey("conclusions.id"), index=True)
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"), index=True)  # of a campaign's summary
    issuer_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    issuer: Mapped[str] = mapped_column(String(200))
    year: Mapped[int]
    number: Mapped[int]
    symbol: Mapped[str] = mapped_column(String(30))
    dated: Mapped[date]
    signed_at: Mapped[datetime] = mapped_column(UTC)
    signed_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    certificate: Mapped[str] = mapped_column(String(200))
    agency_certificate: Mapped[str] = mapped_column(String(200), default="", server_default="")  # empty: not sealed
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("issued_documents.id"))
    corrects_id: Mapped[str | None] = mapped_column(ForeignKey("issued_documents.id"))


class SigningPicture(Base):
    """What a visible signature shows: a person's handwritten signature, or a unit's seal. A transparent PNG that was
    drawn anew here; never changed, only followed by another or taken away (`ended_at`). Issued files hold their own.
    """

    __tablename__ = "signing_pictures"
    __table_args__ = (
        Index("ix_signing_pictures_unit_id", "unit_id"),
        Index("ix_signing_pictures_user_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))  # whose seal, or whose administrator gave it
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))  # whose signature; empty: the unit's seal
    png: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    width_mm: Mapped[int | None]  # of a seal: its true width
    given_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    given_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
