"""The book's index by source says whose award it is: whoever checks the awards reads it alone."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SOURCE = ["source_type", "source_id"]


def upgrade() -> None:
    """Widen the index."""
    op.drop_index("ix_transfers_source", "transfers")
    op.create_index("ix_transfers_source", "transfers", [*SOURCE, "kind", "asset", "payee_id"])


def downgrade() -> None:
    """Make it narrow again."""
    op.drop_index("ix_transfers_source", "transfers")
    op.create_index("ix_transfers_source", "transfers", SOURCE)
