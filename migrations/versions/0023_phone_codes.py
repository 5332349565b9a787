"""The code on a volunteer's phone."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of which code of a card was shown last, and to whom."""
    op.create_table(
        "shown_codes",
        sa.Column("card_id", sa.String(length=16), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("shown_to", sa.Text(), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name="fk_shown_codes_card_id"),
        sa.PrimaryKeyConstraint("card_id", name="pk_shown_codes"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("shown_codes")
