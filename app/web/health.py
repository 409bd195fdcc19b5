"""GET /healthz: 200 only when the database answers and its migrations are current."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.extensions import db, migrate
from app.web.access import public

blueprint = Blueprint("health", __name__)


def _revisions() -> tuple[str | None, str | None]:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrate.get_config())
    return MigrationContext.configure(db.session.connection()).get_current_revision(), script.get_current_head()


@blueprint.get("/healthz")
@public
def health() -> ResponseReturnValue:
    try:
        current, newest = _revisions()
    except Exception:  # the point of the page is to say that anything at all is wrong
        return jsonify(status="down", database=False), 503
    fine = current == newest
    return jsonify(
        status="ok" if fine else "behind", database=True, migration=current, newest=newest
    ), 200 if fine else 503
