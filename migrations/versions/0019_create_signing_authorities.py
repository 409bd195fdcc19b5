"""Deputies sign in the place of a unit's head over a period, by a document that is named."""

import sqlalchemy as sa
from alembic import op
import app.extensions

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_authorities",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(22), nullable=False),
        sa.Column("signed_for", sa.String(100), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("recorded_by", sa.String(22), nullable=False),
        sa.Column("recorded_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("ended_reason", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_signing_authorities_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signing_authorities_user_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_signing_authorities_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_authorities")),
    )
    op.create_index("ix_signing_authorities_unit_id_user_id", "signing_authorities", ["unit_id", "user_id"])


def downgrade() -> None:
    op.drop_index("ix_signing_authorities_unit_id_user_id", "signing_authorities")
    op.drop_table("signing_authorities")
