"""Delegates: somebody of the family who buys with a volunteer's points until a day."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ONE = "uq_cards_one_per_volunteer"


def _one_per_volunteer(where: str) -> None:
    op.drop_index(ONE, table_name="cards")
    op.create_index(
        ONE, "cards", ["volunteer_id"], unique=True,
        sqlite_where=sa.text(where), postgresql_where=sa.text(where),
    )  # fmt: skip


def upgrade() -> None:
    """Make the table, let a card be a delegate's, and a receipt say who came."""
    op.create_table(
        "delegates",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("good_until", sa.Date(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_delegates_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delegates"),
    )
    op.create_index("ix_delegates_volunteer_id", "delegates", ["volunteer_id"])
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference in place; it knows no other way.
        op.execute(
            "ALTER TABLE cards ADD COLUMN delegate_id VARCHAR(16) "
            "CONSTRAINT fk_cards_delegate_id REFERENCES delegates (id)"
        )
    else:
        op.add_column("cards", sa.Column("delegate_id", sa.String(length=16), nullable=True))
        op.create_foreign_key("fk_cards_delegate_id", "cards", "delegates", ["delegate_id"], ["id"])
    op.create_index("uq_cards_delegate_id", "cards", ["delegate_id"], unique=True)
    _one_per_volunteer("status <> 'revoked' AND delegate_id IS NULL")
    op.add_column("redemptions", sa.Column("delegate", sa.Text(), nullable=True))


def downgrade() -> None:
    """Delegates' cards end with them."""
    op.drop_column("redemptions", "delegate")
    op.execute(
        "UPDATE cards SET status = 'revoked', revoked_at = CURRENT_TIMESTAMP "
        "WHERE delegate_id IS NOT NULL AND status <> 'revoked'"
    )
    _one_per_volunteer("status <> 'revoked'")
    op.drop_index("uq_cards_delegate_id", table_name="cards")
    op.drop_column("cards", "delegate_id")
    op.drop_table("delegates")
