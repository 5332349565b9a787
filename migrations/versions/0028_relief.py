"""Households in hardship, gifts of goods, and what is handed out.

SQLite cannot change a CHECK: there the donations are made anew under their old name while their
rows wait beside them.
"""

import sqlalchemy as sa
from alembic import op

from moralbank.core.append_only import protect, unprotect

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ID, MOMENT = sa.String(length=16), sa.DateTime(timezone=True)
BEFORE = "(to_volunteer_id IS NULL) <> (to_pool_id IS NULL)"
AFTER = (
    "CASE WHEN to_volunteer_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN to_pool_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN to_household_id IS NULL THEN 0 ELSE 1 END = 1"
)
KNOWN = "id, volunteer_id, to_volunteer_id, to_pool_id, points, message, transfer_id, donated_at"
KEYS = [["id"], ["transfer_id"]]
GOING = sa.text("status IN ('proposed', 'completed')")


def upgrade() -> None:
    """Make the tables, and let a gift be for a household."""
    op.create_table(
        "households",
        sa.Column("id", ID, nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_seal", sa.Text(), nullable=True),
        sa.Column("household_no", sa.Text(), nullable=True),
        sa.Column("household_seal", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('active', 'ended')", name=op.f("ck_households_status")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_households_community_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_households"),
        sa.UniqueConstraint("alias", name="uq_households_alias"),
    )
    for column in ("community_id", "phone_seal", "household_seal"):
        op.create_index(f"ix_households_{column}", "households", [column])
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(AFTER, household=True)
    else:
        op.drop_constraint(op.f("ck_donations_one_receiver"), "donations")
        op.add_column("donations", sa.Column("to_household_id", ID, nullable=True))
        op.create_foreign_key(
            "fk_donations_to_household_id", "donations", "households", ["to_household_id"], ["id"]
        )
        op.create_check_constraint(op.f("ck_donations_one_receiver"), "donations", AFTER)
    op.create_index("ix_donations_to_household_id", "donations", ["to_household_id"])
    op.create_table(
        "donation_lines",
        sa.Column("donation_id", ID, nullable=False),
        *_line(),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_donation_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["donation_id"], ["donations.id"], name="fk_donation_lines_donation_id"
        ),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_donation_lines_goods_id"),
        sa.PrimaryKeyConstraint("donation_id", "line_no", name="pk_donation_lines"),
    )
    op.create_table(
        "reliefs",
        sa.Column("id", ID, nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("household_id", ID, nullable=False),
        sa.Column("pool_id", ID, nullable=True),
        sa.Column("supermarket_id", ID, nullable=False),
        sa.Column("donation_id", ID, nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("occurred_at", MOMENT, nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("voided_by", sa.Text(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("points > 0", name=op.f("ck_reliefs_points")),
        sa.CheckConstraint(
            "status IN ('proposed', 'completed', 'rejected', 'voided')",
            name=op.f("ck_reliefs_status"),
        ),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_at IS NULL)", name=op.f("ck_reliefs_decided")
        ),
        sa.CheckConstraint(
            "decided_by <> proposed_by OR status = 'rejected'", name=op.f("ck_reliefs_two_people")
        ),
        sa.CheckConstraint(
            "(status IN ('completed', 'voided')) = (transfer_id IS NOT NULL)",
            name=op.f("ck_reliefs_paid"),
        ),
        sa.CheckConstraint(
            "(status = 'voided') = (voided_at IS NOT NULL)", name=op.f("ck_reliefs_voided")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_reliefs_household_id"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["organizations.id"], name="fk_reliefs_pool_id"),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_reliefs_supermarket_id"
        ),
        sa.ForeignKeyConstraint(["donation_id"], ["donations.id"], name="fk_reliefs_donation_id"),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_reliefs_transfer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reliefs"),
        sa.UniqueConstraint("receipt_no", name="uq_reliefs_receipt_no"),
        sa.UniqueConstraint("transfer_id", name="uq_reliefs_transfer_id"),
    )
    for column in ("household_id", "pool_id", "occurred_at"):
        op.create_index(f"ix_reliefs_{column}", "reliefs", [column])
    op.create_index("ix_reliefs_supermarket", "reliefs", ["supermarket_id", "occurred_at"])
    op.create_index(
        "uq_reliefs_donation", "reliefs", ["donation_id"], unique=True,
        sqlite_where=GOING, postgresql_where=GOING,
    )  # fmt: skip
    op.create_table(
        "relief_lines",
        sa.Column("relief_id", ID, nullable=False),
        *_line(),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_relief_lines_quantity")),
        sa.ForeignKeyConstraint(["relief_id"], ["reliefs.id"], name="fk_relief_lines_relief_id"),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_relief_lines_goods_id"),
        sa.PrimaryKeyConstraint("relief_id", "line_no", name="pk_relief_lines"),
    )
    op.create_index("ix_relief_lines_goods_id", "relief_lines", ["goods_id"])
    for table, number in (("donation_lines", "donation_id"), ("relief_lines", "relief_id")):
        for statement in protect(table, op.get_bind().dialect.name, [[number, "line_no"]]):
            op.execute(statement)


def downgrade() -> None:
    """Take it away. What went to households stays in the book of points; which of it was goods,
    and that those gifts were made, is forgotten."""
    op.drop_table("relief_lines")
    op.drop_table("reliefs")
    op.drop_table("donation_lines")
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(BEFORE, household=False)
    else:
        for statement in unprotect("donations", "postgresql"):
            op.execute(statement)
        op.execute("DELETE FROM donations WHERE to_household_id IS NOT NULL")
        for statement in protect("donations", "postgresql", KEYS):
            op.execute(statement)
        op.drop_constraint(op.f("ck_donations_one_receiver"), "donations")
        op.drop_column("donations", "to_household_id")
        op.create_check_constraint(op.f("ck_donations_one_receiver"), "donations", BEFORE)
    op.drop_table("households")


def _line() -> list[sa.Column[object]]:
    return [
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("goods_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
    ]


def _made_anew(check: str, *, household: bool) -> None:
    """Make the donations anew, with a column for households or without, and without theirs."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM donations")
    op.drop_table("donations")
    more: list[sa.schema.SchemaItem] = []
    if household:
        more = [
            sa.Column("to_household_id", ID, nullable=True),
            sa.ForeignKeyConstraint(
                ["to_household_id"], ["households.id"], name="fk_donations_to_household_id"
            ),
        ]
    op.create_table(
        "donations",
        sa.Column("id", ID, nullable=False),
        sa.Column("volunteer_id", ID, nullable=False),
        sa.Column("to_volunteer_id", ID, nullable=True),
        sa.Column("to_pool_id", ID, nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("donated_at", MOMENT, nullable=False),
        *more,
        sa.CheckConstraint(check, name=op.f("ck_donations_one_receiver")),
        sa.CheckConstraint("points > 0", name=op.f("ck_donations_points")),
        sa.ForeignKeyConstraint(
            ["to_pool_id"], ["organizations.id"], name="fk_donations_to_pool_id"
        ),
        sa.ForeignKeyConstraint(
            ["to_volunteer_id"], ["volunteers.id"], name="fk_donations_to_volunteer_id"
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_donations_transfer_id"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_donations_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_donations"),
        sa.UniqueConstraint("transfer_id", name="uq_donations_transfer_id"),
    )
    for column in ("donated_at", "to_pool_id", "to_volunteer_id", "volunteer_id"):
        op.create_index(f"ix_donations_{column}", "donations", [column], unique=False)
    left = "to_volunteer_id IS NOT NULL OR to_pool_id IS NOT NULL"
    op.execute(
        f"INSERT INTO donations ({KNOWN}) SELECT {KNOWN} FROM temp.kept WHERE {left}"  # noqa: S608
    )
    op.execute("DROP TABLE temp.kept")
    for statement in protect("donations", "sqlite", KEYS):
        op.execute(statement)
