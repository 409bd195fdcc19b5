from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables, sessions, routes and commands into the app."""
    from app.accounts import api, commands, models, pages, passwords  # noqa: F401

    passwords.prepare(app)
    pages.register_session(app)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    for group in (commands.accounts, commands.units):
        app.cli.add_command(group)
