"""The errand between request and rating: skills, several volunteers, deadlines, no-shows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=16)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
COLUMNS: dict[str, tuple[tuple[str, sa.types.TypeEngine, str | None], ...]] = {
    "volunteers": (("skills", DOCUMENT, "[]"),),
    "service_events": (
        ("volunteers_needed", sa.Integer(), "1"),
        ("deadline", MOMENT, None),
        ("kind", sa.Text(), "errand"),
    ),
    "event_changes": (("action", sa.Text(), None), ("volunteer_id", ID, None)),
}
"""Table → its new columns: name, type, and what the rows there already have."""
TABLES = (
    "attendances",
    "no_shows",
    "event_series",
    "series_errands",
    "invitations",
    "callback_tries",
)
"""In the order of their making."""


def upgrade() -> None:
    """Add the columns and make the tables."""
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            op.add_column(
                table, sa.Column(name, kind, server_default=default, nullable=default is None)
            )
    _make_attendances()
    _make_no_shows()
    _make_series()
    _make_callback_tries()
    for table in ("no_shows", "callback_tries"):
        for statement in protect(table, op.get_bind().dialect.name):
            op.execute(statement)


def _make_attendances() -> None:
    op.create_table(
        "attendances",
        sa.Column("event_id", ID, nullable=False),
        sa.Column("volunteer_id", ID, nullable=False),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_attendances_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_attendances_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("event_id", "volunteer_id", name="pk_attendances"),
    )
    op.create_index("ix_attendances_volunteer_id", "attendances", ["volunteer_id"])
    op.create_index(
        "uq_attendances_one_at_a_time",
        "attendances",
        ["volunteer_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
        sqlite_where=sa.text("left_at IS NULL"),
    )


def _make_no_shows() -> None:
    op.create_table(
        "no_shows",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("volunteer_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["service_events.id"], name="fk_no_shows_event_id"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_no_shows_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_no_shows"),
    )
    op.create_index("ix_no_shows_event_id", "no_shows", ["event_id"])
    op.create_index("ix_no_shows_volunteer_id", "no_shows", ["volunteer_id"])


def _make_series() -> None:
    op.create_table(
        "event_series",
        sa.Column("id", ID, nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("every IN ('week')", name=op.f("ck_event_series_every")),
        sa.PrimaryKeyConstraint("id", name="pk_event_series"),
    )
    op.create_table(
        "series_errands",
        sa.Column("event_id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_series_errands_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["event_series.id"], name="fk_series_errands_series_id"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_series_errands"),
        sa.UniqueConstraint("series_id", "place", name="uq_series_errands_place"),
    )
    op.create_table(
        "invitations",
        sa.Column("event_id", ID, nullable=False),
        sa.Column("volunteer_id", ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("declined_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_invitations_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_invitations_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("event_id", "volunteer_id", name="pk_invitations"),
    )
    op.create_index("ix_invitations_volunteer_id", "invitations", ["volunteer_id"])


def _make_callback_tries() -> None:
    op.create_table(
        "callback_tries",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["service_events.id"], name="fk_callback_tries_event_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_callback_tries"),
    )
    op.create_index("ix_callback_tries_event_id", "callback_tries", ["event_id"])


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
    for table, columns in reversed(COLUMNS.items()):
        for name, _kind, _default in reversed(columns):
            op.drop_column(table, name)
