"""A visit has one conclusion that replaces none, also when two people begin at once."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

IS_FIRST = sa.text("replaces_id IS NULL")


def upgrade() -> None:
    op.create_index(
        "uq_conclusions_first",
        "conclusions",
        ["visit_id"],
        unique=True,
        sqlite_where=IS_FIRST,
        postgresql_where=IS_FIRST,
    )


def downgrade() -> None:
    op.drop_index("uq_conclusions_first", "conclusions")
