from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables and routes into the app."""
    from app.sync import models  # noqa: F401
