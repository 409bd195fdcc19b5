from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables, routes and commands into the app."""
    from app.checklists import commands, models, pages  # noqa: F401

    app.register_blueprint(pages.blueprint)
    app.cli.add_command(commands.checklists)
