"""Devices are found without diacritics; held and deciding entries are found without reading whole logs."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def upgrade() -> None:
    with op.batch_alter_table("devices") as batch:
        batch.add_column(sa.Column("search_key", sa.String(length=200), nullable=False, server_default=""))
    devices = sa.table("devices", sa.column("id"), sa.column("name"), sa.column("search_key"))
    connection = op.get_bind()
    for device_id, name in connection.execute(sa.select(devices.c.id, devices.c.name)).all():
        connection.execute(devices.update().where(devices.c.id == device_id).values(search_key=_plain(name)[:200]))
    with op.batch_alter_table("devices") as batch:
        batch.alter_column("search_key", server_default=None, existing_type=sa.String(length=200))
    op.create_index("ix_entries_held", "entries", ["visit_id", "n"],
                    sqlite_where=sa.text("status = 'held'"), postgresql_where=sa.text("status = 'held'"))  # fmt: skip
    decides = sa.text("kind IN ('resolve', 'adopt', 'dismiss')")
    op.create_index(
        "ix_entries_decisions", "entries", ["visit_id", "n"], sqlite_where=decides, postgresql_where=decides
    )


def downgrade() -> None:
    op.drop_index("ix_entries_decisions", "entries")
    op.drop_index("ix_entries_held", "entries")
    with op.batch_alter_table("devices") as batch:
        batch.drop_column("search_key")
