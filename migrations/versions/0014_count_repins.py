"""How often a visit was moved to another checklist: a push asks for its re-pins only where there are any."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("visit_heads") as batch:
        batch.add_column(sa.Column("repins", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("heads") as batch:  # a retired cell has the checklist's hash before its path
        batch.alter_column("path", existing_type=sa.String(200), type_=sa.String(300), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("heads") as batch:
        batch.alter_column("path", existing_type=sa.String(300), type_=sa.String(200), existing_nullable=False)
    with op.batch_alter_table("visit_heads") as batch:
        batch.drop_column("repins")
