"""What higher features may ask about remediation; the modules beside this one hold the rest."""

from app.remediation.queries.boards import Tally, counts, tallies
from app.remediation.queries.calendars import calendar_between, calendar_of
from app.remediation.queries.tasks import BoardRow, tasks_of

__all__ = ["BoardRow", "Tally", "calendar_between", "calendar_of", "counts", "tallies", "tasks_of"]
