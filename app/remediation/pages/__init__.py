"""The desk pages of remediation."""

from app.remediation.pages import boards, calendars, evidence, issuing, rechecks, registers, tasks
from app.remediation.pages.blueprint import blueprint

__all__ = ["blueprint", "boards", "calendars", "evidence", "issuing", "rechecks", "registers", "tasks"]
