"""Short visits look at a few items again, with a checklist cut from the one that found them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("checklist_versions") as table:
        table.add_column(sa.Column("cut_of", sa.String(22)))
        table.create_foreign_key("fk_checklist_versions_cut_of", "checklist_versions", ["cut_of"], ["id"])
    with op.batch_alter_table("visits") as table:
        table.add_column(sa.Column("recheck_of", sa.String(22)))
        table.create_foreign_key("fk_visits_recheck_of", "visits", ["recheck_of"], ["id"])
    with op.batch_alter_table("remediation_tasks") as table:
        table.add_column(sa.Column("recheck_visit_id", sa.String(22)))
        table.create_foreign_key("fk_remediation_tasks_recheck_visit_id", "visits", ["recheck_visit_id"], ["id"])
        table.create_index("ix_remediation_tasks_recheck_visit_id", ["recheck_visit_id"])


def downgrade() -> None:
    with op.batch_alter_table("remediation_tasks") as table:
        table.drop_index("ix_remediation_tasks_recheck_visit_id")
        table.drop_constraint("fk_remediation_tasks_recheck_visit_id", type_="foreignkey")
        table.drop_column("recheck_visit_id")
    with op.batch_alter_table("visits") as table:
        table.drop_constraint("fk_visits_recheck_of", type_="foreignkey")
        table.drop_column("recheck_of")
    with op.batch_alter_table("checklist_versions") as table:
        table.drop_constraint("fk_checklist_versions_cut_of", type_="foreignkey")
        table.drop_column("cut_of")
