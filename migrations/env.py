"""Alembic's environment: the app's engine and metadata; batch mode, because SQLite cannot alter in place."""

from alembic import context
from flask import current_app


def run() -> None:
    extension = current_app.extensions["migrate"]
    database = extension.db
    with database.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=database.metadata, **extension.configure_args)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
