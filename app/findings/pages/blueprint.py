"""What the pages of conclusions and of issued documents share."""

from flask import Blueprint, current_app, url_for

from app.domain.permissions import Role
from app.domain.wording import word_diff
from app.findings.signing import agency_signs
from config import Settings

blueprint = Blueprint("findings", __name__)


@blueprint.app_template_global()
def photo_url(visit_id: str, sha256: str) -> str:
    """Where a visit's photo is shown, drawn anew without metadata."""
    return url_for("sync_api.blob", visit_id=visit_id, sha256=sha256)


@blueprint.app_template_global()
def item_url(visit_id: str, item_key: str) -> str:
    """Where an item's answers and their authors are shown."""
    return url_for("overview.item", visit_id=visit_id, item_key=item_key)


blueprint.add_app_template_global(word_diff)
blueprint.add_app_template_global(agency_signs)

READERS = (Role.VICE_CHAIR, Role.INSPECTOR, Role.OFFICE, Role.WARD_HEAD, Role.WARD_OFFICER)
WRITERS = (Role.VICE_CHAIR, Role.INSPECTOR)
CHECKERS = (Role.VICE_CHAIR, Role.OFFICE)


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
