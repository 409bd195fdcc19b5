"""create device records: tickets, incidents, contacts, daily use, restores"""

import sqlalchemy as sa
from alembic import op
import app.extensions

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_tickets",
        sa.Column("ticket_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=22), nullable=False),
        sa.Column("issued_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_tickets_device_id")),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_device_tickets")),
    )
    op.create_index("ix_device_tickets_device_id", "device_tickets", ["device_id"])
    op.create_table(
        "incidents",
        sa.Column("user_id", sa.String(length=22), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=22), nullable=True),
        sa.Column("visit_id", sa.String(length=22), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("said_at", sa.String(length=40), nullable=False),
        sa.Column("received_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_incidents_device_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_incidents_user_id")),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_incidents")),
    )
    op.create_index("ix_incidents_device_id", "incidents", ["device_id"])
    op.create_index("ix_incidents_received_at", "incidents", ["received_at"])
    op.create_table(
        "visit_contacts",
        sa.Column("visit_id", sa.String(length=22), nullable=False),
        sa.Column("device_id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.String(length=22), nullable=False),
        sa.Column("opened_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("last_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("pending_ops", sa.Integer(), nullable=False),
        sa.Column("pending_blobs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_visit_contacts_device_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_visit_contacts_user_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_contacts_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "device_id", name=op.f("pk_visit_contacts")),
    )
    op.create_index("ix_visit_contacts_device_id", "visit_contacts", ["device_id"])
    op.create_table(
        "daily_use",
        sa.Column("sender_id", sa.String(length=22), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ops", sa.Integer(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sender_id", name=op.f("pk_daily_use")),
    )
    op.create_table(
        "restores",
        sa.Column("epoch", sa.String(length=22), nullable=False),
        sa.Column("at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", app.extensions.UTC(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=22), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_restores_ended_by")),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_restores")),
    )


def downgrade() -> None:
    op.drop_table("restores")
    op.drop_table("daily_use")
    op.drop_table("visit_contacts")
    op.drop_table("incidents")
    op.drop_table("device_tickets")
