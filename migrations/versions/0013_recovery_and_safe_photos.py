"""When a device's log was last found to be the server's own, and which photos are in a verified archive."""

import sqlalchemy as sa
from alembic import op
import app.extensions

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("visit_contacts") as batch:
        batch.add_column(sa.Column("checked_at", app.extensions.UTC(timezone=True), nullable=True))
    with op.batch_alter_table("blobs") as batch:
        batch.add_column(sa.Column("safe", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("blobs") as batch:
        batch.drop_column("safe")
    with op.batch_alter_table("visit_contacts") as batch:
        batch.drop_column("checked_at")
