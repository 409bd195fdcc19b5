"""Steps between the lead's report and the vice-chair's review: set on the campaign, fixed when one is submitted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("review_chain", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("conclusions", sa.Column("chain", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("conclusions", sa.Column("chain_step", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "conclusion_checkers",
        sa.Column("conclusion_id", sa.String(22), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("user_id", sa.String(22), nullable=False),
        sa.ForeignKeyConstraint(
            ["conclusion_id"], ["conclusions.id"], name=op.f("fk_conclusion_checkers_conclusion_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_conclusion_checkers_user_id")),
        sa.PrimaryKeyConstraint("conclusion_id", "step", "user_id", name=op.f("pk_conclusion_checkers")),
    )
    op.create_index("ix_conclusion_checkers_user_id", "conclusion_checkers", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_conclusion_checkers_user_id", "conclusion_checkers")
    op.drop_table("conclusion_checkers")
    op.drop_column("conclusions", "chain_step")
    op.drop_column("conclusions", "chain")
    op.drop_column("campaigns", "review_chain")
