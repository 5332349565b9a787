"""The close of day at a terminal."""

import sqlalchemy as sa
from alembic import op

from moralbank.core.append_only import protect

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OPEN = sa.text("closing_id IS NULL")


def upgrade() -> None:
    """Make the table, and let a redemption name its closing."""
    op.create_table(
        "terminal_closings",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("terminal_id", sa.String(length=16), nullable=False),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.Column("voided", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "receipts = counted OR reason IS NOT NULL",
            name=op.f("ck_terminal_closings_explained"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminals.id"], name="fk_terminal_closings_terminal_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_terminal_closings"),
    )
    op.create_index("ix_terminal_closings_terminal_id", "terminal_closings", ["terminal_id"])
    for statement in protect("terminal_closings", op.get_bind().dialect.name, [["id"]]):
        op.execute(statement)
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference in place; it knows no other way.
        op.execute(
            "ALTER TABLE redemptions ADD COLUMN closing_id VARCHAR(16) "
            "CONSTRAINT fk_redemptions_closing_id REFERENCES terminal_closings (id)"
        )
    else:
        op.add_column("redemptions", sa.Column("closing_id", sa.String(length=16), nullable=True))
        op.create_foreign_key(
            "fk_redemptions_closing_id", "redemptions", "terminal_closings", ["closing_id"], ["id"]
        )
    op.create_index(
        "ix_redemptions_open", "redemptions", ["terminal_id"],
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_redemptions_open", table_name="redemptions")
    op.drop_column("redemptions", "closing_id")
    op.drop_table("terminal_closings")
