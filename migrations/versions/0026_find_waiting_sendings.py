"""What waits for one channel is found without walking over what waits for another, such as letters without a server."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_notice_sendings_state_channel_planned_at", "notice_sendings", ["state", "channel", "planned_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_notice_sendings_state_channel_planned_at", "notice_sendings")
