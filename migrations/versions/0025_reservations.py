"""Reservations: goods that are set aside; and who waits for what is sold out."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID, MOMENT = sa.String(length=16), sa.DateTime(timezone=True)
ASIDE = "set_aside BETWEEN 0 AND stock"
OPEN, WAITING = sa.text("status = 'open'"), sa.text("status = 'waiting'")


def upgrade() -> None:
    """Make the tables, and let goods say how many of them are set aside."""
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its check in place; it knows no other way.
        op.execute(
            "ALTER TABLE goods ADD COLUMN set_aside BIGINT NOT NULL DEFAULT '0' "
            f"CONSTRAINT ck_goods_set_aside CHECK ({ASIDE})"
        )
    else:
        column = sa.Column("set_aside", sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("goods", column)
        op.create_check_constraint(op.f("ck_goods_set_aside"), "goods", ASIDE)
    op.create_table(
        "reservations",
        sa.Column("id", ID, nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("volunteer_id", ID, nullable=False),
        sa.Column("supermarket_id", ID, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("good_until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'collected', 'cancelled', 'lapsed')",
            name=op.f("ck_reservations_status"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (ended_at IS NULL)", name=op.f("ck_reservations_ended")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_reservations_volunteer_id"
        ),
        sa.ForeignKeyConstraint(
            ["supermarket_id"], ["organizations.id"], name="fk_reservations_supermarket_id"
        ),
        sa.ForeignKeyConstraint(
            ["rulebook_version"], ["rulebook_versions.version"],
            name="fk_reservations_rulebook_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.UniqueConstraint("receipt_no", name="uq_reservations_receipt_no"),
    )  # fmt: skip
    op.create_index("ix_reservations_volunteer_id", "reservations", ["volunteer_id"])
    op.create_index("ix_reservations_supermarket_id", "reservations", ["supermarket_id"])
    op.create_index(
        "ix_reservations_open", "reservations", ["good_until"],
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    op.create_table(
        "reservation_lines",
        sa.Column("reservation_id", ID, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("goods_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservations.id"], name="fk_reservation_lines_reservation_id"
        ),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_reservation_lines_goods_id"),
        sa.PrimaryKeyConstraint("reservation_id", "line_no", name="pk_reservation_lines"),
    )
    op.create_index("ix_reservation_lines_goods_id", "reservation_lines", ["goods_id"])
    op.create_table(
        "waits",
        sa.Column("id", ID, nullable=False),
        sa.Column("goods_id", ID, nullable=False),
        sa.Column("volunteer_id", ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reservation_id", ID, nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'served', 'passed', 'left')", name=op.f("ck_waits_status")
        ),
        sa.ForeignKeyConstraint(["goods_id"], ["goods.id"], name="fk_waits_goods_id"),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name="fk_waits_volunteer_id"),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservations.id"], name="fk_waits_reservation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waits"),
    )
    op.create_index("ix_waits_volunteer_id", "waits", ["volunteer_id"])
    op.create_index(
        "uq_waits_one_each", "waits", ["goods_id", "volunteer_id"], unique=True,
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip


def downgrade() -> None:
    """Take it away. Points that are held for a reservation are free when their time is over."""
    op.drop_table("waits")
    op.drop_table("reservation_lines")
    op.drop_table("reservations")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_goods_set_aside"), "goods")
    op.drop_column("goods", "set_aside")
