"""Pictures of signatures and seals; whether the agency signed an issued document; each document is replaced once.

Columns are added and dropped in place, with plain SQL that both databases read: SQLite would otherwise make the table
anew, and its triggers with it.
"""

import sqlalchemy as sa
from alembic import op

from app.extensions import UTC

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_pictures",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=22), nullable=True),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=True),
        sa.Column("given_by", sa.String(length=22), nullable=False),
        sa.Column("given_at", UTC(timezone=True), nullable=False),
        sa.Column("ended_at", UTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_signing_pictures_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signing_pictures_user_id")),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name=op.f("fk_signing_pictures_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_pictures")),
    )
    op.create_index("ix_signing_pictures_unit_id", "signing_pictures", ["unit_id"])
    op.create_index("ix_signing_pictures_user_id", "signing_pictures", ["user_id"])
    op.execute("ALTER TABLE issued_documents ADD COLUMN agency_certificate VARCHAR(200) DEFAULT '' NOT NULL")
    op.create_index("uq_issued_documents_replaces_id", "issued_documents", ["replaces_id"], unique=True)
    op.create_index("ix_issued_documents_corrects_id", "issued_documents", ["corrects_id"])


def downgrade() -> None:
    op.drop_index("ix_issued_documents_corrects_id", "issued_documents")
    op.drop_index("uq_issued_documents_replaces_id", "issued_documents")
    op.execute("ALTER TABLE issued_documents DROP COLUMN agency_certificate")
    op.drop_table("signing_pictures")
