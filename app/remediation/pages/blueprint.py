"""What the pages of remediation share."""

from pathlib import Path

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.permissions import Role
from config import Settings

blueprint = Blueprint("remediation", __name__)

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
