"""What became of goods that were given.

Goods that were given before were never set aside, and their points went to whom they were given:
they count as turned into points, and what was handed out for them as paid from those.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ID, MOMENT = sa.String(length=16), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, with a row for every gift of goods that there is."""
    op.create_table(
        "parcels",
        sa.Column("donation_id", ID, nullable=False),
        sa.Column("supermarket_id", ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'proposed', 'completed', 'turned')",
            name=op.f("ck_parcels_status"),
        ),
        sa.CheckConstraint(
            "(status IN ('waiting', 'proposed')) = (ended_at IS NULL)",
            name=op.f("ck_parcels_ended"),
        ),
        sa.ForeignKeyConstraint(["donation_id"], ["donations.id"], name="fk_parcels_donation_id"),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_parcels_supermarket_id"
        ),
        sa.PrimaryKeyConstraint("donation_id", name="pk_parcels"),
    )
    op.execute(
        "INSERT INTO parcels (donation_id, supermarket_id, status, ended_at, ended_by)"
        " SELECT donations.id, goods.supermarket_id, 'turned', donations.donated_at, 'system'"
        " FROM donations JOIN donation_lines AS line"
        " ON line.donation_id = donations.id AND line.line_no = 1"
        " JOIN goods ON goods.id = line.goods_id"
    )
    op.execute("UPDATE reliefs SET donation_id = NULL")


def downgrade() -> None:
    """Take it away. What pays goods that wait stays in the book of points, in wallets of its own;
    what they set aside on the shelf is let go."""
    op.execute(
        "UPDATE goods SET set_aside = set_aside - ("
        " SELECT coalesce(sum(line.quantity), 0) FROM donation_lines AS line"
        " JOIN parcels ON parcels.donation_id = line.donation_id"
        " WHERE line.goods_id = goods.id AND parcels.ended_at IS NULL)"
    )
    op.drop_table("parcels")
