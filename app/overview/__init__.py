"""Boards that join features: the home page, wards compared, and the way down from a number to what somebody saw."""

from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's routes into the app."""
    from app.overview.pages import blueprint

    app.register_blueprint(blueprint)
