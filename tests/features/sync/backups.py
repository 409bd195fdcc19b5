"""A backup of the whole database and putting it back, on either database: what an operator does, without his tools."""

from typing import Any

from flask import Flask

from app.extensions import db
from tests.conftest import empty_tables

Backup = dict[str, list[dict[str, Any]]]


def backup(app: Flask) -> Backup:
    """Every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in db.metadata.sorted_tables
        }


def put_back(app: Flask, rows: Backup) -> None:
    """What came after the backup is gone."""
    empty_tables(app)
    with app.app_context(), db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])
