from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables and routes into the app."""
    from app.remediation import models  # noqa: F401
    from app.remediation.commands import remind, tasks
    from app.remediation.pages import blueprint

    app.register_blueprint(blueprint)
    app.cli.add_command(tasks)
    app.cli.add_command(remind)
