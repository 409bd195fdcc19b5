from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables and routes into the app."""
    from app.findings import models  # noqa: F401
    from app.findings.pages import blueprint

    app.register_blueprint(blueprint)
