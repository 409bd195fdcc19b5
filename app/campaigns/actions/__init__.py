"""What higher features may do to visits; the modules beside this one hold what people do."""

from app.campaigns.actions.accesses import note_access
from app.campaigns.actions.visits import set_visit_checklist, set_visit_started, set_visit_state

__all__ = ["note_access", "set_visit_checklist", "set_visit_started", "set_visit_state"]
