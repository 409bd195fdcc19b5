"""The findings and instructions of an issued conclusion are as frozen as the conclusion itself."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("findings", "instructions")
VERBS = {"INSERT": "NEW", "UPDATE": "OLD", "DELETE": "OLD"}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb, row in VERBS.items():
                op.execute(
                    f"CREATE TRIGGER {table}_issued_{verb.lower()} BEFORE {verb} ON {table} "
                    f"WHEN (SELECT frozen FROM conclusions WHERE id = {row}.conclusion_id) IS NOT NULL "
                    "BEGIN SELECT RAISE(ABORT, 'issued conclusions never change'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION congvu_refuse_issued() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE subject text; BEGIN "
        "IF TG_OP = 'INSERT' THEN subject := NEW.conclusion_id; ELSE subject := OLD.conclusion_id; END IF; "
        "IF EXISTS (SELECT 1 FROM conclusions WHERE id = subject AND frozen IS NOT NULL) "
        "THEN RAISE EXCEPTION 'issued conclusions never change'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_issued BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION congvu_refuse_issued()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb in VERBS:
                op.execute(f"DROP TRIGGER {table}_issued_{verb.lower()}")
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_issued ON {table}")
    op.execute("DROP FUNCTION congvu_refuse_issued()")
