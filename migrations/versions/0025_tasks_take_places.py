"""A task may take the place of one that a replaced notice had ordered.

Added in place, as one column with its reference: both databases read that, and SQLite need not build the table anew.
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
    op.drop_index("ix_remediation_tasks_replaces_id", "remediation_tasks")
    op.drop_column("remediation_tasks", "replaces_id")
