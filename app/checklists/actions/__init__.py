"""What people do to checklists: publish, withdraw, cut for a short visit; and the drafts they come from."""

from app.checklists.actions.versions import keep_cut, publish, publish_again, withdraw
from app.checklists.linting import reused_keys

__all__ = ["keep_cut", "publish", "publish_again", "reused_keys", "withdraw"]
