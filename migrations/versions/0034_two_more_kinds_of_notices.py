"""Notices of stock counts and of changes of the rules.

SQLite cannot change a CHECK: there the table is made anew under its old name while its rows wait
beside it. Lines, objections and corrections that refer to them stay where they are; whether each
has its notice is asked when the migration commits. A step down takes the new kinds with it.
"""

import sqlalchemy as sa
from alembic import op

from moralbank.core.append_only import protect, unprotect

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BEFORE = {
    "ck_notices_kind": "kind IN ('points', 'redemptions', 'stars')",
    "ck_notices_subjects": "subjects IN ('volunteer', 'station', 'team')",
}
AFTER = {
    "ck_notices_kind": "kind IN ('points', 'redemptions', 'stars', 'stock_counts', 'rule_changes')",
    "ck_notices_subjects": "subjects IN ('volunteer', 'station', 'team', 'goods', 'rule')",
}
NEW = "SELECT id FROM notices WHERE kind IN ('stock_counts', 'rule_changes')"
LINE_KEYS = [["notice_id", "line_no"]]


def upgrade() -> None:
    """Allow them."""
    _check(AFTER)


def downgrade() -> None:
    """Take them away, with their lines and what was objected to them."""
    dialect = op.get_bind().dialect.name
    for statement in (
        f"DELETE FROM objections WHERE notice_id IN ({NEW})",  # noqa: S608 - our own words
        *unprotect("notice_lines", dialect),
        f"DELETE FROM notice_lines WHERE notice_id IN ({NEW})",  # noqa: S608
        *protect("notice_lines", dialect, LINE_KEYS),
        f"DELETE FROM notices WHERE id IN ({NEW})",  # noqa: S608
    ):
        op.execute(statement)
    _check(BEFORE)


def _check(conditions: dict[str, str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, condition in conditions.items():
            op.drop_constraint(op.f(name), "notices")
            op.create_check_constraint(op.f(name), "notices", condition)
        return
    # Dropping a table that is referred to counts its rows as missing, and putting them back under
    # the same name counts them as found.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM notices")
    op.drop_table("notices")
    _create_notices(conditions)
    op.execute("INSERT INTO notices SELECT * FROM temp.kept")
    op.execute("DROP TABLE temp.kept")


def _create_notices(conditions: dict[str, str]) -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=16), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("objection_days", sa.Integer(), nullable=True),
        sa.Column("objection_until", sa.Date(), nullable=True),
        sa.Column("weekends_only", sa.Boolean(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'draft') = (digest IS NULL)", name=op.f("ck_notices_posted_whole")
        ),
        _said(conditions, "ck_notices_kind"),
        sa.CheckConstraint(
            "status IN ('draft', 'posted', 'closed')", name=op.f("ck_notices_status")
        ),
        _said(conditions, "ck_notices_subjects"),
        sa.CheckConstraint(
            "objection_days BETWEEN 0 AND 30", name=op.f("ck_notices_objection_days")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_notices_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("number", name="uq_notices_number"),
    )
    # As 0030 adds it, so that its step down can drop it again.
    op.execute(
        "ALTER TABLE notices ADD COLUMN correction_of VARCHAR(16) "
        "CONSTRAINT fk_notices_correction_of REFERENCES notices (id)"
    )
    op.add_column("notices", sa.Column("correction_reason", sa.Text(), nullable=True))
    for column in ("organization_id", "status", "correction_of"):
        op.create_index(f"ix_notices_{column}", "notices", [column])


def _said(conditions: dict[str, str], name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(conditions[name], name=op.f(name))
