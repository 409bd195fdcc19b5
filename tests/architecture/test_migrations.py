"""The migrations lead from nothing to exactly the models, and back, on both databases."""

import shutil
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text

from app import create_app
from app.extensions import db
from config import Settings


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_up_equals_the_models_and_down_and_up_works(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = ""
    if kind == "postgresql":
        from sqlalchemy import create_engine

        server = request.getfixturevalue("postgresql_url")
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS migrations"))
            connection.execute(text("CREATE DATABASE migrations"))
        engine.dispose()
        url = server.replace("/postgres?", "/migrations?")
    app = create_app(Settings(data_dir=tmp_path, database_url=url, testing=True))
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.metadata) == []
        flask_migrate.downgrade(revision="base")
        flask_migrate.upgrade()
        db.engine.dispose()


def test_the_newest_migrations_go_down_and_up_over_a_full_database(demo_data: Path, tmp_path: Path) -> None:
    """SQLite drops a table to change it, and refuses where other rows point at it: an empty database never shows it."""
    app = create_app(Settings(data_dir=Path(shutil.copytree(demo_data, tmp_path / "data")), testing=True))
    with app.app_context():
        before = _rows()
        flask_migrate.downgrade(revision="-2")
        flask_migrate.upgrade()
        assert _rows() == before
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
        db.engine.dispose()


def _rows() -> dict[str, int]:
    counted = {}
    for name in ("visits", "remediation_tasks", "checklist_versions", "checklist_item_codes", "members", "findings"):
        counted[name] = db.session.scalar(select(func.count()).select_from(db.metadata.tables[name])) or 0
    db.session.rollback()
    return counted
