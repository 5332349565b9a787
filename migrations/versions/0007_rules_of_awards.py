"""What the rulebook's further rules stand on: what is kept for donation, when an award is released
or taken back, registered pairings, and the record of bonuses and deductions.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column(
        "awards", sa.Column("excess", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("awards", sa.Column("reversed_at", MOMENT, nullable=True))
    op.add_column("awards", sa.Column("reversed_for", sa.Text(), nullable=True))
    op.add_column("awards", sa.Column("notice_id", sa.String(length=16), nullable=True))
    op.add_column("awards", sa.Column("cleared_at", MOMENT, nullable=True))
    op.add_column("awards", sa.Column("released_at", MOMENT, nullable=True))
    op.create_index("ix_awards_reversed_at", "awards", ["reversed_at"])
    op.create_index("ix_awards_notice_id", "awards", ["notice_id"])
    op.create_index("ix_awards_status", "awards", ["status"], **only_provisional())
    op.create_table(
        "award_reviews",
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_award_reviews_event_id"
        ),
        sa.PrimaryKeyConstraint("event_id", "reviewer", name="pk_award_reviews"),
    )
    op.create_table(
        "pairings",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("resident_id", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_pairings_volunteer_id"
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name="fk_pairings_resident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pairings"),
    )
    op.create_index("ix_pairings_resident_id", "pairings", ["resident_id"])
    op.create_index(
        "uq_pairings_running",
        "pairings",
        ["volunteer_id", "resident_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "conduct_records",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("merit", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("explanation", DOCUMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('recorded', 'withdrawn')", name=op.f("ck_conduct_records_status")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_conduct_records_volunteer_id"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_conduct_records_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["rulebook_version"],
            ["rulebook_versions.version"],
            name="fk_conduct_records_rulebook_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conduct_records"),
    )
    op.create_index(
        "uq_conduct_records_once",
        "conduct_records",
        ["event_id", "volunteer_id", "reason"],
        unique=True,
        postgresql_where=sa.text("status = 'recorded'"),
        sqlite_where=sa.text("status = 'recorded'"),
    )
    op.create_index("ix_conduct_records_volunteer_id", "conduct_records", ["volunteer_id"])
    op.create_index("ix_conduct_records_happened_at", "conduct_records", ["happened_at"])


def only_provisional() -> dict[str, sa.TextClause]:
    """Return the condition of the index of what waits for its release."""
    waits = sa.text("status = 'provisional'")
    return {"postgresql_where": waits, "sqlite_where": waits}


def downgrade() -> None:
    """Take the tables and the columns away."""
    for table in ("conduct_records", "pairings", "award_reviews"):
        op.drop_table(table)
    for index in ("ix_awards_status", "ix_awards_notice_id", "ix_awards_reversed_at"):
        op.drop_index(index, "awards")
    for column in (
        "released_at",
        "cleared_at",
        "notice_id",
        "reversed_for",
        "reversed_at",
        "excess",
    ):
        op.drop_column("awards", column)
