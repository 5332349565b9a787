"""An award that a complaint set to zero and one that was given back, and what of one that was taken
back had been spent."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say by which record an award is nothing, and what could not be taken back, and which were given back."""
    op.add_column("awards", sa.Column("zeroed_by", sa.String(length=16), nullable=True))
    op.add_column(
        "awards", sa.Column("written_off", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_table(
        "restorations",
        sa.Column("record_id", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["conduct_records.id"], name="fk_restorations_record_id"
        ),
        sa.ForeignKeyConstraint(
            ["event_id", "volunteer_id"],
            ["awards.event_id", "awards.volunteer_id"],
            name="fk_restorations_event_id",
        ),
        sa.PrimaryKeyConstraint("record_id", name="pk_restorations"),
    )
    op.create_index("ix_restorations_event_id", "restorations", ["event_id"])
    op.create_index("ix_restorations_restored_at", "restorations", ["restored_at"])


def downgrade() -> None:
    """Take all of it away."""
    op.drop_table("restorations")
    op.drop_column("awards", "written_off")
    op.drop_column("awards", "zeroed_by")
