"""A task carries its own unit, source and people, its plan and extension; work from an old register has no conclusion.

SQLite rebuilds a table to let a column be empty. Foreign keys rest meanwhile, and the triggers that keep
`task_events` append-only are put back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op
import app.extensions

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXTS = {
    "evidence_asked": sa.Text(),
    "plan": sa.Text(),
    "root_cause": sa.Text(),
    "owner_name": sa.String(200),
    "unit_path": sa.String(200),
    "unit_name": sa.String(200),
    "host_path": sa.String(200),
    "source": sa.String(60),
    "verified_how": sa.String(10),
}
DATES = ("head_since", "extended_to", "wished_for", "reported_on")
POINTERS = {
    "owner_id": "users.id",
    "asked_by": "users.id",
    "delegation_id": "delegations.id",
    "parent_id": "remediation_tasks.id",
    "import_id": "register_imports.id",
}


@contextmanager
def rebuilding() -> Iterator[None]:
    """On SQLite: no foreign keys and no append-only triggers while tables are made anew."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        yield
        return
    for sql in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        bind.exec_driver_sql(sql)
    triggers = [
        row[0]
        for row in bind.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'task_events'"
        )
    ]
    yield
    for sql in triggers:
        bind.exec_driver_sql(sql)
    broken = bind.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"rows without their parents: {broken[:5]}")
    for sql in ("COMMIT", "PRAGMA foreign_keys=ON", "BEGIN IMMEDIATE"):
        bind.exec_driver_sql(sql)


def upgrade() -> None:
    op.create_table(
        "register_imports",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("user_id", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("host_unit_id", sa.Integer(), sa.ForeignKey("units.id"), nullable=False),
        sa.Column("created_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("applied_at", app.extensions.UTC(timezone=True), nullable=True),
        sa.Column("undone_at", app.extensions.UTC(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(22), sa.ForeignKey("users.id"), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=False, server_default=""),
    )
    op.create_table(
        "calendar_swaps",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("announced_by", sa.String(22), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("announced_at", app.extensions.UTC(timezone=True), nullable=False),
    )
    with rebuilding():
        with op.batch_alter_table("remediation_tasks") as batch:
            batch.alter_column("conclusion_id", existing_type=sa.String(22), nullable=True)
            batch.alter_column("campaign_id", existing_type=sa.String(22), nullable=True)
            batch.add_column(sa.Column("kind", sa.String(10), nullable=False, server_default="repair"))
            batch.add_column(sa.Column("recheck_months", sa.Integer(), nullable=False, server_default="0"))
            batch.add_column(sa.Column("dossiers", sa.Integer(), nullable=True))
            for name, kind in TEXTS.items():
                batch.add_column(sa.Column(name, kind, nullable=False, server_default=""))
            for name in DATES:
                batch.add_column(sa.Column(name, sa.Date(), nullable=True))
            for name, target in POINTERS.items():
                batch.add_column(sa.Column(name, sa.String(22), nullable=True))
                table, column = target.split(".")
                batch.create_foreign_key(f"fk_remediation_tasks_{name}", table, [name], [column])
            batch.create_index("ix_remediation_tasks_due_on", ["due_on", "position"])
            batch.create_index("ix_remediation_tasks_parent_id", ["parent_id"])
        with op.batch_alter_table("task_events") as batch:
            batch.alter_column("actor_id", existing_type=sa.String(22), nullable=True)
    _fill()


def _fill() -> None:
    bind = op.get_bind()
    rows = (
        bind.execute(
            sa.text(
                "SELECT t.id, t.issued_on, v.unit_path, v.unit_name, v.delegation_id, c.host_path, k.number, k.symbol "
                "FROM remediation_tasks t JOIN conclusions k ON k.id = t.conclusion_id JOIN visits v ON v.id = k.visit_id "
                "JOIN campaigns c ON c.id = v.campaign_id"
            )
        )
        .mappings()
        .all()
    )
    reports = bind.execute(
        sa.text("SELECT task_id, max(at) AS at FROM task_events WHERE action = 'report' GROUP BY task_id")
    ).all()
    days = {task_id: (_moment(at) + timedelta(hours=7)).date().isoformat() for task_id, at in reports}
    for row in rows:
        bind.execute(
            sa.text(
                "UPDATE remediation_tasks SET unit_path=:unit_path, unit_name=:unit_name, delegation_id=:delegation_id, "
                "host_path=:host_path, source=:source, head_since=:issued_on, reported_on=CAST(:reported AS DATE) "
                "WHERE id=:id"
                if bind.dialect.name != "sqlite"
                else "UPDATE remediation_tasks SET unit_path=:unit_path, unit_name=:unit_name, delegation_id=:delegation_id, "
                "host_path=:host_path, source=:source, head_since=:issued_on, reported_on=:reported WHERE id=:id"
            ),
            {**row, "source": f"{row['number'] or 0:02d}/{row['symbol']}", "reported": days.get(row["id"])},
        )


def _moment(value: object) -> datetime:
    """In UTC: the database keeps it as text on SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(app.extensions.UTC_ZONE)
    return datetime.fromisoformat(str(value))


def downgrade() -> None:
    op.execute("DELETE FROM remediation_tasks WHERE conclusion_id IS NULL")
    with rebuilding():
        with op.batch_alter_table("task_events") as batch:
            batch.alter_column("actor_id", existing_type=sa.String(22), nullable=False)
        with op.batch_alter_table("remediation_tasks") as batch:
            batch.drop_index("ix_remediation_tasks_parent_id")
            batch.drop_index("ix_remediation_tasks_due_on")
            for name in POINTERS:
                batch.drop_constraint(f"fk_remediation_tasks_{name}", type_="foreignkey")
                batch.drop_column(name)
            for name in (*DATES, *TEXTS, "kind", "recheck_months", "dossiers"):
                batch.drop_column(name)
            batch.alter_column("campaign_id", existing_type=sa.String(22), nullable=False)
            batch.alter_column("conclusion_id", existing_type=sa.String(22), nullable=False)
    op.drop_table("calendar_swaps")
    op.drop_table("register_imports")
