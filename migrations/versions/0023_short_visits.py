"""Short visits look at a few items again, with a checklist cut from the one that found them.

The columns are added in place, with plain SQL that both databases read: SQLite would otherwise make the tables anew and
refuse to drop the old ones, which other rows point at.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = (
    ("checklist_versions", "cut_of", "checklist_versions"),
    ("visits", "recheck_of", "visits"),
    ("remediation_tasks", "recheck_visit_id", "visits"),
)


def upgrade() -> None:
    for table, column, target in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(22) REFERENCES {target} (id)")
    op.create_index("ix_remediation_tasks_recheck_visit_id", "remediation_tasks", ["recheck_visit_id"])


def downgrade() -> None:
    op.drop_index("ix_remediation_tasks_recheck_visit_id", "remediation_tasks")
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
