"""The same file of an old register is taken over once."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TAKEN_OVER = sa.text("applied_at IS NOT NULL AND undone_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "uq_register_imports_taken_over",
        "register_imports",
        ["host_unit_id", "sha256"],
        unique=True,
        sqlite_where=TAKEN_OVER,
        postgresql_where=TAKEN_OVER,
    )


def downgrade() -> None:
    op.drop_index("uq_register_imports_taken_over", "register_imports")
