"""Certificates: written once, and revoked once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect_but_once

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ONCE = ("revoked_at", "revoked_by", "revoke_reason")


def upgrade() -> None:
    """Make the table, and protect all of it but that a certificate is revoked."""
    columns = [
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("issuer_id", sa.String(length=16), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
    ]
    op.create_table(
        "certificates",
        *columns,
        sa.CheckConstraint("kind IN ('stars', 'service_record')", name="ck_certificates_kind"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL) "
            "AND (revoked_at IS NULL) = (revoke_reason IS NULL)",
            name="ck_certificates_revoked",
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_certificates_volunteer_id"
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["organizations.id"], name="fk_certificates_issuer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("number", name="uq_certificates_number"),
    )
    op.create_index("ix_certificates_volunteer_id", "certificates", ["volunteer_id"])
    kept = [column.name for column in columns if column.name not in ONCE]
    for statement in protect_but_once(
        "certificates", op.get_bind().dialect.name, [["id"], ["number"]], kept=kept, once=ONCE
    ):
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("certificates")
