"""What higher features may do to visits; the modules beside this one hold what people do."""

from app.campaigns.actions.visits import set_visit_checklist, set_visit_state

__all__ = ["set_visit_checklist", "set_visit_state"]
