"""Money that a supermarket is given, and what goods had cost when they went out."""

import sqlalchemy as sa
from alembic import op

from moralbank.core.append_only import protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room; what went out before has no cost on record."""
    op.add_column("redemption_lines", sa.Column("cost", sa.BigInteger(), nullable=True))
    op.create_table(
        "contributions",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("supermarket_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("donor", sa.Text(), nullable=True),
        sa.Column("receipt_no", sa.Text(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("corrects_id", sa.String(length=16), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(amount < 0) = (corrects_id IS NOT NULL)", name=op.f("ck_contributions_amount")
        ),
        sa.CheckConstraint("kind IN ('donated', 'allotted')", name=op.f("ck_contributions_kind")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["contributions.id"], name="fk_contributions_corrects_id"
        ),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_contributions_supermarket_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contributions"),
        sa.UniqueConstraint("corrects_id", name="uq_contributions_corrects_id"),
    )
    op.create_index(
        "ix_contributions_supermarket", "contributions", ["supermarket_id", "received_on"]
    )
    for statement in protect(
        "contributions", op.get_bind().dialect.name, [["id"], ["corrects_id"]]
    ):
        op.execute(statement)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("contributions")
    op.drop_column("redemption_lines", "cost")
