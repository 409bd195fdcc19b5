"""What people do about remediation. Nothing here commits."""

from app.remediation.actions.demanding import draft_demand, issue_demand
from app.remediation.actions.ordering import issue_conclusion
from app.remediation.actions.tasks import MOST_BYTES, MOST_FILES, Handed, Repair, report, return_report, verify

__all__ = [
    "MOST_BYTES",
    "MOST_FILES",
    "Handed",
    "Repair",
    "draft_demand",
    "issue_conclusion",
    "issue_demand",
    "report",
    "return_report",
    "verify",
]
