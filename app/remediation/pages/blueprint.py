"""What the pages of remediation share."""

from pathlib import Path

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from app.remediation.queries import tasks
from app.web.clock import today
from config import Settings

blueprint = Blueprint("remediation", __name__)


@blueprint.app_context_processor
def _what_follows() -> dict[str, object]:
    """Lets the pages of what was concluded say what became of it."""
    return {"repairs_of": lambda finding_ids: tasks.repairs_of(finding_ids, today())}


READERS = (Role.VICE_CHAIR, Role.INSPECTOR, Role.WARD_HEAD, Role.WARD_OFFICER)
VERIFIERS = (Role.VICE_CHAIR, Role.INSPECTOR)
UNIT = (Role.WARD_HEAD, Role.WARD_OFFICER)


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def data_dir() -> Path:
    return settings().data_dir


def back(task_id: str) -> ResponseReturnValue:
    return redirect(url_for("remediation.show", task_id=task_id), 303)
