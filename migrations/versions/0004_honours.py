"""Star rounds and their results."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TABLES = (
    "star_rounds",
    "star_results",
)
"""In the order of their making."""


def upgrade() -> None:
    """Make the tables."""
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
        sa.CheckConstraint(
            "period_kind IN ('quarter', 'year')", name=op.f("ck_star_rounds_period_kind")
        ),
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
        postgresql_where=sa.text("status = 'published'"),
        sqlite_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "star_results",
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("measures", DOCUMENT, nullable=False),
        sa.Column("explanation", DOCUMENT, nullable=False),
        sa.CheckConstraint("stars BETWEEN 0 AND 5", name=op.f("ck_star_results_stars")),
        sa.ForeignKeyConstraint(["round_id"], ["star_rounds.id"], name="fk_star_results_round_id"),
        sa.PrimaryKeyConstraint("round_id", "place", name="pk_star_results"),
        sa.UniqueConstraint("round_id", "subject_id", name="uq_star_results_round_id_subject_id"),
    )
    op.create_index("ix_star_results_subject_id", "star_results", ["subject_id"], unique=False)
    keys = [["round_id", "place"], ["round_id", "subject_id"]]
    for statement in protect("star_results", op.get_bind().dialect.name, keys):
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
