"""A quicker book: awards are checked off one index, and a wallet's row has room beside it.

Wallets and goods are changed all day, but never in what their indexes say. Where the new row fits
beside the old one, PostgreSQL leaves the indexes alone.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SOURCE = ["source_type", "source_id"]
CHANGED_ALL_DAY = ("accounts", "goods")


def upgrade() -> None:
    """Widen the index; leave room."""
    op.drop_index("ix_transfers_source", "transfers")
    op.create_index("ix_transfers_source", "transfers", [*SOURCE, "kind", "asset", "payee_id"])
    _leave_room("SET (fillfactor = 50)")


def downgrade() -> None:
    """Make the index narrow again; fill pages."""
    _leave_room("RESET (fillfactor)")
    op.drop_index("ix_transfers_source", "transfers")
    op.create_index("ix_transfers_source", "transfers", SOURCE)


def _leave_room(change: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in CHANGED_ALL_DAY:
            op.execute(f"ALTER TABLE {table} {change}")
