"""Notices that put others right."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a notice name the one that it corrects, and say why."""
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference in place; it knows no other way.
        op.execute(
            "ALTER TABLE notices ADD COLUMN correction_of VARCHAR(16) "
            "CONSTRAINT fk_notices_correction_of REFERENCES notices (id)"
        )
    else:
        op.add_column("notices", sa.Column("correction_of", sa.String(length=16), nullable=True))
        op.create_foreign_key(
            "fk_notices_correction_of", "notices", "notices", ["correction_of"], ["id"]
        )
    op.add_column("notices", sa.Column("correction_reason", sa.Text(), nullable=True))
    op.create_index("ix_notices_correction_of", "notices", ["correction_of"])


def downgrade() -> None:
    """Forget which notices corrected others. Those stay; their digests, which tell of it, hold no
    more."""
    op.drop_index("ix_notices_correction_of", table_name="notices")
    op.drop_column("notices", "correction_reason")
    op.drop_column("notices", "correction_of")
