"""Photos of volunteers."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of photos, encrypted, at most one of each volunteer, with their consent."""
    op.create_table(
        "volunteer_photos",
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_volunteer_photos_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("volunteer_id", name="pk_volunteer_photos"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("volunteer_photos")
