"""Notices: what people were told, by which channel, and how they want to be reached; when a task needs a look."""

import sqlalchemy as sa
from alembic import op
from app.extensions import UTC

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UTC(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mark", sa.String(22), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.String(200), nullable=False),
        sa.Column("why", sa.String(100), nullable=False),
        _moment("created_at"),
        _moment("read_at", nullable=True),
        _moment("lapsed_at", nullable=True),
        sa.Column("lapsed_reason", sa.String(200), nullable=False),
        sa.UniqueConstraint("user_id", "subject", "kind", "day", "mark"),
    )
    op.create_index("ix_notices_user_id_created_at", "notices", ["user_id", "created_at"])
    op.create_index("ix_notices_user_id_read_at", "notices", ["user_id", "read_at"])
    op.create_index("ix_notices_subject", "notices", ["subject"])
    op.create_table(
        "notice_sendings",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("notice_id", sa.String(22), sa.ForeignKey("notices.id"), nullable=False),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("target", sa.String(254), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        _moment("planned_at"),
        _moment("claimed_at", nullable=True),
        _moment("sent_at", nullable=True),
        sa.Column("sent_to", sa.String(254), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.UniqueConstraint("notice_id", "channel", "target"),
    )
    op.create_index("ix_notice_sendings_state_planned_at", "notice_sendings", ["state", "planned_at"])
    op.create_index("ix_notice_sendings_unit_path", "notice_sendings", ["unit_path"])
    op.create_table(
        "notice_contacts",
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        _moment("confirmed_at", nullable=True),
        sa.Column("wanted_email", sa.String(254), nullable=False),
        _moment("asked_at", nullable=True),
        sa.Column("quiet_from", sa.String(5), nullable=False),
        sa.Column("quiet_to", sa.String(5), nullable=False),
        sa.Column("muted", sa.JSON(), nullable=False),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("endpoint", sa.String(1000), nullable=False, unique=True),
        sa.Column("p256dh", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(30), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        _moment("created_at"),
    )
    op.create_index("ix_push_subscriptions_user_id", "push_subscriptions", ["user_id"])
    op.create_table(
        "digest_days",
        sa.Column("day", sa.Date(), primary_key=True),
        _moment("made_at"),
    )
    op.add_column("remediation_tasks", sa.Column("look_on", sa.Date(), nullable=True))
    op.create_index("ix_remediation_tasks_look_on", "remediation_tasks", ["look_on"])
    op.execute("UPDATE remediation_tasks SET look_on = issued_on WHERE state IN ('assigned', 'returned', 'reported')")


def downgrade() -> None:
    op.drop_index("ix_remediation_tasks_look_on", "remediation_tasks")
    op.drop_column("remediation_tasks", "look_on")
    for table in ("digest_days", "push_subscriptions", "notice_contacts", "notice_sendings", "notices"):
        op.drop_table(table)
