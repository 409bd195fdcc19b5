from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's tables, key and routes into the app."""
    from app.sync import api, commands, hints, models, pages, signing  # noqa: F401

    signing.prepare(app)
    hints.prepare(app)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(pages.imports)
    app.register_blueprint(pages.recovering)
    for command in (
        commands.archive,
        commands.restored,
        commands.recovering,
        commands.sweep_uploads,
        commands.check_logs,
    ):
        app.cli.add_command(command)
