"""Passwords that must be changed, sign-ins that end unused, and an audit trail that can be searched.

Lines of the trail from before have no place and nobody whom they are about: they were never to be
changed, and are not now. Whoever works for the whole bank reads them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

SEARCHED = ("place", "volunteer_id", "actor", "action")
"""What the trail is searched by, each in the order in which its lines were written."""


def upgrade() -> None:
    """Add the columns and the indexes."""
    op.add_column(
        "staff",
        sa.Column(
            "must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column("access_tokens", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "access_tokens", sa.Column("address", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("access_tokens", sa.Column("owes", sa.Text(), nullable=True))
    op.add_column("audit_entries", sa.Column("place", sa.Text(), server_default="", nullable=False))
    op.add_column("audit_entries", sa.Column("volunteer_id", sa.String(16), nullable=True))
    for column in SEARCHED:
        op.create_index(f"ix_audit_entries_{column}_id", "audit_entries", [column, "id"])


def downgrade() -> None:
    """Take them away."""
    for column in SEARCHED:
        op.drop_index(f"ix_audit_entries_{column}_id", "audit_entries")
    op.drop_column("audit_entries", "volunteer_id")
    op.drop_column("audit_entries", "place")
    for column in ("owes", "address", "seen_at"):
        op.drop_column("access_tokens", column)
    op.drop_column("staff", "must_change_password")
