"""The issued minutes of a visit: of what was signed last, and of what was signed before it was amended."""

from typing import Any

from sqlalchemy import select

from app.campaigns.queries import PlannedVisit
from app.extensions import db
from app.findings.models import Conclusion, IssuedDocument
from app.findings.queries import records
from app.findings.queries.records import DocumentRow


def latest(visit_id: str) -> DocumentRow | None:
    """The minutes issued last, maybe of what was signed before an amendment; whichever conclusion they came with."""
    code = db.session.scalar(
        select(IssuedDocument.id)
        .join(Conclusion, Conclusion.id == IssuedDocument.conclusion_id)
        .where(Conclusion.visit_id == visit_id, IssuedDocument.kind == "minutes")
        .order_by(IssuedDocument.signed_at.desc(), IssuedDocument.id)
        .limit(1)
    )
    return records.issued_document(code) if code else None


def in_force(visit: PlannedVisit) -> DocumentRow | None:
    """The minutes issued of what both parties signed last."""
    found = latest(visit.id)
    return found if found and visit.signed_at and found.signed_at >= visit.signed_at else None


def facts_of(code: str) -> dict[str, Any]:
    """What an issued document rests on, as stored with it."""
    return dict(db.session.scalar(select(IssuedDocument.facts).where(IssuedDocument.id == code)) or {})
