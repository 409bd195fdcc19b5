"""A campaign says whether it inspects or is a unit's check of itself, and which inspection ordered it.

The columns are added in place, with plain SQL that both databases read: SQLite would otherwise make the table anew and
refuse to drop the old one, which visits point at.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE campaigns ADD COLUMN kind VARCHAR(20) DEFAULT 'inspection' NOT NULL")
    op.execute("ALTER TABLE campaigns ADD COLUMN ordered_by_id VARCHAR(22) REFERENCES campaigns (id)")
    op.create_index("ix_campaigns_kind", "campaigns", ["kind"])


def downgrade() -> None:
    op.drop_index("ix_campaigns_kind", "campaigns")
    op.execute("ALTER TABLE campaigns DROP COLUMN ordered_by_id")
    op.execute("ALTER TABLE campaigns DROP COLUMN kind")
