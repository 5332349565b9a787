"""The supermarket: goods, stock, terminals, redemptions, donations."""

import sqlalchemy as sa
from alembic import op

from moralbank.core.append_only import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "goods",
    "terminals",
    "donations",
    "stock_counts",
    "stock_movements",
    "redemptions",
    "redemption_lines",
)
"""In the order of their making."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "goods",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("supermarket_id", sa.String(length=16), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("limit_per_person", sa.Integer(), nullable=True),
        sa.Column("limit_period", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "limit_period IN ('day', 'week', 'month', 'quarter', 'year')",
            name=op.f("ck_goods_limit_period"),
        ),
        sa.CheckConstraint("limit_per_person > 0", name=op.f("ck_goods_limit_per_person")),
        sa.CheckConstraint("price > 0", name=op.f("ck_goods_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_goods_stock")),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_goods_supermarket_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_goods"),
        sa.UniqueConstraint("supermarket_id", "sku", name="uq_goods_supermarket_id_sku"),
    )
    op.create_table(
        "terminals",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("supermarket_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_terminals_supermarket_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_terminals"),
    )
    op.create_index("ix_terminals_supermarket_id", "terminals", ["supermarket_id"], unique=False)
    op.create_table(
        "donations",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("to_volunteer_id", sa.String(length=16), nullable=True),
        sa.Column("to_pool_id", sa.String(length=16), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("donated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(to_volunteer_id IS NULL) <> (to_pool_id IS NULL)",
            name=op.f("ck_donations_one_receiver"),
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_donations_points")),
        sa.ForeignKeyConstraint(
            ["to_pool_id"], ["organizations.id"], name="fk_donations_to_pool_id"
        ),
        sa.ForeignKeyConstraint(
            ["to_volunteer_id"], ["volunteers.id"], name="fk_donations_to_volunteer_id"
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_donations_transfer_id"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_donations_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_donations"),
        sa.UniqueConstraint("transfer_id", name="uq_donations_transfer_id"),
    )
    op.create_index("ix_donations_donated_at", "donations", ["donated_at"], unique=False)
    op.create_index("ix_donations_to_pool_id", "donations", ["to_pool_id"], unique=False)
    op.create_index("ix_donations_to_volunteer_id", "donations", ["to_volunteer_id"], unique=False)
    op.create_index("ix_donations_volunteer_id", "donations", ["volunteer_id"], unique=False)
    op.create_table(
        "stock_counts",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("goods_id", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('pending', 'posted')", name=op.f("ck_stock_counts_status")),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_stock_counts_goods_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_counts"),
    )
    op.create_index("ix_stock_counts_goods_id", "stock_counts", ["goods_id"], unique=False)
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("goods_id", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stock_after", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=True),
        sa.Column("source_type", sa.Text(), nullable=True),
        sa.Column("source_id", sa.String(length=16), nullable=True),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "reason IN ('received', 'damaged', 'count', 'sold', 'returned')",
            name=op.f("ck_stock_movements_reason"),
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_movements_quantity")),
        sa.CheckConstraint("stock_after >= 0", name=op.f("ck_stock_movements_stock_after")),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_stock_movements_goods_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
        sa.UniqueConstraint("goods_id", "version", name="uq_stock_movements_goods_id_version"),
    )
    op.create_index("ix_stock_movements_moved_at", "stock_movements", ["moved_at"], unique=False)
    op.create_index(
        "ix_stock_movements_source", "stock_movements", ["source_type", "source_id"], unique=False
    )
    op.create_table(
        "redemptions",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("supermarket_id", sa.String(length=16), nullable=False),
        sa.Column("supermarket", sa.Text(), nullable=False),
        sa.Column("terminal_id", sa.String(length=16), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("voided_by", sa.Text(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'voided') = (voided_at IS NOT NULL)", name=op.f("ck_redemptions_voided")
        ),
        sa.CheckConstraint("status IN ('completed', 'voided')", name=op.f("ck_redemptions_status")),
        sa.CheckConstraint("points > 0", name=op.f("ck_redemptions_points")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name="fk_redemptions_card_id"),
        sa.ForeignKeyConstraint(
            ["rulebook_version"],
            ["rulebook_versions.version"],
            name="fk_redemptions_rulebook_version",
        ),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_redemptions_supermarket_id"
        ),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminals.id"], name="fk_redemptions_terminal_id"
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name="fk_redemptions_transfer_id"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_redemptions_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_redemptions"),
        sa.UniqueConstraint("receipt_no", name="uq_redemptions_receipt_no"),
        sa.UniqueConstraint(
            "terminal_id", "idempotency_key", name="uq_redemptions_terminal_id_idempotency_key"
        ),
        sa.UniqueConstraint("transfer_id", name="uq_redemptions_transfer_id"),
    )
    op.create_index("ix_redemptions_occurred_at", "redemptions", ["occurred_at"], unique=False)
    op.create_index(
        "ix_redemptions_supermarket", "redemptions", ["supermarket_id", "occurred_at"], unique=False
    )
    op.create_index(
        "ix_redemptions_volunteer", "redemptions", ["volunteer_id", "occurred_at"], unique=False
    )
    op.create_table(
        "redemption_lines",
        sa.Column("redemption_id", sa.String(length=16), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("goods_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_redemption_lines_quantity")),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_redemption_lines_goods_id"),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemptions.id"], name="fk_redemption_lines_redemption_id"
        ),
        sa.PrimaryKeyConstraint("redemption_id", "line_no", name="pk_redemption_lines"),
    )
    op.create_index("ix_redemption_lines_goods_id", "redemption_lines", ["goods_id"], unique=False)
    for table, keys in (
        ("stock_movements", [["id"], ["goods_id", "version"]]),
        ("redemption_lines", [["redemption_id", "line_no"]]),
        ("donations", [["id"], ["transfer_id"]]),
    ):
        for statement in protect(table, op.get_bind().dialect.name, keys):
            op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
