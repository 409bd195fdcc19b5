from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables, pages, key and count of unread notices into the app."""
    from app.notices import models, pages, signing  # noqa: F401

    signing.prepare(app)
    app.register_blueprint(pages.blueprint)
