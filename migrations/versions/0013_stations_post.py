"""Errands that a station posts."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the station; what is there was posted by none."""
    column = sa.Column("station_id", sa.String(length=16), nullable=True)
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference in place; it knows no other way.
        op.execute(
            "ALTER TABLE service_events ADD COLUMN station_id VARCHAR(16) "
            "CONSTRAINT fk_service_events_station_id REFERENCES organizations (id)"
        )
    else:
        op.add_column("service_events", column)
        op.create_foreign_key(
            "fk_service_events_station_id", "service_events", "organizations",
            ["station_id"], ["id"],
        )  # fmt: skip
    op.create_index("ix_service_events_station_id", "service_events", ["station_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_service_events_station_id", table_name="service_events")
    op.drop_column("service_events", "station_id")
