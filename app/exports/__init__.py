"""What leaves the house as files: the workbook of a campaign. Read only."""

from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's routes into the app."""
    from app.exports.pages import blueprint

    app.register_blueprint(blueprint)
