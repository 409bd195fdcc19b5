"""Announced swaps of days are kept as a row of announcements, so that a later one corrects or withdraws an earlier."""

import sqlalchemy as sa
from alembic import op

from app.extensions import UTC

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_announcements",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.String(length=22), nullable=True),
        sa.Column("announced_by", sa.String(length=22), nullable=False),
        sa.Column("announced_at", UTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["calendar_announcements.id"], name=op.f("fk_calendar_announcements_corrects_id")
        ),
        sa.ForeignKeyConstraint(["announced_by"], ["users.id"], name=op.f("fk_calendar_announcements_announced_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_announcements")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_calendar_announcements_corrects_id")),
    )
    op.create_index("ix_calendar_announcements_day", "calendar_announcements", ["day"])
    op.execute(
        "INSERT INTO calendar_announcements (id, day, kind, name, source, reason, announced_by, announced_at) "
        "SELECT 'swap-' || CAST(day AS VARCHAR), day, CASE WHEN off THEN 'off' ELSE 'worked' END, name, source, '', "
        "announced_by, announced_at FROM calendar_swaps"
    )
    op.drop_table("calendar_swaps")


def downgrade() -> None:
    """The latest word on each day stays; what it corrected, and what was withdrawn, does not fit the old table."""
    op.create_table(
        "calendar_swaps",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("announced_by", sa.String(length=22), nullable=False),
        sa.Column("announced_at", UTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["announced_by"], ["users.id"], name=op.f("fk_calendar_swaps_announced_by")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_swaps")),
    )
    op.execute(
        "INSERT INTO calendar_swaps (day, off, name, source, announced_by, announced_at) "
        "SELECT day, kind = 'off', name, source, announced_by, announced_at FROM calendar_announcements AS word "
        "WHERE kind <> 'withdrawn' AND NOT EXISTS (SELECT 1 FROM calendar_announcements AS later "
        "WHERE later.day = word.day AND (later.announced_at > word.announced_at OR later.corrects_id = word.id))"
    )
    op.drop_table("calendar_announcements")
