"""Notices: what was posted, line by line, and the objections to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TABLES = (
    "notices",
    "notice_lines",
    "objections",
)
"""In the order of their making."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=16), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", MOMENT, nullable=False),
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
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(status = 'draft') = (digest IS NULL)", name=op.f("ck_notices_posted_whole")
        ),
        sa.CheckConstraint(
            "kind IN ('points', 'redemptions', 'stars')", name=op.f("ck_notices_kind")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'posted', 'closed')", name=op.f("ck_notices_status")
        ),
        sa.CheckConstraint(
            "subjects IN ('volunteer', 'station', 'team')", name=op.f("ck_notices_subjects")
        ),
        sa.CheckConstraint(
            "objection_days BETWEEN 0 AND 30", name=op.f("ck_notices_objection_days")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_notices_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("number", name="uq_notices_number"),
    )
    op.create_index("ix_notices_organization_id", "notices", ["organization_id"], unique=False)
    op.create_index("ix_notices_status", "notices", ["status"], unique=False)
    op.create_table(
        "notice_lines",
        sa.Column("notice_id", sa.String(length=16), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("figures", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_lines_notice_id"),
        sa.PrimaryKeyConstraint("notice_id", "line_no", name="pk_notice_lines"),
    )
    op.create_index("ix_notice_lines_subject_id", "notice_lines", ["subject_id"], unique=False)
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("notice_id", sa.String(length=16), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)", name=op.f("ck_objections_decided")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'upheld', 'dismissed')", name=op.f("ck_objections_status")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id", "line_no"],
            ["notice_lines.notice_id", "notice_lines.line_no"],
            name="fk_objections_line",
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_objections_notice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
    )
    op.create_index("ix_objections_notice_id", "objections", ["notice_id"], unique=False)
    keys = [["notice_id", "line_no"]]
    for statement in protect("notice_lines", op.get_bind().dialect.name, keys):
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
