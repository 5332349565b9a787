"""Residents ask by themselves, on a page of their own or on the public one; how a request came,
and who rated for a resident."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say which link of a resident's is good, and keep what was asked for."""
    op.add_column(
        "residents", sa.Column("link_issue", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("service_events", sa.Column("came_by", sa.Text(), nullable=True))
    op.add_column("ratings", sa.Column("spoke_for", sa.Text(), nullable=True))
    op.create_table(
        "asks",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("community_id", sa.String(length=16), nullable=False),
        sa.Column("service_item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_seal", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("needed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_from", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("event_id", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'taken', 'refused')", name="ck_asks_status"),
        sa.CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="ck_asks_decided"),
        sa.CheckConstraint("(status = 'taken') = (event_id IS NOT NULL)", name="ck_asks_taken"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_asks_community_id"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["service_events.id"], name="fk_asks_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_asks"),
    )
    op.create_index("ix_asks_community_id", "asks", ["community_id"])
    op.create_index("ix_asks_phone_seal", "asks", ["phone_seal"])


def downgrade() -> None:
    """Take both away."""
    op.drop_table("asks")
    op.drop_column("ratings", "spoke_for")
    op.drop_column("service_events", "came_by")
    op.drop_column("residents", "link_issue")
