"""What becomes of accounts: moves, freezing, ends; and balances taken over from paper books."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    asked = sa.text("status = 'asked'")
    op.create_table(
        "account_changes",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("volunteer_id", sa.String(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("other_id", sa.String(16), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('moved', 'frozen', 'thawed', 'left', 'died', 'merged')",
            name="ck_account_changes_kind",
        ),
        sa.CheckConstraint(
            "status IN ('asked', 'done', 'refused')", name="ck_account_changes_status"
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name="ck_account_changes_two_people"
        ),
        sa.CheckConstraint(
            "kind <> 'merged' OR other_id IS NOT NULL", name="ck_account_changes_merged_into"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_account_changes_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_changes"),
    )
    op.create_index("ix_account_changes_volunteer_id", "account_changes", ["volunteer_id"])
    op.create_index("ix_account_changes_status", "account_changes", ["status"])
    op.create_index(
        "ix_account_changes_asked",
        "account_changes",
        ["volunteer_id"],
        unique=True,
        postgresql_where=asked,
        sqlite_where=asked,
    )
    op.add_column(
        "adjustments",
        sa.Column("opening", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("adjustments", "opening")
    op.drop_table("account_changes")
