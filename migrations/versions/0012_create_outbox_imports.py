"""create outbox imports"""

import sqlalchemy as sa
from alembic import op
import app.extensions

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_imports",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.String(length=22), nullable=False),
        sa.Column("created_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", app.extensions.UTC(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_outbox_imports_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_imports")),
    )


def downgrade() -> None:
    op.drop_table("outbox_imports")
