"""How much the operator lets one device send in a day."""

from dataclasses import dataclass

from flask import current_app

from config import Settings


@dataclass(frozen=True)
class Allowance:
    """New operations and photos of one device and day."""

    ops: int
    photos: int


def daily() -> Allowance:
    """The allowance of the current installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return Allowance(settings.ops_per_day, settings.photos_per_day)
