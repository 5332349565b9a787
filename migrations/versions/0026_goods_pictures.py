"""Pictures of goods."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of pictures, small ones, at most one for each kind of goods on a shelf."""
    op.create_table(
        "goods_pictures",
        sa.Column("goods_id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_goods_pictures_goods_id"),
        sa.PrimaryKeyConstraint("goods_id", name="pk_goods_pictures"),
    )
    op.create_index("ix_goods_pictures_digest", "goods_pictures", ["digest"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("goods_pictures")
