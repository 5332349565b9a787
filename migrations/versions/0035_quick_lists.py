"""Indexes for lists that stay quick in a large bank: the best of many star rounds, and volunteers by
part of their name."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; SQLite has none that finds a part of a name."""
    some = sa.text("stars > 0")
    op.create_index(
        "ix_star_results_best",
        "star_results",
        ["stars", "rank", "subject_id"],
        postgresql_where=some,
        sqlite_where=some,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_volunteers_characters ON volunteers "
            "USING gin (string_to_array(name, NULL::text))"
        )


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_volunteers_characters", table_name="volunteers")
    op.drop_index("ix_star_results_best", table_name="star_results")
