"""Errands: requests, codes, participants, ratings, awards, and every change on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TABLES = (
    "service_events",
    "awards",
    "event_changes",
    "participants",
    "rating_codes",
    "ratings",
)
"""In the order of their making."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "service_events",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("service_item", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.String(length=16), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("resident_id", sa.String(length=16), nullable=True),
        sa.Column("requester", sa.Text(), nullable=True),
        sa.Column("needed_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("performed_at", MOMENT, nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("callback_since", MOMENT, nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'claimed', 'completed', 'rated', 'awarded', 'cancelled', 'expired', 'disputed', 'upheld', 'dismissed')",
            name=op.f("ck_service_events_status"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_service_events_community_id"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name="fk_service_events_resident_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_events"),
    )
    op.create_index(
        "ix_service_events_callback_since", "service_events", ["callback_since"], unique=False
    )
    op.create_index(
        "ix_service_events_community_status",
        "service_events",
        ["community_id", "status"],
        unique=False,
    )
    op.create_index("ix_service_events_performed", "service_events", ["performed_at"], unique=False)
    op.create_index(
        "ix_service_events_resident_id", "service_events", ["resident_id"], unique=False
    )
    op.create_table(
        "awards",
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("merit", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("explanation", DOCUMENT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("performed_at", MOMENT, nullable=False),
        sa.Column("awarded_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('provisional', 'awarded', 'reversed')", name=op.f("ck_awards_status")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["service_events.id"], name="fk_awards_event_id"),
        sa.ForeignKeyConstraint(
            ["rulebook_version"], ["rulebook_versions.version"], name="fk_awards_rulebook_version"
        ),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name="fk_awards_volunteer_id"),
        sa.PrimaryKeyConstraint("event_id", "volunteer_id", name="pk_awards"),
    )
    op.create_index("ix_awards_awarded_at", "awards", ["awarded_at"], unique=False)
    op.create_index("ix_awards_performed", "awards", ["performed_at"], unique=False)
    op.create_index(
        "ix_awards_volunteer_performed", "awards", ["volunteer_id", "performed_at"], unique=False
    )
    op.create_table(
        "event_changes",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_event_changes_event_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_changes"),
    )
    op.create_index("ix_event_changes_event_id", "event_changes", ["event_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_participants_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_participants_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("event_id", "volunteer_id", name="pk_participants"),
    )
    op.create_index("ix_participants_volunteer_id", "participants", ["volunteer_id"], unique=False)
    op.create_table(
        "rating_codes",
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_rating_codes_event_id"
        ),
        sa.PrimaryKeyConstraint("event_id", "place", name="pk_rating_codes"),
    )
    op.create_table(
        "ratings",
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("slip_no", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "channel IN ('code', 'link', 'phone', 'paper', 'visit')",
            name=op.f("ck_ratings_channel"),
        ),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_ratings_stars")),
        sa.ForeignKeyConstraint(["event_id"], ["service_events.id"], name="fk_ratings_event_id"),
        sa.PrimaryKeyConstraint("event_id", "place", name="pk_ratings"),
        sa.UniqueConstraint("slip_no", name="uq_ratings_slip_no"),
    )
    op.create_index("ix_ratings_rated_at", "ratings", ["rated_at"], unique=False)
    for statement in protect("event_changes", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
