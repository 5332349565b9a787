"""Whether a redemption was made with the card's PIN."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room; of what was redeemed before nobody knows."""
    op.add_column("redemptions", sa.Column("with_pin", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("redemptions", "with_pin")
