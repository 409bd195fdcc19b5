"""The blueprint that the page modules of this feature share, and the count of unread notices on every page."""

from flask import Blueprint, current_app, g

from app.notices.queries import lists
from config import Settings

blueprint = Blueprint("notices", __name__)


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


@blueprint.app_context_processor
def _unread() -> dict[str, object]:
    """`unread_notices()` for the bell; asked only where the shell shows one."""

    def unread_notices() -> int:
        who = g.get("actor")
        return lists.unread(who.user_id) if who else 0

    return {"unread_notices": unread_notices}
