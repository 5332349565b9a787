"""Star rounds over a lifetime, and commendations beside the stars.

SQLite cannot change a CHECK: there the table is made anew under its old name while its rows wait
beside it. The results that refer to it stay where they are; whether each has its round is asked
when the migration commits. A step down takes the lifetimes with it, and what was posted of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect, unprotect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
CHECK = "ck_star_rounds_period_kind"
LIFETIMES = "SELECT id FROM star_rounds WHERE period_kind = 'lifetime'"
POSTED = "SELECT id FROM notices WHERE period LIKE 'lifetime-%'"
RESULT_KEYS = [["round_id", "place"], ["round_id", "subject_id"]]
LINE_KEYS = [["notice_id", "line_no"]]


def upgrade() -> None:
    """Allow lifetimes; make room for commendations."""
    _check("period_kind IN ('quarter', 'year', 'lifetime')")
    op.add_column(
        "star_results", sa.Column("commendations", DOCUMENT, server_default="[]", nullable=False)
    )


def downgrade() -> None:
    """Take both away."""
    _delete("objections", f"notice_id IN ({POSTED})")
    _delete("notice_lines", f"notice_id IN ({POSTED})", LINE_KEYS)
    _delete("notices", f"id IN ({POSTED})")
    _delete("star_results", f"round_id IN ({LIFETIMES})", RESULT_KEYS)
    _delete("star_rounds", f"id IN ({LIFETIMES})")
    op.drop_column("star_results", "commendations")
    _check("period_kind IN ('quarter', 'year')")


def _delete(table: str, which: str, protected_by: list[list[str]] | None = None) -> None:
    """Delete rows, also of a table that is otherwise only ever added to."""
    dialect = op.get_bind().dialect.name
    statements = [f"DELETE FROM {table} WHERE {which}"]  # noqa: S608 - our own words
    if protected_by is not None:
        statements = [
            *unprotect(table, dialect),
            *statements,
            *protect(table, dialect, protected_by),
        ]
    for statement in statements:
        op.execute(statement)


def _check(period_kinds: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CHECK), "star_rounds")
        op.create_check_constraint(op.f(CHECK), "star_rounds", period_kinds)
        return
    # Dropping a table that is referred to counts its rows as missing, and putting them back under
    # the same name counts them as found.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM star_rounds")
    op.drop_table("star_rounds")
    _create_star_rounds(period_kinds)
    op.execute("INSERT INTO star_rounds SELECT * FROM temp.kept")
    op.execute("DROP TABLE temp.kept")


def _create_star_rounds(period_kinds: str) -> None:
    op.create_table(
        "star_rounds",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_kind", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.String(length=16), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.Column("computed_by", sa.Text(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_star_rounds_published"),
        ),
        sa.CheckConstraint(period_kinds, name=op.f(CHECK)),
        sa.CheckConstraint("status IN ('draft', 'published')", name=op.f("ck_star_rounds_status")),
        sa.CheckConstraint(
            "subject IN ('volunteer', 'station', 'team')", name=op.f("ck_star_rounds_subject")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_star_rounds_organization_id"
        ),
        sa.ForeignKeyConstraint(
            ["rulebook_version"],
            ["rulebook_versions.version"],
            name="fk_star_rounds_rulebook_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_star_rounds"),
    )
    op.create_index(
        "ix_star_rounds_organization_id", "star_rounds", ["organization_id"], unique=False
    )
    op.create_index(
        "uq_star_rounds_published",
        "star_rounds",
        ["subject", "period", "organization_id"],
        unique=True,
        sqlite_where=sa.text("status = 'published'"),
    )
