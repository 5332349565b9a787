"""What came without a cost of its own cost what the goods are said to cost now: written down, so
that a later word changes no month that is over."""

from alembic import op

from moralbank.core.append_only import protect, unprotect

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLE = "stock_movements"
KEYS = [["id"], ["goods_id", "version"]]
FILL = """
    UPDATE stock_movements SET unit_cost = (
        SELECT goods.cost FROM goods WHERE goods.id = stock_movements.goods_id
    )
    WHERE reason = 'received' AND unit_cost IS NULL
"""


def upgrade() -> None:
    """Fill it in."""
    dialect = op.get_bind().dialect.name
    for statement in (*unprotect(TABLE, dialect), FILL, *protect(TABLE, dialect, KEYS)):
        op.execute(statement)


def downgrade() -> None:
    """Leave what was filled in: it says what was true."""
