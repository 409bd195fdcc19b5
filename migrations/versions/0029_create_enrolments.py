"""One-time links that enrol a phone without a password: hashed, short-lived, kept as a trace."""

import sqlalchemy as sa
from alembic import op
import app.extensions

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolments",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.String(length=22), nullable=False),
        sa.Column("created_by", sa.String(length=22), nullable=False),
        sa.Column("created_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("expires_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("used_at", app.extensions.UTC(timezone=True), nullable=True),
        sa.Column("device_id", sa.String(length=22), nullable=True),
        sa.Column("revoked_at", app.extensions.UTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_enrolments_user_id_users")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_enrolments_created_by_users")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_enrolments_device_id_devices")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("id", name=op.f("uq_enrolments_id")),
    )
    op.create_index("ix_enrolments_user_id_created_at", "enrolments", ["user_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_enrolments_user_id_created_at", "enrolments")
    op.drop_table("enrolments")
