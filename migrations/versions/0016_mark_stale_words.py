"""Words that were written for something that has changed since are marked, until somebody decides."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("findings", sa.Column("stale_from", sa.Text(), nullable=True))
    op.add_column("conclusions", sa.Column("stale_texts", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("conclusions", "stale_texts")
    op.drop_column("findings", "stale_from")
