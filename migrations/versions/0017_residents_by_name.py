"""Residents of whom nothing but the name is known are counted by it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the seal of the name and the first of that name; who is there already has neither."""
    op.add_column("residents", sa.Column("name_seal", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference in place; it knows no other way.
        op.execute(
            "ALTER TABLE residents ADD COLUMN namesake_of VARCHAR(16) "
            "CONSTRAINT fk_residents_namesake_of REFERENCES residents (id)"
        )
    else:
        column = sa.Column("namesake_of", sa.String(length=16), nullable=True)
        op.add_column("residents", column)
        op.create_foreign_key(
            "fk_residents_namesake_of", "residents", "residents", ["namesake_of"], ["id"]
        )
    op.create_index("ix_residents_name_seal", "residents", ["name_seal"])
    op.create_index("ix_residents_namesake_of", "residents", ["namesake_of"])


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_residents_namesake_of", table_name="residents")
    op.drop_index("ix_residents_name_seal", table_name="residents")
    op.drop_column("residents", "namesake_of")
    op.drop_column("residents", "name_seal")
