"""The shelf: who gave what came, moves between shops, blind counts, barcodes, seasons' prices.

SQLite cannot change a CHECK: there the two tables are made anew under their old names while their
rows wait beside them.
"""

import sqlalchemy as sa
from alembic import op

from moralbank.core.append_only import protect, unprotect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEYS = [["id"], ["goods_id", "version"]]
REASONS = "reason IN ('received', 'damaged', 'count', 'sold', 'returned', 'moved')"
REASONS_BEFORE = "reason IN ('received', 'damaged', 'count', 'sold', 'returned')"
STATES_BEFORE = "status IN ('pending', 'posted')"
STATES = "status IN ('pending', 'posted', 'agreed', 'rejected', 'replaced')"
Columns = tuple[tuple[str, sa.types.TypeEngine[object]], ...]
OF_MOVEMENTS: Columns = (
    ("donor", sa.Text()), ("invoice", sa.Text()), ("unit_cost", sa.BigInteger()),
    ("note", sa.Text()),
)  # fmt: skip
OF_COUNTS: Columns = (
    ("counted", sa.Integer()),
    ("expected", sa.BigInteger()),
    ("reason", sa.Text()),
)


def upgrade() -> None:
    """Make room for what is said of a movement, a count and goods."""
    _changed("stock_movements", "ck_stock_movements_reason", REASONS, OF_MOVEMENTS)
    _changed("stock_counts", "ck_stock_counts_status", STATES, OF_COUNTS)
    op.add_column("goods", sa.Column("barcode", sa.Text(), nullable=True))
    op.add_column("goods", sa.Column("reorder_level", sa.Integer(), nullable=True))
    op.create_index("uq_goods_barcode", "goods", ["supermarket_id", "barcode"], unique=True)
    op.create_table(
        "goods_prices",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("goods_id", sa.String(length=16), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_goods_prices_price")),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_goods_prices_goods_id"),
        sa.PrimaryKeyConstraint("id", name="pk_goods_prices"),
    )
    op.create_index("ix_goods_prices_goods", "goods_prices", ["goods_id", "starts_on"])


def downgrade() -> None:
    """Take it away. What was moved between shops stays in the book as received and damaged, for
    that is all that it can say then; counts that moved nothing are forgotten."""
    op.drop_table("goods_prices")
    op.drop_index("uq_goods_barcode", table_name="goods")
    op.drop_column("goods", "reorder_level")
    op.drop_column("goods", "barcode")
    op.execute("DELETE FROM stock_counts WHERE status NOT IN ('pending', 'posted')")
    dialect = op.get_bind().dialect.name
    for statement in unprotect("stock_movements", dialect):
        op.execute(statement)
    op.execute(
        "UPDATE stock_movements SET reason = CASE WHEN quantity > 0 THEN 'received' "
        "ELSE 'damaged' END WHERE reason = 'moved'"
    )
    for statement in protect("stock_movements", dialect, KEYS):
        op.execute(statement)
    for table, columns in (("stock_counts", OF_COUNTS), ("stock_movements", OF_MOVEMENTS)):
        for column, _kind in columns:
            op.drop_column(table, column)
    _changed("stock_counts", "ck_stock_counts_status", STATES_BEFORE, ())
    _changed("stock_movements", "ck_stock_movements_reason", REASONS_BEFORE, ())


def _changed(table: str, name: str, check: str, more: Columns) -> None:
    """Give a table another CHECK, and more columns."""
    added = [sa.Column(column, kind, nullable=True) for column, kind in more]
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table)
        op.create_check_constraint(op.f(name), table, check)
        for column in added:
            op.add_column(table, column)
        return
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}")  # noqa: S608 - our own words
    op.drop_table(table)
    create, known = MADE[table]
    create(check, added)
    columns = ", ".join(known)
    op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM temp.kept")  # noqa: S608
    op.execute("DROP TABLE temp.kept")
    if table == "stock_movements":
        for statement in protect(table, "sqlite", KEYS):
            op.execute(statement)


def _create_movements(check: str, more: list[sa.Column[object]]) -> None:
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
        *more,
        sa.CheckConstraint(check, name=op.f("ck_stock_movements_reason")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_movements_quantity")),
        sa.CheckConstraint("stock_after >= 0", name=op.f("ck_stock_movements_stock_after")),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_stock_movements_goods_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
        sa.UniqueConstraint("goods_id", "version", name="uq_stock_movements_goods_id_version"),
    )
    op.create_index("ix_stock_movements_moved_at", "stock_movements", ["moved_at"])
    op.create_index("ix_stock_movements_source", "stock_movements", ["source_type", "source_id"])


def _create_counts(check: str, more: list[sa.Column[object]]) -> None:
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
        *more,
        sa.CheckConstraint(check, name=op.f("ck_stock_counts_status")),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_stock_counts_goods_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_counts"),
    )
    op.create_index("ix_stock_counts_goods_id", "stock_counts", ["goods_id"])


MADE = {
    "stock_movements": (
        _create_movements,
        (
            "id", "goods_id", "quantity", "reason", "stock_after", "version", "who", "second",
            "source_type", "source_id", "moved_at",
        ),
    ),
    "stock_counts": (
        _create_counts,
        (
            "id", "goods_id", "quantity", "status", "asked_by", "asked_at", "decided_by",
            "decided_at",
        ),
    ),
}  # fmt: skip
