from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables and routes into the app."""
    from app.campaigns import models, pages  # noqa: F401

    app.register_blueprint(pages.blueprint)
