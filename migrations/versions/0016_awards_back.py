"""An award that a complaint set to zero, and what of one that was taken back had been spent."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say by which record an award is nothing, and what could not be taken back."""
    op.add_column("awards", sa.Column("zeroed_by", sa.String(length=16), nullable=True))
    op.add_column(
        "awards", sa.Column("written_off", sa.BigInteger(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_column("awards", "written_off")
    op.drop_column("awards", "zeroed_by")
