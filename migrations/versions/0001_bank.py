"""The book, the tree, the rulebook and people."""

from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
import yaml
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "access_tokens",
    "accounts",
    "audit_entries",
    "counters",
    "failed_tries",
    "idempotency_keys",
    "organizations",
    "rulebook_versions",
    "residents",
    "transfers",
    "holds",
    "rollups",
    "volunteers",
    "adjustments",
    "cards",
    "staff",
)
"""In the order of their making."""

PROTECTED = {
    "transfers": [
        ["id"],
        ["key"],
        ["reverses_id"],
        ["payer_id", "payer_version"],
        ["payee_id", "payee_version"],
    ],
    "audit_entries": [["id"]],
}
"""What is only ever added to, and its unique keys."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=16), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("volunteer_id", sa.String(length=16), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_tokens"),
    )
    op.create_index("ix_access_tokens_expires_at", "access_tokens", ["expires_at"], unique=False)
    op.create_index("ix_access_tokens_subject_id", "access_tokens", ["subject_id"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("wallet", sa.Boolean(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "asset IN ('points', 'merit', 'minutes')", name=op.f("ck_accounts_asset")
        ),
        sa.CheckConstraint("balance - held >= floor", name=op.f("ck_accounts_floor")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_accounts_held")),
        sa.CheckConstraint(
            "wallet OR (balance = 0 AND held = 0 AND version = 0)", name=op.f("ck_accounts_system")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("holder", "asset", name="uq_accounts_holder_asset"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"], unique=False)
    op.create_index("ix_audit_entries_subject_id", "audit_entries", ["subject_id"], unique=False)
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "failed_tries",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_failed_tries"),
    )
    op.create_index("ix_failed_tries_since", "failed_tries", ["since"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotency_keys"),
    )
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(length=16), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("station_kind", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("leader", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "level IN ('district', 'street', 'community', 'station', 'supermarket', 'team', 'pool')",
            name=op.f("ck_organizations_level"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organizations.id"], name="fk_organizations_parent_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sa.UniqueConstraint("path", name="uq_organizations_path"),
    )
    op.create_index("ix_organizations_level", "organizations", ["level"], unique=False)
    op.create_index("ix_organizations_parent_id", "organizations", ["parent_id"], unique=False)
    op.create_table(
        "rulebook_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_rulebook_versions"),
    )
    op.create_index(
        "ix_rulebook_versions_effective_from", "rulebook_versions", ["effective_from"], unique=False
    )
    op.create_table(
        "residents",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("community_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_seal", sa.Text(), nullable=True),
        sa.Column("household_no", sa.Text(), nullable=True),
        sa.Column("household_seal", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_residents_community_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_residents"),
    )
    op.create_index("ix_residents_community_id", "residents", ["community_id"], unique=False)
    op.create_index("ix_residents_household_seal", "residents", ["household_seal"], unique=False)
    op.create_index("ix_residents_phone_seal", "residents", ["phone_seal"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("payer_id", ROW_ID, nullable=False),
        sa.Column("payee_id", ROW_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=True),
        sa.Column("reverses_id", ROW_ID, nullable=True),
        sa.Column("payer_balance", sa.BigInteger(), nullable=True),
        sa.Column("payer_version", sa.BigInteger(), nullable=True),
        sa.Column("payee_balance", sa.BigInteger(), nullable=True),
        sa.Column("payee_version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_transfers_reversal")
        ),
        sa.CheckConstraint(
            "kind IN ('award', 'redemption', 'reversal', 'donation', 'deduction', 'expiry', 'adjustment', 'merge', 'inheritance', 'opening')",
            name=op.f("ck_transfers_kind"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint("payer_id <> payee_id", name=op.f("ck_transfers_two_accounts")),
        sa.ForeignKeyConstraint(["payee_id"], ["accounts.id"], name="fk_transfers_payee_id"),
        sa.ForeignKeyConstraint(["payer_id"], ["accounts.id"], name="fk_transfers_payer_id"),
        sa.ForeignKeyConstraint(["reverses_id"], ["transfers.id"], name="fk_transfers_reverses_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.UniqueConstraint("key", name="uq_transfers_key"),
    )
    op.create_index("ix_transfers_posted_at", "transfers", ["posted_at"], unique=False)
    op.create_index("ix_transfers_source", "transfers", ["source_type", "source_id"], unique=False)
    # A wallet's side is found by its version, a system account's by the transfer.
    for side in ("payer", "payee"):
        wallet = sa.text(f"{side}_version IS NOT NULL")
        system = sa.text(f"{side}_version IS NULL")
        op.create_index(
            f"uq_transfers_{side}_version", "transfers", [f"{side}_id", f"{side}_version"],
            unique=True, postgresql_where=wallet, sqlite_where=wallet,
        )  # fmt: skip
        op.create_index(
            f"ix_transfers_{side}_tail", "transfers", [f"{side}_id", "id"],
            postgresql_where=system, sqlite_where=system,
        )  # fmt: skip
    reversal = sa.text("reverses_id IS NOT NULL")
    op.create_index(
        "uq_transfers_reverses", "transfers", ["reverses_id"],
        unique=True, postgresql_where=reversal, sqlite_where=reversal,
    )  # fmt: skip
    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("payer_id", ROW_ID, nullable=False),
        sa.Column("payee_id", ROW_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=True),
        sa.Column("held_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("posted_amount", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_holds_amount")),
        sa.CheckConstraint(
            "state IN ('pending', 'posted', 'voided', 'timed_out')", name=op.f("ck_holds_state")
        ),
        sa.CheckConstraint(
            "(state = 'posted') = (posted_amount IS NOT NULL)", name=op.f("ck_holds_posted")
        ),
        sa.CheckConstraint("posted_amount BETWEEN 1 AND amount", name=op.f("ck_holds_part")),
        sa.CheckConstraint(
            "(state = 'pending') = (settled_at IS NULL)", name=op.f("ck_holds_settled")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["accounts.id"], name="fk_holds_payer_id"),
        sa.ForeignKeyConstraint(["payee_id"], ["accounts.id"], name="fk_holds_payee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sa.UniqueConstraint("key", name="uq_holds_key"),
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_holds_pending", "holds", ["payer_id", "until"],
        postgresql_where=pending, sqlite_where=pending,
    )  # fmt: skip
    op.create_table(
        "rollups",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("through_id", ROW_ID, nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_rollups_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_rollups"),
    )
    op.create_table(
        "volunteers",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_seal", sa.Text(), nullable=False),
        sa.Column("household_seal", sa.Text(), nullable=True),
        sa.Column("community_id", sa.String(length=16), nullable=False),
        sa.Column("station_id", sa.String(length=16), nullable=True),
        sa.Column("team_id", sa.String(length=16), nullable=True),
        sa.Column("party_member", sa.Boolean(), nullable=False),
        sa.Column("affiliation", sa.Text(), nullable=False),
        sa.Column("publish_consent", sa.Boolean(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'frozen', 'closed')", name=op.f("ck_volunteers_status")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organizations.id"], name="fk_volunteers_community_id"
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["organizations.id"], name="fk_volunteers_station_id"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["organizations.id"], name="fk_volunteers_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_volunteers"),
        sa.UniqueConstraint("account_no", name="uq_volunteers_account_no"),
        sa.UniqueConstraint("phone_seal", name="uq_volunteers_phone_seal"),
    )
    op.create_index("ix_volunteers_community_id", "volunteers", ["community_id"], unique=False)
    op.create_index("ix_volunteers_household_seal", "volunteers", ["household_seal"], unique=False)
    op.create_index("ix_volunteers_name", "volunteers", ["name"], unique=False)
    op.create_index("ix_volunteers_station_id", "volunteers", ["station_id"], unique=False)
    op.create_index("ix_volunteers_team_id", "volunteers", ["team_id"], unique=False)
    op.create_table(
        "adjustments",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('pending', 'posted')", name=op.f("ck_adjustments_status")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_adjustments_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_adjustments"),
    )
    op.create_index("ix_adjustments_volunteer_id", "adjustments", ["volunteer_id"], unique=False)
    op.create_table(
        "cards",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_seal", sa.Text(), nullable=False),
        sa.Column("pin_seal", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("wrong_pins", sa.Integer(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'locked', 'revoked')", name=op.f("ck_cards_status")
        ),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name="fk_cards_volunteer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cards"),
        sa.UniqueConstraint("code_seal", name="uq_cards_code_seal"),
    )
    op.create_index("ix_cards_volunteer_id", "cards", ["volunteer_id"], unique=False)
    op.create_index(
        "uq_cards_one_per_volunteer",
        "cards",
        ["volunteer_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'revoked'"),
        sqlite_where=sa.text("status <> 'revoked'"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=16), nullable=True),
        sa.Column("volunteer_id", sa.String(length=16), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'supervisor', 'worker', 'auditor')", name=op.f("ck_staff_role")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_staff_organization_id"
        ),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name="fk_staff_volunteer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("username", name="uq_staff_username"),
    )
    for table, keys in PROTECTED.items():
        for statement in protect(table, op.get_bind().dialect.name, keys):
            op.execute(statement)
    _put_default_rulebook_in_force()


def _put_default_rulebook_in_force() -> None:
    document = Path(__file__).parent.parent / "data" / "rulebook-1.yaml"
    versions = sa.table(
        "rulebook_versions",
        sa.column("version", sa.Integer),
        sa.column("effective_from", sa.Date),
        sa.column("document", DOCUMENT),
        sa.column("published_at", MOMENT),
        sa.column("published_by", sa.Text),
    )
    op.bulk_insert(
        versions,
        [
            {
                "version": 1,
                "effective_from": date(2000, 1, 1),
                "document": yaml.safe_load(document.read_text("utf-8")),
                "published_at": datetime(2000, 1, 1, tzinfo=UTC),
                "published_by": "system:migration",
            }
        ],
    )


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
