"""A visit may be a surprise: hidden until its lead starts it; who could know is written down from the planning on.

The columns are added in place, with plain SQL that both databases read, as in 0030.
"""

import sqlalchemy as sa
from alembic import op

from app.extensions import UTC

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE visits ADD COLUMN surprise BOOLEAN DEFAULT false NOT NULL")
    op.execute("ALTER TABLE visits ADD COLUMN planned_time VARCHAR(5) DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE visits ADD COLUMN start_code VARCHAR(12) DEFAULT '' NOT NULL")
    op.add_column("visits", sa.Column("started_at", UTC()))
    op.create_table(
        "visit_accesses",
        sa.Column("visit_id", sa.String(22), sa.ForeignKey("visits.id"), primary_key=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("how", sa.String(20), primary_key=True),
        sa.Column("first_at", UTC(), nullable=False),
        sa.Column("last_at", UTC(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("visit_accesses")
    for column in ("started_at", "start_code", "planned_time", "surprise"):
        op.execute(f"ALTER TABLE visits DROP COLUMN {column}")
