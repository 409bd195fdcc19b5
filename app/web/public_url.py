"""The address under which anybody reaches this installation; printed in documents."""

from flask import current_app, request

from config import Settings


def public_url() -> str:
    """The configured address without a slash at the end, else the one this request came to."""
    settings: Settings = current_app.config["SETTINGS"]
    return (settings.public_url or request.url_root).rstrip("/")
