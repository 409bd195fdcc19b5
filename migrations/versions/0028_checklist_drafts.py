"""Checklists are written on the desk: drafts with every save; a version keeps its YAML and says what changed.

The columns are added in place, which both databases read; SQLite need not build the table of versions anew.
"""

import sqlalchemy as sa
from alembic import op
from app.extensions import UTC

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checklist_versions", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    op.add_column("checklist_versions", sa.Column("change_note", sa.String(2000), nullable=False, server_default=""))
    op.create_table(
        "checklist_drafts",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.String(22), sa.ForeignKey("checklist_versions.id")),
        sa.Column("created_at", UTC(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("saved_at", UTC(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("published_as", sa.String(22), sa.ForeignKey("checklist_versions.id")),
        sa.Column("discarded_at", UTC(timezone=True)),
    )
    op.create_table(
        "checklist_draft_saves",
        sa.Column("draft_id", sa.String(22), sa.ForeignKey("checklist_drafts.id"), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("saved_at", UTC(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("checklist_draft_saves")
    op.drop_table("checklist_drafts")
    op.drop_column("checklist_versions", "change_note")
    op.drop_column("checklist_versions", "source")
