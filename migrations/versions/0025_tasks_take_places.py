"""A task may take the place of one that a replaced notice had ordered.

SQLite adds a column that points somewhere in place, but takes it out only by building the table anew, for which foreign
keys rest.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE remediation_tasks ADD COLUMN replaces_id VARCHAR(22) "
        "CONSTRAINT fk_remediation_tasks_replaces_id REFERENCES remediation_tasks (id)"
    )
    op.create_index("ix_remediation_tasks_replaces_id", "remediation_tasks", ["replaces_id"])


def downgrade() -> None:
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    for sql in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE") if sqlite else ():
        bind.exec_driver_sql(sql)
    with op.batch_alter_table("remediation_tasks") as batch:
        batch.drop_index("ix_remediation_tasks_replaces_id")
        if not sqlite:  # there the constraint goes with its column
            batch.drop_constraint("fk_remediation_tasks_replaces_id", type_="foreignkey")
        batch.drop_column("replaces_id")
    for sql in ("COMMIT", "PRAGMA foreign_keys=ON", "BEGIN IMMEDIATE") if sqlite else ():
        bind.exec_driver_sql(sql)
