"""Which day it is where the units are; the domain and the actions are told."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app

from app.extensions import now
from config import Settings


def today() -> date:
    """Today's date in the units' time zone."""
    settings: Settings = current_app.config["SETTINGS"]
    return now().astimezone(ZoneInfo(settings.time_zone)).date()
