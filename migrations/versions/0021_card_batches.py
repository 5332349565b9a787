"""Cards that were printed together."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and let a card name its batch."""
    op.create_table(
        "card_batches",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("community_id", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reprint_of", sa.String(length=16), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_card_batches_community_id"
        ),
        sa.ForeignKeyConstraint(
            ["reprint_of"], ["card_batches.id"], name="fk_card_batches_reprint_of"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_card_batches"),
    )
    op.create_index("ix_card_batches_community_id", "card_batches", ["community_id"])
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference in place; it knows no other way.
        op.execute(
            "ALTER TABLE cards ADD COLUMN batch_id VARCHAR(16) "
            "CONSTRAINT fk_cards_batch_id REFERENCES card_batches (id)"
        )
    else:
        op.add_column("cards", sa.Column("batch_id", sa.String(length=16), nullable=True))
        op.create_foreign_key("fk_cards_batch_id", "cards", "card_batches", ["batch_id"], ["id"])
    op.create_index("ix_cards_batch_id", "cards", ["batch_id"])


def downgrade() -> None:
    """Forget which cards were printed together."""
    op.drop_index("ix_cards_batch_id", table_name="cards")
    op.drop_column("cards", "batch_id")
    op.drop_table("card_batches")
