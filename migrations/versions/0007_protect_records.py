"""The database itself refuses to change the log, the traces and what was issued."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "entries",
    "reused_operations",
    "campaign_changes",
    "account_changes",
    "conclusion_events",
    "task_events",
    "task_evidence",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER conclusions_frozen_{verb.lower()} BEFORE {verb} ON conclusions WHEN OLD.frozen IS NOT NULL "
                "BEGIN SELECT RAISE(ABORT, 'issued conclusions never change'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION congvu_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% never changes', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION congvu_refuse()"
        )
    op.execute(
        "CREATE TRIGGER conclusions_frozen BEFORE UPDATE OR DELETE ON conclusions "
        "FOR EACH ROW WHEN (OLD.frozen IS NOT NULL) EXECUTE FUNCTION congvu_refuse()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER conclusions_frozen_{verb}")
        return
    op.execute("DROP TRIGGER conclusions_frozen ON conclusions")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION congvu_refuse()")
