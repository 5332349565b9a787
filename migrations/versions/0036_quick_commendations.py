"""An index for the commendations of a large bank's star rounds: few results have one."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    some = sa.text("CAST(commendations AS TEXT) <> '[]'")
    op.create_index(
        "ix_star_results_commended",
        "star_results",
        ["round_id"],
        postgresql_where=some,
        sqlite_where=some,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_star_results_commended", table_name="star_results")
