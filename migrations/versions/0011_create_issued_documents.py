"""Signed PDFs as they left the office; the database itself refuses to change them."""

import app.extensions
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_documents",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("conclusion_id", sa.String(length=22), nullable=True),
        sa.Column("issuer_unit_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(length=30), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("signed_at", app.extensions.UTC(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(length=22), nullable=False),
        sa.Column("certificate", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("replaces_id", sa.String(length=22), nullable=True),
        sa.Column("corrects_id", sa.String(length=22), nullable=True),
        sa.ForeignKeyConstraint(["conclusion_id"], ["conclusions.id"], name=op.f("fk_issued_documents_conclusion_id")),
        sa.ForeignKeyConstraint(["issuer_unit_id"], ["units.id"], name=op.f("fk_issued_documents_issuer_unit_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["users.id"], name=op.f("fk_issued_documents_signed_by")),
        sa.ForeignKeyConstraint(["replaces_id"], ["issued_documents.id"], name=op.f("fk_issued_documents_replaces_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["issued_documents.id"], name=op.f("fk_issued_documents_corrects_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_documents")),
        sa.UniqueConstraint(
            "issuer_unit_id",
            "year",
            "symbol",
            "number",
            name=op.f("uq_issued_documents_issuer_unit_id_year_symbol_number"),
        ),
    )
    op.create_index(op.f("ix_issued_documents_conclusion_id"), "issued_documents", ["conclusion_id"], unique=False)
    op.create_index(op.f("ix_issued_documents_sha256"), "issued_documents", ["sha256"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER issued_documents_no_{verb.lower()} BEFORE {verb} ON issued_documents "
                "BEGIN SELECT RAISE(ABORT, 'issued documents never change'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER issued_documents_append_only BEFORE UPDATE OR DELETE ON issued_documents "
        "FOR EACH ROW EXECUTE FUNCTION congvu_refuse()"
    )


def downgrade() -> None:
    op.drop_table("issued_documents")
