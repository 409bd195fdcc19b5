"""A visit may have a conclusion that replaces an issued one: one link, and no longer one conclusion a visit.

SQLite drops no constraint in place: the table is built anew with foreign keys switched off, which is possible only
outside a transaction, and the triggers that guard it are put back.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ROWS = {"INSERT": "NEW", "UPDATE": "OLD", "DELETE": "OLD"}
REFUSE = "BEGIN SELECT RAISE(ABORT, 'issued conclusions never change'); END"


@contextmanager
def _rebuilding() -> Iterator[None]:
    if op.get_bind().dialect.name != "sqlite":
        yield
        return
    raw = op.get_bind().connection.dbapi_connection
    for statement in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        raw.execute(statement)
    for table in ("findings", "instructions"):
        for verb in ROWS:
            op.execute(f"DROP TRIGGER {table}_issued_{verb.lower()}")
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER conclusions_frozen_{verb}")
    yield
    for table in ("findings", "instructions"):
        for verb, row in ROWS.items():
            op.execute(
                f"CREATE TRIGGER {table}_issued_{verb.lower()} BEFORE {verb} ON {table} "
                f"WHEN (SELECT frozen FROM conclusions WHERE id = {row}.conclusion_id) IS NOT NULL {REFUSE}"
            )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER conclusions_frozen_{verb.lower()} BEFORE {verb} ON conclusions "
            f"WHEN OLD.frozen IS NOT NULL {REFUSE}"
        )
    for statement in ("COMMIT", "PRAGMA foreign_keys=ON", "BEGIN IMMEDIATE"):
        raw.execute(statement)


def upgrade() -> None:
    with _rebuilding(), op.batch_alter_table("conclusions") as batch:
        batch.drop_constraint(op.f("uq_conclusions_visit_id"), type_="unique")
        batch.add_column(sa.Column("replaces_id", sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f("fk_conclusions_replaces_id"), "conclusions", ["replaces_id"], ["id"])
        batch.create_unique_constraint(op.f("uq_conclusions_replaces_id"), ["replaces_id"])
        batch.create_index(op.f("ix_conclusions_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    with _rebuilding(), op.batch_alter_table("conclusions") as batch:
        batch.drop_index(op.f("ix_conclusions_visit_id"))
        batch.drop_constraint(op.f("uq_conclusions_replaces_id"), type_="unique")
        batch.drop_constraint(op.f("fk_conclusions_replaces_id"), type_="foreignkey")
        batch.drop_column("replaces_id")
        batch.create_unique_constraint(op.f("uq_conclusions_visit_id"), ["visit_id"])
