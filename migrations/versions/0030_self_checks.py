"""A campaign says whether it inspects or is a unit's check of itself, and which inspection ordered it."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("campaigns") as batch:
        batch.add_column(sa.Column("kind", sa.String(length=20), nullable=False, server_default="inspection"))
        batch.add_column(sa.Column("ordered_by_id", sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f("fk_campaigns_ordered_by_id_campaigns"), "campaigns", ["ordered_by_id"], ["id"])
    op.create_index("ix_campaigns_kind", "campaigns", ["kind"])


def downgrade() -> None:
    op.drop_index("ix_campaigns_kind", "campaigns")
    with op.batch_alter_table("campaigns") as batch:
        batch.drop_constraint(op.f("fk_campaigns_ordered_by_id_campaigns"), type_="foreignkey")
        batch.drop_column("ordered_by_id")
        batch.drop_column("kind")
