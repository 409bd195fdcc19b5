"""Items of published versions are joined by their code of the item library, across checklists.

Codes are read from the bytes of every version. Those published before items could carry one never change, so the
versions of the one checklist that was shipped then get the codes that its items are known under, and so do the short
visits' checklists cut from them.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SLUG = "mot-cua-cap-xa"
SAME = (
    "bien-ten-co-quan", "bien-de-ban", "thai-do-giao-tiep", "vi-pham-van-hoa-cong-so", "gio-diem-danh",
    "quan-so-co-mat", "lanh-dao-truc", "truc-dung-phan-cong", "gio-tiep-nhan-niem-yet", "linh-vuc-niem-yet",
    "thu-tuc-niem-yet", "hinh-thuc-niem-yet", "kich-thuoc-bang", "danh-muc-mau-don", "thu-tuc-het-hieu-luc",
    "ngay-cap-nhat-niem-yet", "noi-quy-niem-yet", "ho-so-dung-han", "qua-han-chua-tra", "nguyen-nhan-qua-han",
    "thu-xin-loi", "phieu-tiep-nhan", "so-theo-doi", "yeu-cau-ngoai-quy-dinh", "dia-chi-phan-anh", "duong-day-nong",
    "hom-thu-gop-y", "so-gop-y", "kenh-tuyen-truyen", "khac-phuc-lan-truoc", "kien-nghi-cua-don-vi",
)  # fmt: skip
CODES = {key: key for key in SAME} | {"the-cong-chuc": "deo-the"}


def upgrade() -> None:
    codes = op.create_table(
        "checklist_item_codes",
        sa.Column("version_id", sa.String(22), nullable=False),
        sa.Column("item_key", sa.String(80), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["checklist_versions.id"], name=op.f("fk_checklist_item_codes_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "item_key", name=op.f("pk_checklist_item_codes")),
    )
    op.create_index("ix_checklist_item_codes_code", "checklist_item_codes", ["code"])
    old = sa.table("checklist_versions", *(sa.column(name) for name in ("id", "slug", "cut_of", "body")))
    rows = op.get_bind().execute(sa.select(old.c.id, old.c.slug, old.c.cut_of, old.c.body)).all()
    first = {row.id for row in rows if row.slug == SLUG}
    for row in rows:
        known = CODES if row.id in first or row.cut_of in first else {}
        document = json.loads(bytes(row.body))
        items = [item for section in document["sections"] for item in section["items"]]
        codes_of = {item["key"]: item.get("code") or known.get(item["key"]) for item in items}
        found = [{"version_id": row.id, "item_key": key, "code": code} for key, code in codes_of.items() if code]
        if found:
            op.bulk_insert(codes, found)


def downgrade() -> None:
    op.drop_index("ix_checklist_item_codes_code", "checklist_item_codes")
    op.drop_table("checklist_item_codes")
