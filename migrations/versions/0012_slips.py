"""Paper slips: which numbers were printed for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "slip_batches",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("community_id", sa.String(length=16), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_slip_batches_community_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_slip_batches"),
        sa.UniqueConstraint("first", name="uq_slip_batches_first"),
    )
    op.create_index("ix_slip_batches_community_id", "slip_batches", ["community_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("slip_batches")
