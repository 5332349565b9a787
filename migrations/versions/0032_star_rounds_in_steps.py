"""Star rounds in steps: gone through by a second person, hung in a notice, final.

SQLite takes a CHECK with the column that it adds, and drops it with that column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
REVIEWED = "(reviewed_at IS NULL) = (reviewed_by IS NULL)"
TWO_PEOPLE = "reviewed_by <> computed_by"
ENDED = "notice_ended IN ('clear', 'upheld')"


def upgrade() -> None:
    """Add the steps; rounds that are there went none of them."""
    op.add_column("star_rounds", sa.Column("reviewed_at", MOMENT, nullable=True))
    op.add_column("star_rounds", sa.Column("notice_id", sa.String(length=16), nullable=True))
    op.create_index("ix_star_rounds_notice_id", "star_rounds", ["notice_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE star_rounds ADD COLUMN reviewed_by TEXT"
            f" CONSTRAINT ck_star_rounds_reviewed CHECK ({REVIEWED})"
            f" CONSTRAINT ck_star_rounds_two_people CHECK ({TWO_PEOPLE})"
        )
        op.execute(
            "ALTER TABLE star_rounds ADD COLUMN notice_ended TEXT"
            f" CONSTRAINT ck_star_rounds_notice_ended CHECK ({ENDED})"
        )
        return
    op.add_column("star_rounds", sa.Column("reviewed_by", sa.Text(), nullable=True))
    op.add_column("star_rounds", sa.Column("notice_ended", sa.Text(), nullable=True))
    for name, check in (
        ("reviewed", REVIEWED),
        ("two_people", TWO_PEOPLE),
        ("notice_ended", ENDED),
    ):
        op.create_check_constraint(op.f(f"ck_star_rounds_{name}"), "star_rounds", check)


def downgrade() -> None:
    """Take them away: a draft is a draft again, whether or not it hung somewhere."""
    op.drop_index("ix_star_rounds_notice_id", "star_rounds")
    for column in ("notice_ended", "reviewed_by", "reviewed_at", "notice_id"):
        op.drop_column("star_rounds", column)
