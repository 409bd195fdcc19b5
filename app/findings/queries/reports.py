"""The delegation's reports of a conclusion: one for each time it was submitted, none for a draft."""

from app.findings.queries import records
from app.findings.queries.records import DocumentRow

SYMBOL = "BC-ĐKT"  # a series of the delegation's own (Decree 30/2020/NĐ-CP, article 15)


def latest(conclusion_id: str) -> DocumentRow | None:
    """The report issued last, maybe of an earlier submission."""
    found = [each for each in records.issued_documents_of(conclusion_id) if each.kind == "report"]
    return found[-1] if found else None


def in_force(conclusion_id: str) -> DocumentRow | None:
    """The report issued since the conclusion was last submitted."""
    submitted, report = records.latest_event(conclusion_id, "submit"), latest(conclusion_id)
    return report if report and submitted and report.signed_at >= submitted.at else None
