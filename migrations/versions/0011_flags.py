"""Flags: what a person should look at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "flags",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=True),
        sa.Column("saw", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("delays", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'fine', 'wrong')", name=op.f("ck_flags_status")),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)", name=op.f("ck_flags_decided")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["service_events.id"], name="fk_flags_event_id"),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name="fk_flags_volunteer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flags"),
        sa.UniqueConstraint("mark", name="uq_flags_mark"),
    )
    op.create_index("ix_flags_event_id", "flags", ["event_id"])
    op.create_index("ix_flags_volunteer_id", "flags", ["volunteer_id"])
    still_open = sa.text("status = 'open'")
    op.create_index(
        "ix_flags_open", "flags", ["raised_at"],
        postgresql_where=still_open, sqlite_where=still_open,
    )  # fmt: skip


def downgrade() -> None:
    """Take it away."""
    op.drop_table("flags")
