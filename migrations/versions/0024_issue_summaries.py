"""A signed document may be of a whole campaign: its summary."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # As one column with its reference: SQLite adds no constraint later, and building the table anew loses its triggers.
    op.execute(
        "ALTER TABLE issued_documents ADD COLUMN campaign_id VARCHAR(22) "
        "CONSTRAINT fk_issued_documents_campaign_id REFERENCES campaigns (id)"
    )
    op.create_index("ix_issued_documents_campaign_id", "issued_documents", ["campaign_id"])


def downgrade() -> None:
    op.drop_index("ix_issued_documents_campaign_id", "issued_documents")
    op.drop_column("issued_documents", "campaign_id")
