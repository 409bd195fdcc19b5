"""A campaign says which decision sets up its delegation, and which period is inspected.

The columns are added in place, with plain SQL that both databases read, as in 0030.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TEXTS = (("decision_number", 60), ("decision_issuer", 200), ("decision_subject", 500))
DAYS = ("decision_date", "inspected_from", "inspected_to")


def upgrade() -> None:
    for name, longest in TEXTS:
        op.execute(f"ALTER TABLE campaigns ADD COLUMN {name} VARCHAR({longest}) DEFAULT '' NOT NULL")
    for name in DAYS:
        op.execute(f"ALTER TABLE campaigns ADD COLUMN {name} DATE")


def downgrade() -> None:
    for name in (*DAYS, *(text for text, _ in TEXTS)):
        op.execute(f"ALTER TABLE campaigns DROP COLUMN {name}")
